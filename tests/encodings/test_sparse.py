"""Sparse arrays: what is kept, where that is stored, and files that lie about it."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import store
from qmodel.buffers.storage import stored_bytes
from qmodel.encodings import Affine, AffineNode, NodeMemory, Plain, Sparse, SparseNode, Surroundings
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import any_array, same_bits, shapes, weights

PATTERNS = ("auto", "bitmap", "gaps")


def round_trip(encoder, array, **options):
    node = encoder.encode(TypedArray.of(array), **options)
    node.check(array.shape, Surroundings())
    return node, node.decode(array.shape, NodeMemory()).to_numpy()


def cost(array, importance=1.0):
    return np.abs(array.astype(np.float64)) * np.sqrt(importance)


def zeros_at_random(array, fraction):
    array = array.copy()
    array[np.random.default_rng(1).random(array.shape) < fraction] = 0
    return array


@given(any_array(), st.sampled_from(PATTERNS), st.floats(0, 1))
def test_without_options_every_bit_comes_back(array, pattern, fraction):
    array = zeros_at_random(array, fraction)
    node, decoded = round_trip(Sparse(pattern=pattern), array)
    assert same_bits(decoded, array)
    bits = np.ascontiguousarray(array).reshape(-1).view(f"u{array.dtype.itemsize}")
    assert node.kept == np.count_nonzero(bits)


@pytest.mark.parametrize("pattern", [*PATTERNS, "2:4"])
@pytest.mark.parametrize("length", [0, 4, 40])
def test_nodes_survive_their_message(pattern, length):
    node, _ = round_trip(Sparse(pattern=pattern, values=Affine(bits=4)), np.arange(length, dtype=np.float32))
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    assert node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString())) == node


def test_negative_zero_is_kept_and_zero_is_positive():
    node, decoded = round_trip(Sparse(), np.array([0.0, -0.0, 1.0], np.float32))
    assert node.kept == 2
    assert list(np.signbit(decoded)) == [False, True, False]
    _, pruned = round_trip(Sparse(1 / 3), np.array([-0.0, -1.0, 2.0], np.float32))
    assert list(np.signbit(pruned)) == [False, True, False]


@given(weights(), st.floats(0, 1), st.sampled_from(["tensor", "row"]))
def test_the_cheapest_fraction_becomes_zero_the_rest_stays(array, sparsity, scope):
    _, decoded = round_trip(Sparse(sparsity, scope=scope), array)
    kept = decoded != 0
    assert np.array_equal(decoded[kept], array[kept])
    rows = zip(array, kept, strict=True) if scope == "row" and array.ndim > 1 else [(array, kept)]
    for values, kept_here in rows:
        wanted = values.size - round(sparsity * values.size)
        assert kept_here.sum() == min(wanted, np.count_nonzero(values))
        lost, held = cost(values[~kept_here]), cost(values[kept_here])
        assert not lost.size or not held.size or lost.max() <= held.min()


@given(weights(shape=st.tuples(st.integers(0, 5), st.integers(0, 4).map(lambda n: 8 * n))), st.data())
def test_groups_keep_the_n_that_cost_most(array, data):
    m = data.draw(st.sampled_from([2, 4, 8]))
    n = data.draw(st.integers(1, m))
    node, decoded = round_trip(Sparse(pattern=f"{n}:{m}"), array)
    assert node.kept == array.size // m * n
    groups, kept = array.reshape(-1, m), decoded.reshape(-1, m)
    for before, after in zip(groups, kept, strict=True):
        order = sorted(range(m), key=lambda place: (-abs(float(before[place])), place))[:n]
        wanted = np.zeros(m, array.dtype)
        wanted[order] = before[order]
        assert np.array_equal(after, wanted)


@given(weights(), st.sampled_from(["1:2", "2:4", "3:4", "2:7", "5:20"]))
def test_groups_that_do_not_divide_the_last_axis_run_along_rows(array, pattern):
    n, m = map(int, pattern.split(":"))
    if not array.ndim:
        return
    node, decoded = round_trip(Sparse(pattern=pattern), array)
    assert (node.positions is not None) == (array.shape[-1] % m == 0) == (node.m == m)
    rows = [(array, decoded)] if array.ndim == 1 else zip(array, decoded, strict=True)
    kept = 0
    for before, after in rows:
        for start in range(0, before.size, m):
            group, found = before.reshape(-1)[start : start + m], after.reshape(-1)[start : start + m]
            count = min(n, group.size)
            places = sorted(range(group.size), key=lambda place: (-abs(float(group[place])), place))[:count]
            wanted = np.zeros_like(group)
            wanted[places] = group[places]
            assert np.array_equal(found, wanted)
            kept += count
    assert node.kept == kept


def test_small_kernels_take_groups_as_a_bitmap():
    array = np.random.default_rng(0).standard_normal((64, 32, 3, 3), dtype=np.float32)
    node, decoded = round_trip(Sparse(pattern="2:4"), array)
    assert (np.count_nonzero(decoded.reshape(-1, 4), axis=1) == 2).all()
    assert node.bitmap is not None
    assert stored_bytes(node.bitmap) < array.size * 0.7 / 8  # compressed


@pytest.mark.parametrize("pattern", ["31:64", "3:17", "16:16"])
def test_long_groups_choose_the_same_as_sorting(pattern):
    n, m = map(int, pattern.split(":"))
    array = np.random.default_rng(0).integers(-9, 10, (6, m * 5)).astype(np.int8)
    _, decoded = round_trip(Sparse(pattern=pattern), array)
    groups = array.reshape(-1, m).astype(int)
    order = np.argsort(-np.abs(groups), axis=1, kind="stable")[:, :n]
    wanted = np.zeros_like(groups)
    np.put_along_axis(wanted, order, np.take_along_axis(groups, order, 1), 1)
    assert np.array_equal(decoded.reshape(-1, m), wanted)


def test_importance_decides_what_is_kept():
    array = np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)
    importance = np.array([100.0, 1.0, 1.0, 0.0])
    for encoder in (Sparse(0.5), Sparse(0.5, scope="row"), Sparse(pattern="2:4")):
        _, decoded = round_trip(encoder, array, importance=importance)
        assert np.array_equal(decoded, [[1, 0, 3, 0]])
    _, decoded = round_trip(Sparse(0.5), np.array([1e30, 0, 1e-30, 5], np.float32), importance=np.full(4, 1e300))
    assert np.array_equal(decoded, np.array([1e30, 0, 0, 5], np.float32))


def test_importance_of_what_is_kept_reaches_the_values():
    seen = []

    class Watching(Plain):
        def encode(self, array, /, *, importance=None, threads=1):
            seen.append((array.storage, importance))
            return super().encode(array, threads=threads)

    array = np.array([[0.0, 2.0], [3.0, 0.0]], np.float32)
    Sparse(values=Watching()).encode(TypedArray.of(array), importance=np.array([5.0, 7.0]))
    assert np.array_equal(seen[0], [[2, 3], [7, 5]])


@given(weights(dtypes=(np.float32, np.float64), largest=100), st.floats(0, 1))
def test_deep_compression_prunes_then_quantizes(array, sparsity):
    node, decoded = round_trip(Sparse(sparsity, values=Affine(bits=4, block=32)), array)
    pruned = round_trip(Sparse(sparsity), array)[1]
    assert np.array_equal(decoded == 0, (decoded == 0) | (pruned == 0))
    kept = pruned[pruned != 0]
    alone = Affine(bits=4, block=32).encode(TypedArray.of(kept))
    assert node.kept == kept.size
    assert np.array_equal(decoded[pruned != 0], alone.decode(kept.shape, NodeMemory()).storage)


def test_integer_codes_of_an_affine_may_be_sparse():
    array = np.random.default_rng(0).standard_normal((16, 64), dtype=np.float32)
    pruned = round_trip(Sparse(pattern="2:4"), array)[1]
    dense = Affine(bits=8, axis=0).encode(TypedArray.of(pruned))
    codes = dense.codes.decode(array.shape, NodeMemory())
    node = dataclasses.replace(dense, codes=Sparse(pattern="2:4").encode(codes))
    assert isinstance(node, AffineNode)
    node.check(array.shape, Surroundings())
    assert same_bits(node.decode(array.shape, NodeMemory()).storage, dense.decode(array.shape, NodeMemory()).storage)
    assert stored_bytes(node.codes.positions) <= array.size // 8
    assert stored_bytes(node.codes.values.buffer) <= array.size // 2
    assert node.codes.spelled() == "sparse(2:4 keeps 512, plain s8)"


@pytest.mark.parametrize(("fraction", "wanted"), [(0.3, "bitmap"), (0.5, "bitmap"), (0.995, "gaps"), (1.0, "gaps")])
def test_auto_keeps_the_smaller_pattern(fraction, wanted):
    array = zeros_at_random(np.ones((300, 300), np.float32), fraction)
    automatic = Sparse().encode(TypedArray.of(array))
    sizes = {}
    for pattern in ("bitmap", "gaps"):
        node = Sparse(pattern=pattern).encode(TypedArray.of(array))
        sizes[pattern] = stored_bytes(getattr(node, pattern))
    assert sizes[wanted] == min(sizes.values())
    assert stored_bytes(getattr(automatic, wanted)) == sizes[wanted]
    assert [automatic.bitmap is None, automatic.gaps is None] == [wanted != "bitmap", wanted != "gaps"]


@pytest.mark.parametrize("distance", [1, 2, 3, 255, 256, 257, 65_536, 65_537, 1 << 20])
def test_gaps_of_any_width(distance):
    array = np.zeros(3 * distance, np.int8)
    array[[distance - 1, 2 * distance - 1, 3 * distance - 1]] = [1, -2, 3]
    node, decoded = round_trip(Sparse(pattern="gaps"), array)
    assert np.array_equal(decoded, array)
    assert node.gaps.element_type.bits >= max((distance - 1).bit_length(), 1)


@pytest.mark.parametrize("fraction", [0.02, 0.5, 0.98])
def test_arrays_longer_than_a_tile(fraction):
    array = zeros_at_random(np.arange(1, 200_001, dtype=np.int32), fraction)
    for pattern in PATTERNS:
        assert same_bits(round_trip(Sparse(pattern=pattern), array)[1], array)
    for pattern in ("2:4", "3:5", "40:50"):
        n, m = map(int, pattern.split(":"))
        _, decoded = round_trip(Sparse(pattern=pattern), array)
        assert np.array_equal(decoded[decoded != 0], array[decoded != 0])
        counts = np.count_nonzero(decoded.reshape(-1, m), axis=1)
        assert np.array_equal(counts, np.minimum(np.count_nonzero(array.reshape(-1, m), axis=1), n))


@given(shapes, st.sampled_from([*PATTERNS, "1:2"]), st.booleans())
def test_empty_constant_and_single_arrays(shape, pattern, zero):
    array = np.full(shape, 0 if zero else 7, np.float64)
    encoder = Sparse(pattern=pattern)
    if pattern == "1:2" and not shape:
        with pytest.raises(InvalidInputError, match="1:2 needs an axis"):
            encoder.encode(TypedArray.of(array))
        return
    node, decoded = round_trip(encoder, array)
    row_size = math.prod(shape[1:]) if len(shape) > 1 else array.size
    kept = array.size // max(row_size, 1) * -(-row_size // 2) if pattern == "1:2" else array.size
    assert decoded.sum() == (0 if zero else 7 * kept)
    if pattern in ("bitmap", "gaps"):
        assert getattr(node, pattern) is not None


@pytest.mark.parametrize("options", [{"sparsity": 0.5}, {"sparsity": 0.5, "scope": "row"}, {"pattern": "2:4"}])
def test_what_has_no_magnitude_is_not_pruned(options):
    for bad in (np.nan, np.inf):
        array = TypedArray.of(np.array([[1, bad, 2, 3]], np.float32))
        with pytest.raises(InvalidInputError, match="NaN or infinity cannot be pruned"):
            Sparse(**options).encode(array)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sparsity": -0.1}, "a fraction from 0 to 1"),
        ({"sparsity": 1.1}, "a fraction from 0 to 1"),
        ({"sparsity": float("nan")}, "a fraction from 0 to 1"),
        ({"pattern": "2:1"}, "unknown pattern"),
        ({"pattern": "1:1"}, "unknown pattern"),
        ({"pattern": "0:4"}, "unknown pattern"),
        ({"pattern": "2:65"}, "unknown pattern"),
        ({"pattern": "rle"}, "unknown pattern"),
        ({"pattern": 4}, "unknown pattern"),
        ({"scope": "column"}, "unknown scope"),
        ({"pattern": "2:4", "sparsity": 0.5}, "sparsity is not needed"),
    ],
)
def test_senseless_options_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        Sparse(**options)


def test_a_type_without_zero_is_refused():
    with pytest.raises(InvalidInputError, match="no zero"):
        Sparse().encode(TypedArray(dtypes.E8M0, np.zeros(3, np.uint8)))


def stored(values, element_type):
    element_type = dtypes.parse(element_type)
    return store(np.asarray(values, element_type.storage), element_type)


def node_of(*, kept=2, n=0, m=0, values=None, **patterns):
    buffers = {"bitmap": None, "gaps": None, "positions": None} | patterns
    values = values or Plain().encode(TypedArray.of(np.arange(1, kept + 1, dtype=np.float32)))
    return SparseNode(**buffers, n=n, m=m, kept=kept, values=values)


BITMAP, GAPS, PLACES = stored([1, 0, 0, 1], "bool"), stored([0, 2], "u2"), stored([0, 3], "u2")
HUGE = stored([2**64 - 1, 2**64 - 1], "u64")


def test_the_three_patterns_of_the_same_array():
    for node in (node_of(bitmap=BITMAP), node_of(gaps=GAPS), node_of(positions=PLACES, n=2, m=4)):
        node.check((4,), Surroundings())
        assert np.array_equal(node.decode((4,), NodeMemory()).storage, [1, 0, 0, 2])


@pytest.mark.parametrize(
    ("node", "shape", "message"),
    [
        (node_of(), (4,), "not exactly one"),
        (node_of(bitmap=BITMAP, gaps=GAPS), (4,), "not exactly one"),
        (node_of(kept=0), (0,), "not exactly one"),
        (node_of(bitmap=BITMAP, kept=5), (4,), "keeps 5 elements"),
        (node_of(gaps=GAPS, kept=2**63), (4,), "keeps 9223372036854775808 elements"),
        (node_of(bitmap=BITMAP), (5,), "buffer has 4 elements, its encoding needs 5"),
        (node_of(bitmap=stored([1, 0, 0, 1], "u1")), (4,), "bitmap is u1, not bool"),
        (node_of(bitmap=BITMAP, n=2, m=4), (4,), "2:4 without positions"),
        (node_of(gaps=GAPS, m=1), (4,), "0:1 without positions"),
        (node_of(gaps=stored([0, 1, 0], "u1")), (4,), "buffer has 3 elements, its encoding needs 2"),
        (node_of(gaps=stored([0, 1], "s8")), (4,), "gaps are s8, not unsigned"),
        (node_of(positions=stored([0, 3], "f32"), n=2, m=4), (4,), "positions are f32, not unsigned"),
        (node_of(positions=stored([0, 3, 3], "u2"), n=2, m=4), (4,), "buffer has 3 elements, its encoding needs 2"),
        (node_of(positions=PLACES, n=2, m=4), (6,), "do not divide the last axis"),
        (node_of(positions=stored([0], "u1"), n=1, m=2, kept=1), (), "do not divide the last axis"),
        (node_of(positions=PLACES, n=2, m=4), (8,), "2:4 of an array of shape"),
        (node_of(positions=PLACES, n=0, m=4), (4,), "groups of 0:4"),
        (node_of(positions=PLACES, n=5, m=4), (4,), "groups of 5:4"),
        (node_of(positions=PLACES, n=1, m=1), (2,), "groups of 1:1"),
        (node_of(positions=PLACES, n=2, m=65), (65,), "groups of 2:65"),
        (node_of(bitmap=BITMAP, values=Plain().encode(TypedArray.of(np.zeros(3)))), (4,), "buffer has 3 elements"),
        (node_of(bitmap=BITMAP, values=Plain().encode(TypedArray(dtypes.E8M0, np.zeros(2, np.uint8)))), (4,), "e8m0"),
    ],
)
def test_contradictions_are_found_without_payloads(node, shape, message):
    with pytest.raises(CorruptError, match=message):
        node.check(shape, Surroundings())


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (node_of(bitmap=stored([1, 1, 0, 1], "bool")), "bitmap keeps 3 elements, not 2"),
        (node_of(bitmap=stored([0, 0, 0, 1], "bool")), "bitmap keeps 1 elements, not 2"),
        (node_of(gaps=stored([0, 3], "u2")), "beyond the 4 elements"),
        (node_of(gaps=stored([3, 0], "u2")), "beyond the 4 elements"),
        (node_of(gaps=HUGE), "beyond the 4 elements"),
        (node_of(gaps=stored([2**63, 2**63], "u64")), "beyond the 4 elements"),
        (node_of(positions=stored([3, 0], "u2"), n=2, m=4), "do not ascend"),
        (node_of(positions=stored([1, 1], "u2"), n=2, m=4), "do not ascend"),
        (node_of(positions=stored([0, 4], "u8"), n=2, m=4), "do not ascend"),
        (node_of(positions=stored([4, 0], "u8"), n=1, m=2), "do not ascend"),
    ],
)
def test_patterns_that_lie_are_found_on_decoding(node, message):
    node.check((4,), Surroundings())
    with pytest.raises(CorruptError, match=message):
        node.decode((4,), NodeMemory())


def test_large_results_are_refused_before_they_are_made():
    nothing = store(np.zeros(0, np.uint8), dtypes.unsigned(8))
    values = Plain().encode(TypedArray.of(np.zeros(0, np.float32)))
    node = SparseNode(None, nothing, None, 0, 0, 0, values)
    node.check((1 << 20,), Surroundings())
    assert not node.decode((1 << 20,), NodeMemory()).storage.any()
    with pytest.raises(LimitError, match="needs 4194304 bytes"):
        node.check((1 << 20,), Surroundings(limits=Limits(max_tensor_bytes=1 << 20)))


def test_gaps_lie_before_anything_large_is_allocated():
    node = node_of(gaps=HUGE)
    with pytest.raises(CorruptError, match="beyond"):
        node.decode((1 << 58,), NodeMemory())
