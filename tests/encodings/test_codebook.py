"""Codebooks: palettes of numbers and vectors, tables, and files that lie about them."""

import dataclasses
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import Packed, load, store
from qmodel.encodings import Affine, AffineNode, Codebook, CodebookNode, NodeMemory, Plain, Sparse, Surroundings
from qmodel.encodings.codebook_fit import NF4
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import same_bits, shapes, weights


def round_trip(encoder, array, **options):
    node = encoder.encode(TypedArray.of(array), **options)
    node.check(array.shape, Surroundings())
    return node, node.decode(array.shape, NodeMemory()).to_numpy()


def entries_of(node):
    shape = (node.groups, node.entry_count, node.vector_length)
    return node.entries.decode(shape, NodeMemory()).to_numpy()


def error(array, decoded, importance=1.0):
    return float((importance * np.square(array.astype(np.float64) - decoded)).sum())


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


encoders = st.builds(
    Codebook,
    bits=st.integers(1, 5),
    per=st.sampled_from(["tensor", "row", 2, 3]),
    table=st.none() | st.sampled_from(["nf4", "uniform", (0.5, -3.0, 0.5, 100.0)]),
    interpolate=st.booleans(),
    palette=st.none() | st.sampled_from([Plain("f32"), Plain("bf16"), Affine(bits=8)]),
)


@given(weights(largest=100), encoders)
def test_every_value_becomes_the_nearest_entry_of_its_group(array, encoder):
    before = array.copy()
    node, decoded = round_trip(encoder, array)
    assert same_bits(array, before)
    assert decoded.shape == array.shape
    values, found = (part.astype(np.float64).reshape(node.groups, -1, 1) for part in (array, decoded))
    if array.size:
        distances = np.abs(values - entries_of(node).astype(np.float64).reshape(node.groups, 1, -1))
        assert np.array_equal(np.abs(values - found)[..., 0], distances.min(axis=2))


@given(weights(largest=100), encoders)
def test_nodes_survive_their_message(array, encoder):
    node, _ = round_trip(encoder, array)
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    assert node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString())) == node


@given(weights(), st.integers(1, 4))
def test_few_distinct_values_come_back_exactly(array, bits):
    # NumPy 2.4 sorts float16 wrongly where there is -0.0.
    some = np.unique(array.astype(np.float64))[: 2**bits].astype(array.dtype)
    array = np.resize(some, array.shape) if some.size else array
    node, decoded = round_trip(Codebook(bits=bits), array)
    assert np.array_equal(decoded.astype(array.dtype), array)
    assert node.entry_count == max(some.size, 1)
    assert node.indices.element_type.bits == max(1, (node.entry_count - 1).bit_length())


@given(weights(shape=shapes.filter(lambda shape: shape and shape[-1] % 2 == 0)), st.integers(1, 3))
def test_vectors_become_entries(array, bits):
    node, decoded = round_trip(Codebook(bits=bits, vector_length=2), array)
    found = {tuple(entry) for entry in entries_of(node)[0].tolist()}
    assert {tuple(vector) for vector in decoded.reshape(-1, 2).tolist()} <= found
    vectors = np.unique(array.reshape(-1, 2), axis=0)
    if 0 < len(vectors) <= 2**bits:
        assert np.array_equal(decoded.astype(array.dtype), array)


@pytest.mark.parametrize(("bits", "length", "at_most"), [(4, 2, 0.112), (6, 3, 0.108), (8, 4, 0.103)])
def test_vectors_beat_numbers_at_two_bits(bits, length, at_most):
    array = normal(1 << 14, 12)
    _, decoded = round_trip(Codebook(bits=bits, vector_length=length), array)
    assert error(array, decoded) / error(array, 0.0) < at_most


def test_no_entry_of_a_vector_palette_is_left_unused():
    array = np.concatenate([normal(500, 2) * 0.01, normal(500, 2) * 0.01 + 5])
    node, _ = round_trip(Codebook(bits=5, vector_length=2), array)
    assert len(np.unique(load(node.indices, NodeMemory()))) == 32


@pytest.mark.parametrize("length", [1, 2])
def test_importance_moves_the_palette_to_where_it_counts(length):
    array, importance = normal(64, 256), np.ones((64, 256), np.float32)
    array[:, :64] += 4
    importance[:, :64] = 100
    encoder = Codebook(bits=3, vector_length=length)
    _, plain = round_trip(encoder, array)
    _, weighted = round_trip(encoder, array, importance=importance)
    assert error(array, weighted, importance) < 0.8 * error(array, plain, importance)
    _, by_column = round_trip(encoder, array, importance=importance[0])
    assert np.array_equal(by_column, weighted)
    _, all_alike = round_trip(encoder, array, importance=np.zeros(1))
    assert np.array_equal(all_alike, plain)
    with pytest.raises(InvalidInputError, match="importance must be finite"):
        encoder.encode(TypedArray.of(array), importance=np.float32(-1))


@pytest.mark.parametrize("table", ["nf4", "uniform", (-2.0, -1.0, 0.0, 1.0, 3.0)])
@pytest.mark.parametrize("per", ["tensor", "row"])
def test_interpolation_moves_entries_to_the_means_of_their_cells(table, per):
    array = np.clip(normal(8, 500) / 3, -1, 1)
    _, fixed = round_trip(Codebook(table=table, per=per), array)
    node, moved = round_trip(Codebook(table=table, per=per, interpolate=True, palette=Plain("f32")), array)
    assert error(array, moved) < error(array, fixed)
    first = array[0] if per == "row" else array
    cell = fixed[0] if per == "row" else fixed
    means = [first[cell == value].mean(dtype=np.float64) for value in np.unique(cell)]
    assert np.isclose(entries_of(node)[0, :, 0][:, np.newaxis], means, rtol=1e-5).any(axis=0).all()


def test_nf4_is_made_of_quantiles():
    """The construction of Dettmers et al. 2023, section 3: 8 quantiles below zero, zero, 7 above, scaled to reach 1."""
    offset = 0.9677083
    quantile = NormalDist().inv_cdf
    above = [quantile(p) for p in np.linspace(offset, 0.5, 9)[:-1]]
    below = [-quantile(p) for p in np.linspace(offset, 0.5, 8)[:-1]]
    expected = np.sort(np.array([*above, 0.0, *below])) / max(above)
    assert np.allclose(NF4, expected, atol=1e-6)
    assert np.array_equal(np.float32(NF4).astype(np.float64), NF4)


def test_tables_keep_every_bit_and_know_their_largest_value():
    node, decoded = round_trip(Codebook(table="nf4"), np.float32(NF4))
    assert same_bits(decoded, np.float32(NF4))
    assert node.entries.buffer.element_type == dtypes.F32
    assert Codebook(table="nf4").largest_value == 1.0
    assert Codebook(table=(1.0, -2.5)).largest_value == 2.5
    assert Codebook().largest_value is None
    assert Codebook(table="uniform").largest_value is None


def test_uniform_cells_divide_the_range():
    node, _ = round_trip(Codebook(bits=2, table="uniform", per="row"), np.array([[0.0, 4, 1], [-8, 8, 0]], np.float32))
    assert entries_of(node)[..., 0].tolist() == [[0.5, 1.5, 2.5, 3.5], [-6, -2, 2, 6]]


@pytest.mark.parametrize(
    ("shape", "per", "groups"),
    [((6, 4), "row", 6), ((6, 4), 2, 3), ((6, 4), 4, 2), ((7, 4), 3, 1), ((5,), "row", 1), ((4, 2, 3), 16, 1)],
)
def test_rows_share_palettes_as_evenly_as_they_divide(shape, per, groups):
    node, _ = round_trip(Codebook(bits=1, per=per), normal(*shape))
    assert node.groups == groups


def test_palettes_of_groups_are_filled_up():
    array = np.array([[1, 1, 1, 1], [1, 2, 3, 4]], np.float32)
    node, decoded = round_trip(Codebook(bits=4, per="row"), array)
    assert np.array_equal(decoded, array)
    assert entries_of(node)[..., 0].tolist() == [[1, 1, 1, 1], [1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("array", "stored"),
    [
        (normal(4000) * 0.02, "f16"),
        (normal(4000) * 1e-7, "f32"),
        (normal(4000) * 1e30, "f32"),
        (normal(4000) * 1e-4 + 1, "f32"),
        (normal(4000).astype(np.float64) * 1e200, "f64"),
        (np.array([0.1, 0.2], np.float32), "f32"),
        (np.array([0.5, 0.25], np.float32), "f16"),
        (np.array([0.1, 0.2]), "f64"),
        (np.array([0.1, 0.2], np.float16), "f16"),
    ],
)
def test_entries_are_stored_in_the_smallest_type_that_will_do(array, stored):
    node, _ = round_trip(Codebook(bits=4), array)
    assert str(node.entries.buffer.element_type) == stored


def test_the_same_input_gives_the_same_node():
    array = normal(300, 400)
    for encoder in (Codebook(), Codebook(bits=6, vector_length=4), Codebook(per="row")):
        assert encoder.encode(TypedArray.of(array)) == encoder.encode(TypedArray.of(array))


def test_inside_other_encodings():
    array = normal(64, 64)
    node, decoded = round_trip(Sparse(0.9, values=Codebook(bits=5)), array)
    assert node.spelled().endswith("codebook(32 entries, plain f16))")
    assert error(array[decoded != 0], decoded[decoded != 0]) < 0.002 * error(array, 0.0)
    assert not round_trip(Sparse(values=Codebook(bits=5)), np.zeros((3, 3), np.float32))[1].any()
    scale = np.abs(array).max(axis=1, keepdims=True)
    codes, _ = round_trip(Codebook(table="nf4"), array / scale)
    outer = AffineNode(codes, Plain().encode(TypedArray.of(scale)), None, (1, 64))
    outer.check(array.shape, Surroundings())
    assert error(array, outer.decode(array.shape, NodeMemory()).to_numpy()) < 0.012 * error(array, 0.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("encoder", [Codebook(), Codebook(table="nf4"), Codebook(vector_length=3)])
def test_what_no_entry_is_near_to_is_refused(bad, encoder):
    array = np.zeros((2, 3), np.float32)
    array[1, 1] = bad
    with pytest.raises(InvalidInputError, match="needs finite numbers"):
        encoder.encode(TypedArray.of(array))


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match="stand for floats, not s8"):
        Codebook().encode(TypedArray.of(np.zeros(3, np.int8)))
    for shape in ((), (3,), (4, 3)):
        with pytest.raises(InvalidInputError, match="vectors of 2 do not divide"):
            Codebook(vector_length=2).encode(TypedArray.of(np.zeros(shape, np.float32)))
    with pytest.raises(InvalidInputError, match="at most 1e\\+290"):
        Codebook().encode(TypedArray.of(np.array([1e300])))


@pytest.mark.parametrize(
    "options",
    [
        {"bits": 0},
        {"bits": 17},
        {"entries": 0},
        {"entries": 65537},
        {"vector_length": 0},
        {"vector_length": 65},
        {"per": "column"},
        {"per": 0},
        {"table": "nf5"},
        {"table": ()},
        {"table": (1.0, np.inf)},
        {"table": "nf4", "vector_length": 2},
    ],
)
def test_senseless_options_are_refused(options):
    with pytest.raises(InvalidInputError):
        Codebook(**options)


def six_numbers(**changes):
    indices = store(np.array([0, 2, 1, 2, 2, 0], np.uint8), dtypes.unsigned(2), coding=Packed())
    entries = Plain().encode(TypedArray.of(np.arange(6, dtype=np.float32)))
    return dataclasses.replace(CodebookNode(indices, entries, 1, 2, 3), **changes)


@pytest.mark.parametrize(
    ("changes", "shape", "message"),
    [
        ({"indices": store(np.zeros(6, np.int8), dtypes.signed(2))}, (2, 3), "indices are s2, not u1 to u16"),
        ({"indices": store(np.zeros(6, np.uint32), dtypes.unsigned(17))}, (2, 3), "indices are u17, not u1 to u16"),
        ({"entry_count": 0}, (2, 3), "palettes of 0 entries"),
        ({"entry_count": 65537}, (2, 3), "palettes of 65537 entries"),
        ({"entry_count": 4}, (2, 3), "buffer has 6 elements, its encoding needs 8"),
        ({"vector_length": 0}, (2, 3), "vectors of 0 elements"),
        ({"vector_length": 65}, (65, 65), "vectors of 65 elements"),
        ({"vector_length": 2}, (2, 3), "do not divide the shape"),
        ({"vector_length": 2}, (), "do not divide the shape"),
        ({"groups": 0}, (2, 3), "cannot be divided among 0 palettes"),
        ({"groups": 4}, (2, 3), "cannot be divided among 4 palettes"),
        ({"groups": 2**64 - 1}, (2, 3), "cannot be divided among"),
        ({}, (2, 4), "buffer has 6 elements, its encoding needs 8"),
        ({"indices": store(np.zeros(0, np.uint8), dtypes.unsigned(1)), "groups": 2**63}, (0,), "elements; at most"),
    ],
)
def test_contradictions_are_found_without_payloads(changes, shape, message):
    six_numbers().check((2, 3), Surroundings())
    with pytest.raises(CorruptError, match=message):
        six_numbers(**changes).check(shape, Surroundings())


def test_results_must_fit_the_limit():
    entries = Plain().encode(TypedArray.of(np.zeros(64)))
    node = CodebookNode(store(np.zeros(4096, np.uint8), dtypes.unsigned(1)), entries, 64, 1, 1)
    node.check((4096, 64), Surroundings())
    with pytest.raises(LimitError, match="array of f64"):
        node.check((4096, 64), Surroundings(limits=Limits(max_tensor_bytes=1 << 20)))


def test_indices_beyond_the_palette_are_corrupt():
    node = six_numbers(indices=store(np.array([0, 0, 0, 0, 3, 0], np.uint8), dtypes.unsigned(2)))
    node.check((2, 3), Surroundings())
    with pytest.raises(CorruptError, match="index 3 in a palette of 3 entries"):
        node.decode((2, 3), NodeMemory())


def test_spelled():
    assert six_numbers().spelled() == "codebook(3 entries in 2 groups, plain f32)"
    array = normal(10, 8)
    assert round_trip(Codebook(bits=2, vector_length=4), array)[0].spelled() == "codebook(4 entries of 4, plain f16)"
