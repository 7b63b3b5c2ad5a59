import dataclasses
import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import store
from qmodel.encodings import Affine, Delta, DeltaNode, NodeMemory, Plain, PlainNode, Surroundings
from qmodel.encodings.digest import tensor_digest
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from tests.arrays import any_array, same_bits, shapes, weights

EVERY_TYPE = ("bool", "u1", "u5", "u8", "s3", "s8", "s13", "s32", "u64", "s64", "f64", "f32", "f16", "bf16", "f8e4m3")
EVERY_TYPE += ("f6e2m3", "f4e2m1", "e8m0")


class OneBase(NodeMemory):
    """Holds one tensor of another file, and knows it by its digest."""

    def __init__(self, base):
        super().__init__()
        self.held = base

    def base(self, wanted, /):
        assert wanted.digest == tensor_digest(self.held)
        assert (wanted.element_type, wanted.shape) == (self.held.element_type, self.held.shape)
        return self.held


def round_trip(encoder, array):
    node = encoder.encode(array)
    assert isinstance(node, DeltaNode)
    node.check(array.shape, Surroundings())
    decoded = node.decode(array.shape, OneBase(encoder.base))
    assert decoded.element_type == node.result_type(Surroundings())
    assert decoded.shape == array.shape
    return node, decoded


@st.composite
def two_of_a_type(draw):
    """Two arrays of one element type and shape, of any bits."""
    element_type = dtypes.parse(draw(st.sampled_from(EVERY_TYPE)))
    shape = draw(shapes)
    count = int(np.prod(shape))
    low, high = (element_type.minimum, element_type.maximum)
    if element_type.is_float:
        low, high = 0, (1 << element_type.bits) - 1
    arrays = []
    for _ in range(2):
        numbers = draw(st.lists(st.integers(low, high), min_size=count, max_size=count))
        signed = "i" if element_type.kind == "signed" else "u"
        held = np.array(numbers, f"{signed}{element_type.storage.itemsize}")
        arrays.append(TypedArray(element_type, held.view(element_type.storage).reshape(shape)))
    return arrays


@given(two_of_a_type())
def test_exclusive_or_gives_back_every_bit_of_every_type(pair):
    base, array = pair
    node, decoded = round_trip(Delta(base), array)
    assert decoded.element_type == array.element_type
    assert decoded.storage.tobytes() == array.storage.tobytes()
    assert node.residual.result_type(Surroundings()) == dtypes.unsigned(array.element_type.bits)


@given(any_array())
def test_nothing_changed_is_a_residual_of_zeros(array):
    typed = TypedArray.of(array)
    node, decoded = round_trip(Delta(typed), typed)
    assert same_bits(decoded.to_numpy(), array)
    assert not node.residual.decode(array.shape, NodeMemory()).storage.any()


@given(weights(dtypes=(np.float16, np.float32, np.float64)), st.data())
def test_sums_are_rounded_once(array, data):
    dtype = data.draw(st.sampled_from([np.float16, np.float32, np.float64]))
    base = np.asarray(array * data.draw(st.sampled_from([1, 0.9, -2])), dtype)
    _, decoded = round_trip(Delta(TypedArray.of(base), operation="add"), TypedArray.of(array))
    wide = np.float64 if np.float64 in (array.dtype, base.dtype) else np.float32
    change = array.astype(wide) - base.astype(wide)
    assert same_bits(decoded.storage, np.asarray(base.astype(wide) + change))


@given(weights(dtypes=(np.float32,), largest=100), st.integers(2, 8))
def test_a_quantized_residual_costs_no_more_than_its_own_error(array, bits):
    base = (array * 1.25).astype(np.float32)
    node, decoded = round_trip(Delta(TypedArray.of(base), Affine(bits=bits), "add"), TypedArray.of(array))
    residual = node.residual.decode(array.shape, NodeMemory()).storage
    assert np.array_equal(decoded.storage, base + residual)


def test_residual_of_double_precision_makes_a_sum_of_double_precision():
    base = TypedArray.of(np.array([1, 2**24], np.float32))
    array = TypedArray.of(np.array([1 + 2.0**-40, 2.0**24 + 1]))
    _, decoded = round_trip(Delta(base, operation="add"), array)
    assert decoded.element_type == dtypes.F64
    assert np.array_equal(decoded.storage, array.storage)


def test_digest_by_definition():
    """The page's serialization, written out."""
    values = np.array([[1.5, -2.0, np.nan]], np.float32)
    header = b"\x03f32" + struct.pack("<IQQ", 2, 1, 3)
    wanted = hashlib.sha256(header + values.astype("<f4").tobytes()).digest()
    assert tensor_digest(TypedArray.of(values)) == wanted
    narrow = TypedArray(dtypes.signed(3), np.array([-1, 2, -4], np.int8))
    packed = (0b100_010_111).to_bytes(2, "little")
    assert tensor_digest(narrow) == hashlib.sha256(b"\x02s3" + struct.pack("<IQ", 1, 3) + packed).digest()
    scalar = TypedArray.of(np.bool_(True))
    assert tensor_digest(scalar) == hashlib.sha256(b"\x04bool" + struct.pack("<I", 0) + b"\x01").digest()


@pytest.mark.parametrize("name", ["u3", "f32"])
def test_digest_of_many_pieces_is_that_of_one(name, monkeypatch):
    element_type = dtypes.parse(name)
    array = TypedArray(element_type, (np.arange(1000) % 8).astype(element_type.storage))
    whole = tensor_digest(array)
    monkeypatch.setattr("qmodel.encodings.digest._PIECE_ELEMENTS", 64)
    assert tensor_digest(array) == whole


def test_digests_tell_type_and_shape_apart():
    zeros = [
        TypedArray.of(np.zeros(shape, dtype))
        for shape in ((4,), (2, 2), (4, 1), (1, 4), (0,), (0, 3), ())
        for dtype in (np.float32, np.int32, np.uint32, np.float16)
    ]
    assert len({tensor_digest(each) for each in zeros}) == len(zeros)


def test_what_cannot_be_a_delta_is_refused():
    floats, integers = TypedArray.of(np.ones(4, np.float32)), TypedArray.of(np.ones(4, np.int32))
    with pytest.raises(InvalidInputError, match="of shape \\(2,\\) against a base of shape \\(4,\\)"):
        Delta(floats).encode(TypedArray.of(np.ones(2, np.float32)))
    with pytest.raises(InvalidInputError, match="exclusive or of s32 against a base of f32"):
        Delta(floats).encode(integers)
    with pytest.raises(InvalidInputError, match="addition of s32"):
        Delta(integers, operation="add").encode(floats)
    with pytest.raises(InvalidInputError, match="addition of s32"):
        Delta(floats, operation="add").encode(integers)
    with pytest.raises(InvalidInputError, match="needs its base tensor"):
        Delta("base.qmodel").encode(floats)
    with pytest.raises(InvalidInputError, match="add and xor, not 'subtract'"):
        Delta(floats, operation="subtract")
    with pytest.raises(InvalidInputError, match="'w', which the base does not hold"):
        Delta({"v": floats}).resolved("w", {"v": floats})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_differences_must_be_finite(bad):
    plain, odd = TypedArray.of(np.ones(3, np.float32)), TypedArray.of(np.array([1, bad, 1], np.float32))
    for base, array in ((plain, odd), (odd, plain), (odd, odd)):
        with pytest.raises(InvalidInputError, match="not finite; use operation='xor'"):
            Delta(base, operation="add").encode(array)
    largest = np.float32(np.finfo(np.float32).max)
    with pytest.raises(InvalidInputError, match="not finite"):
        Delta(TypedArray.of(np.array([-largest])), operation="add").encode(TypedArray.of(np.array([largest])))


def hostile(**changes):
    base = TypedArray.of(np.ones(4, np.float32))
    node = Delta(base, tensor="w").encode(TypedArray.of(np.zeros(4, np.float32)))
    return dataclasses.replace(node, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base_digest": b""}, "digest of 0 bytes, not 32"),
        ({"base_digest": bytes(33)}, "digest of 33 bytes, not 32"),
        ({"base_name": "é" * 513}, "more than 1024 bytes"),
        ({"operation": 0}, "operation number 0 does not exist"),
        ({"operation": 3}, "operation number 3 does not exist"),
        ({"operation": 1}, "adds u32 to f32; both must be floats"),
        ({"base_type": dtypes.F64}, "exclusive or of f64 with a residual of u32"),
        ({"base_type": dtypes.F16}, "exclusive or of f16 with a residual of u32"),
    ],
)
def test_hostile_nodes_are_corrupt(changes, message):
    hostile().check((4,), Surroundings())
    with pytest.raises(CorruptError, match=message):
        hostile(**changes).check((4,), Surroundings())


def test_signed_residuals_are_not_bits():
    residual = PlainNode(store(np.zeros(4, np.int32), dtypes.signed(32)))
    with pytest.raises(CorruptError, match="exclusive or of f32 with a residual of s32"):
        hostile(residual=residual).check((4,), Surroundings())
    with pytest.raises(CorruptError, match="adds s32"):
        hostile(residual=residual, operation=1).check((4,), Surroundings())
    with pytest.raises(CorruptError, match="adds f32 to s32"):
        hostile(
            residual=Plain().encode(TypedArray.of(np.zeros(4, np.float32))), operation=1, base_type=dtypes.signed(32)
        ).check((4,), Surroundings())


def test_sizes_are_limited_before_a_base_is_asked_for():
    with pytest.raises(LimitError, match="needs 16 bytes, limit 15"):
        hostile().check((4,), Surroundings(limits=Limits(max_tensor_bytes=15)))


def test_spelling():
    assert hostile().spelled() == "delta(w ⊕ plain u32)"
    ones = TypedArray.of(np.ones(4, np.float32))
    assert Delta(ones, operation="add").encode(ones).spelled() == "delta(base + plain f32)"
