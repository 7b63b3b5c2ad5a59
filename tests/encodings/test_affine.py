import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.buffers import Packed
from qmodel.encodings import Affine, AffineNode, NodeMemory, Plain, Surroundings
from qmodel.encodings.affine_blocks import scales_of
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray
from tests.arrays import shapes, weights


def encode(encoder, array):
    node = encoder.encode(TypedArray.of(array))
    assert isinstance(node, AffineNode)
    node.check(array.shape, Surroundings())
    return node, node.decode(array.shape, NodeMemory()).to_numpy()


@st.composite
def encoders(draw, shape):
    options = {"bits": draw(st.integers(1, 16)), "symmetric": draw(st.booleans()), "fit": "absmax"}
    kind = draw(st.sampled_from(["tensor", "axis", "length", "blocks"]))
    if kind == "axis" and shape:
        options["axis"] = draw(st.integers(-len(shape), len(shape) - 1))
    if kind == "length":
        options["block"] = draw(st.integers(1, 40))
    if kind == "blocks":
        options["block"] = tuple(draw(st.integers(1, 10)) for _ in shape)
    return Affine(**options)


def steps_of(node, shape):
    """The distance between neighbouring values at each element: the scale of its block."""
    scale_shape = scales_of(shape, node.block_shape)
    scale = node.scale.decode(scale_shape, NodeMemory()).to_numpy().astype(np.float64)
    for axis, block in enumerate(node.block_shape):
        scale = np.repeat(scale, block, axis=axis).take(range(shape[axis]), axis=axis)
    return np.broadcast_to(scale, shape)


@given(st.data())
def test_every_value_is_within_half_a_step(data):
    array = data.draw(weights())
    encoder = data.draw(encoders(array.shape))
    node, decoded = encode(encoder, array)
    assert decoded.shape == array.shape
    assert np.isfinite(decoded).all()
    if encoder.bits == 1 and encoder.symmetric:
        return
    # Half a step, one more for a zero point that had to be rounded, and a few last digits of the scale's own type.
    slack = 0.502 if encoder.symmetric else 1.004
    bound = steps_of(node, array.shape) * slack + np.abs(array.astype(np.float64)) * 2.0**-7
    assert (np.abs(decoded - array.astype(np.float64)) <= bound).all()


@given(weights(shape=shapes.filter(lambda shape: 0 not in shape)))
def test_zero_stays_zero_and_signs_stay(array):
    for encoder in (Affine(bits=8), Affine(bits=4, block=4), Affine(bits=8, symmetric=False)):
        _, decoded = encode(encoder, array)
        assert (decoded[array == 0] == 0).all()
        assert (np.sign(decoded) * np.sign(array) >= 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("encoder", [Affine(), Affine(axis=0), Affine(bits=4, block=2), Affine(symmetric=False)])
def test_what_has_no_code_is_refused(bad, encoder):
    array = np.ones((3, 5), np.float32)
    array[1, 2] = bad
    with pytest.raises(InvalidInputError, match="NaN or infinity has no integer code; add a rule"):
        encoder.encode(TypedArray.of(array))


@pytest.mark.parametrize("dtype", [np.int8, np.bool_, np.uint64])
def test_only_floats_are_quantized(dtype):
    with pytest.raises(InvalidInputError, match="stand for floats"):
        Affine().encode(TypedArray.of(np.ones(4, dtype)))


@pytest.mark.parametrize("value", [1e-45, 1e-40, 2.0**-30, 1e30, float(np.finfo(np.float32).max)])
@pytest.mark.parametrize("encoder", [Affine(), Affine(bits=4, block=32), Affine(bits=2), Affine(bits=8, axis=0)])
def test_the_smallest_and_the_largest_floats_survive(value, encoder):
    array = np.array([[value, -value, 0.0]], np.float32)
    _, decoded = encode(encoder, array)
    assert np.allclose(decoded, array, rtol=0.01, atol=0)
    assert np.isfinite(decoded).all()


def test_half_precision_scales_only_where_they_fit():
    array = np.full((4, 64), 0.01, np.float32)
    assert Affine(bits=4, block=32).encode(TypedArray.of(array)).scale.buffer.element_type.name == "f16"
    assert Affine(bits=4, block=32).encode(TypedArray.of(array * 1e-6)).scale.buffer.element_type.name == "f32"
    assert Affine(bits=4, block=32).encode(TypedArray.of(array * 1e8)).scale.buffer.element_type.name == "f32"
    assert Affine(bits=9, block=32).encode(TypedArray.of(array)).scale.buffer.element_type.name == "f32"
    assert Affine(bits=8, axis=0).encode(TypedArray.of(array)).scale.buffer.element_type.name == "f32"
    assert Affine(bits=8).encode(TypedArray.of(array.astype(np.float64))).scale.buffer.element_type.name == "f64"


def test_one_symmetric_bit_is_the_sign_at_the_mean_magnitude():
    array = np.array([[1.0, -2.0, 3.0, 0.0], [-8.0, 8.0, -8.0, 8.0]], np.float32)
    _, decoded = encode(Affine(bits=1, axis=0), array)
    assert np.array_equal(decoded, [[1.5, -1.5, 1.5, 1.5], [-8, 8, -8, 8]])


def test_scales_may_be_quantized_themselves():
    array = np.random.default_rng(0).standard_normal((64, 64), dtype=np.float32)
    plain_scales, plain = encode(Affine(bits=4, block=16), array)
    node, decoded = encode(Affine(bits=4, block=16, scale=Affine(bits=6, symmetric=False, axis=0)), array)
    assert node.scale.kind == "affine"
    assert plain_scales.scale.kind == "plain"
    error, plain_error = (np.square(array - values).sum() for values in (decoded, plain))
    assert error < 1.2 * plain_error


@pytest.mark.parametrize(
    ("shape", "wanted", "expected"),
    [
        ((64, 64), 32, (1, 32)),
        ((64, 33), 32, (1, 33)),
        ((64, 65), 32, (1, 33)),
        ((64, 64, 3, 3), 32, (1, 4, 3, 3)),
        ((64, 1, 3, 3), 32, (4, 1, 3, 3)),
        ((64, 5), 32, (6, 5)),
        ((100,), 32, (34,)),
        ((64, 47), 32, (1, 47)),
        ((64, 48), 32, (1, 24)),
        ((64, 1, 5, 5), 32, (1, 1, 5, 5)),
        ((64, 18), 32, (2, 18)),
        ((64, 19), 32, (1, 19)),
        ((3, 5), 32, (3, 5)),
        ((64, 2), 8, (4, 2)),
        ((8, 0), 32, (1, 1)),
        ((), 32, ()),
    ],
)
def test_blocks_of_a_length_are_even_and_near_it(shape, wanted, expected):
    assert Affine(bits=4, block=wanted).encode(TypedArray.of(np.zeros(shape, np.float32))).block_shape == expected


@pytest.mark.parametrize(
    "options",
    [
        {"bits": 0},
        {"bits": 17},
        {"axis": 0, "block": 32},
        {"block": 0},
        {"block": (4, 0)},
        {"block": -1},
        {"fit": "best"},
        {"percentile": 49.9},
        {"percentile": float("nan")},
        {"zero_point": Plain("f16")},
        {"codes": Affine(bits=4)},
        {"codes": Plain("f4e2m1"), "symmetric": False},
        {"codes": Plain("f4e2m1"), "full_range": True},
        {"codes": Plain("f4e2m1"), "coding": Packed()},
    ],
)
def test_senseless_options_are_refused(options):
    with pytest.raises(InvalidInputError):
        Affine(**options)


def test_options_that_do_not_fit_the_array_are_refused():
    array = TypedArray.of(np.ones((3, 4), np.float32))
    with pytest.raises(InvalidInputError, match="axis 2 does not exist"):
        Affine(axis=2).encode(array)
    with pytest.raises(InvalidInputError, match="does not fit an array of shape"):
        Affine(block=(1, 2, 3)).encode(array)
    with pytest.raises(InvalidInputError, match="too wide for asymmetric"):
        Affine(symmetric=False).encode(TypedArray.of(np.array([3e38, -3e38], np.float32)))
    with pytest.raises(InvalidInputError, match="too large for f16"):
        Affine(scale=Plain("f16")).encode(TypedArray.of(np.array([1e30], np.float32)))
