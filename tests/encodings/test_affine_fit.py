"""What the fits promise: never worse than the largest magnitude, weighted where asked, exact where that is possible."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qmodel.encodings import Affine, Codebook, NodeMemory, Plain, Surroundings
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray
from tests.arrays import shapes, weights
from tests.encodings.test_affine import encode

RANDOM = np.random.default_rng(0)
GAUSSIAN = RANDOM.standard_normal((96, 160), dtype=np.float32)
HEAVY = RANDOM.standard_t(3, (96, 160)).astype(np.float32)
MXFP4 = Affine(block=32, codes=Plain("f4e2m1"), scale=Plain("e8m0"))
NVFP4 = Affine(block=16, codes=Plain("f4e2m1"), scale=Affine(codes=Plain("f8e4m3"), fit="absmax"))
NF4 = Affine(block=64, codes=Codebook(table="nf4"))
SUPER = Affine(
    bits=4,
    symmetric=False,
    block=32,
    scale=Affine(bits=7, block=8),
    zero_point=Affine(bits=7, symmetric=False, fit="mse"),
)


def error(encoder, array, importance=None):
    node = encoder.encode(TypedArray.of(array), importance=importance)
    node.check(array.shape, Surroundings())
    decoded = node.decode(array.shape, NodeMemory()).to_numpy()
    assert np.isfinite(decoded).all()
    squares = np.square(decoded.astype(np.float64) - array)
    return float((squares if importance is None else squares * importance).sum())


@pytest.mark.parametrize("array", [GAUSSIAN, HEAVY], ids=["gaussian", "heavy"])
@pytest.mark.parametrize("bits", [2, 3, 4, 5, 8, 12])
@pytest.mark.parametrize("options", [{"block": 32}, {"axis": 0}, {}, {"block": 32, "symmetric": False}])
def test_least_squares_beat_the_largest_magnitude(array, bits, options):
    searched, largest = (error(Affine(bits=bits, fit=fit, **options), array) for fit in ("mse", "absmax"))
    assert searched < largest


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_least_squares_come_close_to_the_best_of_many_scales(bits):
    blocks = GAUSSIAN.reshape(-1, 32)[:64].astype(np.float64)
    extreme = np.abs(blocks).max(axis=1, keepdims=True)
    best = np.full(len(blocks), np.inf)
    for scale in np.concatenate((np.linspace(0.05, 1, 4000), -np.linspace(0.05, 1, 4000))):
        codes = np.clip(np.rint(blocks / (scale * extreme)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        best = np.minimum(best, np.square(blocks - codes * scale * extreme).sum(axis=1))
    found = error(Affine(bits=bits, block=32), blocks.astype(np.float32))
    assert found <= best.sum() * 1.02


@pytest.mark.parametrize("encoder", [Affine(bits=4, block=32), Affine(bits=3, axis=0), SUPER, MXFP4, NVFP4, NF4])
def test_importance_moves_the_error_to_where_it_counts_less(encoder):
    importance = np.where(np.arange(160) % 4 == 0, 1.0, 0.01).astype(np.float32)
    weighted = np.square(
        GAUSSIAN
        - encoder.encode(TypedArray.of(GAUSSIAN), importance=importance).decode(GAUSSIAN.shape, NodeMemory()).to_numpy()
    )
    plain = np.square(
        GAUSSIAN - encoder.encode(TypedArray.of(GAUSSIAN)).decode(GAUSSIAN.shape, NodeMemory()).to_numpy()
    )
    assert (weighted * importance).sum() < (plain * importance).sum()


@pytest.mark.parametrize("encoder", [Affine(bits=4, block=32), SUPER, NF4, MXFP4])
def test_equal_importance_is_none(encoder):
    alike = np.full((1, 160), 7.0, np.float32)
    assert np.isclose(error(encoder, GAUSSIAN, alike) / 7, error(encoder, GAUSSIAN), rtol=1e-4)


@pytest.mark.parametrize("bad", [[-1.0], [np.nan], [np.inf], [1.0] * 7])
def test_importance_that_makes_no_sense_is_refused(bad):
    with pytest.raises(InvalidInputError, match="importance"):
        Affine(bits=4).encode(TypedArray.of(GAUSSIAN), importance=np.array(bad))


def test_no_importance_at_all_counts_as_all_alike():
    assert error(Affine(bits=4), GAUSSIAN, np.zeros(160)) == 0
    array = Affine(bits=4).encode(TypedArray.of(GAUSSIAN), importance=np.zeros(160)).decode((96, 160), NodeMemory())
    assert np.array_equal(array.to_numpy(), encode(Affine(bits=4), GAUSSIAN)[1])


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8, 9, 13, 16])
def test_what_the_codes_hold_exactly_is_exact(bits):
    codes = np.arange(256).reshape(8, 32) % (2**bits) - 2 ** (bits - 1) * (bits > 1)
    codes[:, 0] = -(2 ** (bits - 1)) if bits > 1 else 0
    codes[:, 1] = 2 ** (bits - 1) - 1 if bits > 1 else 1
    array = (codes * 0.25).astype(np.float32)
    searched = Affine(bits=bits, fit="mse", axis=0, symmetric=bits > 1)
    node, decoded = encode(searched, array)
    assert np.array_equal(decoded, array)
    assert node.codes.buffer.element_type.bits == bits
    assert np.array_equal(encode(Affine(bits=bits, axis=0, symmetric=False, fit="absmax"), array)[1], array)


def test_codes_of_what_is_never_negative_have_no_sign():
    node, decoded = encode(Affine(bits=6), np.arange(64, dtype=np.float32))
    assert node.codes.buffer.element_type.name == "u6"
    assert node.zero_point is None
    assert np.array_equal(decoded, np.arange(64))


def test_the_full_range_is_an_option():
    array = np.array([[-8.0, 3.0], [8.0, -3.0]], np.float32)
    options = {"bits": 4, "axis": 0, "fit": "absmax"}
    assert np.array_equal(encode(Affine(**options, full_range=True), array)[1], array)
    node, _ = encode(Affine(**options), array)
    assert node.codes.decode((2, 2), NodeMemory()).storage.min() == -7
    searched, _ = encode(Affine(bits=4, fit="mse", full_range=False), GAUSSIAN)
    assert searched.codes.decode(GAUSSIAN.shape, NodeMemory()).storage.min() == -7


def test_a_percentile_clips_the_largest():
    array = np.arange(1, 1001, dtype=np.float32).reshape(1, 1000) * np.where(np.arange(1000) % 2, 1, -1)
    _, decoded = encode(Affine(bits=8, fit="percentile", percentile=90), array.astype(np.float32))
    assert np.isclose(np.abs(decoded).max(), np.percentile(np.abs(array), 90))
    _, asymmetric = encode(Affine(fit="percentile", percentile=90, symmetric=False), array.astype(np.float32))
    assert np.isclose(asymmetric.max(), np.percentile(array, 90), rtol=0.01)
    assert np.isclose(asymmetric.min(), np.percentile(array, 10), rtol=0.01)


def test_super_blocks_cost_four_and_a_half_bits_and_beat_integer_zero_points():
    node, _ = encode(SUPER, GAUSSIAN.reshape(60, 256))
    stored = {buffer.element_type.name: buffer.count for buffer in node.buffers()}
    assert (
        stored == {"u4": 15360, "u7": 960 + 1, "f16": 60, "f32": 1}
        or sum(buffer.count * buffer.element_type.bits for buffer in node.buffers()) <= 4.5 * GAUSSIAN.size + 64
    )
    assert error(SUPER, GAUSSIAN) < error(Affine(bits=4, symmetric=False, block=32), GAUSSIAN)


@pytest.mark.parametrize("codes", ["f4e2m1", "f6e2m3", "f6e3m2", "f8e4m3", "f8e5m2", "f16"])
@pytest.mark.parametrize("scale", [None, Plain("e8m0"), Affine(codes=Plain("f8e4m3"))])
def test_small_floats_beat_the_scale_that_clips_nothing(codes, scale):
    options = {"block": 16, "codes": Plain(codes), "scale": scale}
    assert error(Affine(**options, fit="mse"), GAUSSIAN) <= error(Affine(**options, fit="absmax"), GAUSSIAN)


def test_powers_of_two_clip_nothing_or_are_half_that():
    node, _ = encode(MXFP4, HEAVY)
    codes = node.codes.decode(HEAVY.shape, NodeMemory())
    assert codes.element_type.name == "f4e2m1"
    assert node.scale.buffer.element_type.name == "e8m0"
    _, decoded = encode(Affine(block=32, codes=Plain("f4e2m1"), scale=Plain("e8m0"), fit="absmax"), HEAVY)
    extremes = np.abs(HEAVY.reshape(-1, 32)).max(axis=1)
    covering = np.exp2(np.ceil(np.log2(extremes / 6))) * 6
    assert (np.abs(decoded.reshape(-1, 32)).max(axis=1) <= covering).all()
    assert (np.abs(HEAVY - decoded).reshape(-1, 32).max(axis=1) <= covering / 6).all()


@pytest.mark.parametrize("codes", ["f4e2m1", "f8e4m3"])
@pytest.mark.parametrize("fit", ["absmax", "mse"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tiny", [1e-45, 4.59e-41, 2.0**-128, 2.0**-126, 1e-37])
def test_blocks_too_small_for_a_power_of_two_take_the_smallest(codes, fit, dtype, tiny):
    array = np.ones((3, 32), dtype)
    array[1] = np.linspace(-tiny, tiny, 32)
    array[2] = 0
    node, decoded = encode(Affine(block=32, codes=Plain(codes), scale=Plain("e8m0"), fit=fit), array)
    assert np.array_equal(decoded[[0, 2]], array[[0, 2]])
    scale = node.scale.decode((3, 1), NodeMemory()).to_numpy().astype(np.float64)
    assert scale.min() == scale[2, 0] == max(2.0**-127, scale[1, 0])
    assert np.abs(decoded[1].astype(np.float64) - array[1]).max() <= max(scale[1, 0] / 4, tiny / 6)


def test_nf4_is_no_worse_than_nearest_rounding_of_the_published_table():
    codebook = Codebook(table="nf4").encode(TypedArray.of(np.linspace(-1, 1, 64, dtype=np.float32)))
    table = codebook.entries.decode((1, 16, 1), NodeMemory()).to_numpy().ravel().astype(np.float64)
    blocks = GAUSSIAN.reshape(-1, 64)
    extreme = np.abs(blocks).max(axis=1, keepdims=True)
    nearest = np.abs(blocks[..., None] / extreme[..., None] - table).argmin(axis=-1)
    published = np.square(table[nearest] * extreme - blocks).sum()
    assert error(NF4, blocks) < published


@pytest.mark.parametrize(
    "encoder",
    [Affine(bits=4, fit="mse"), Affine(bits=4, fit="mse", symmetric=False), SUPER, MXFP4, NVFP4, NF4,
     Affine(fit="percentile"), Affine(axis=0, codes=Plain("f8e5m2")), Affine(bits=16, fit="mse", block=5)],
    ids=["symmetric", "asymmetric", "super", "mxfp4", "nvfp4", "nf4", "percentile", "f8", "16bit"],
)  # fmt: skip
@settings(max_examples=40)
@given(st.data())
def test_any_array_of_weights_survives(encoder, data):
    array = data.draw(weights(shape=shapes))
    magnitudes = np.abs(array[array != 0].astype(np.float64))
    assume(((magnitudes > 1e-30) & (magnitudes < 1e30)).all())
    assume(array.ndim > 0 or encoder.axis is None)
    node, decoded = encode(encoder, array)
    assert decoded.shape == array.shape
    assert np.isfinite(decoded).all()
    assert np.square((decoded - array).astype(np.float64)).sum() <= np.square(array.astype(np.float64)).sum() * 1.01
    again = encoder.encode(TypedArray.of(array))
    assert again == node


@pytest.mark.parametrize("encoder", [Affine(bits=4, fit="mse"), MXFP4, NF4, SUPER])
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (1, 1), (3, 0, 2), (257,), (5, 33)])
def test_zeros_of_any_shape_stay_zeros(encoder, shape):
    assert np.array_equal(encode(encoder, np.zeros(shape, np.float32))[1], np.zeros(shape))


@pytest.mark.parametrize("encoder", [MXFP4, NF4, SUPER, Affine(bits=2)])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(encoder, bad):
    array = np.ones((2, 40), np.float32)
    array[1, 7] = bad
    with pytest.raises(InvalidInputError, match="NaN or infinity"):
        encoder.encode(TypedArray.of(array))


@pytest.mark.parametrize("bits", [2, 3, 4])
@pytest.mark.parametrize("sign", [1, -1])
def test_scales_without_a_sign_suit_negative_extremes(bits, sign):
    array = sign * HEAVY
    exact = error(Affine(bits=bits, block=16, full_range=False), array)
    assert error(Affine(bits=bits, block=16, scale=Plain("e8m0")), array) < 2 * exact
