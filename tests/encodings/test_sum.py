import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmodel
from qmodel.encodings import Affine, Alias, LowRank, NodeMemory, Plain, Sum, SumNode, Surroundings
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import any_array, same_bits, shapes, weights


def plain(array):
    return Plain().encode(TypedArray.of(np.asarray(array)))


@st.composite
def terms(draw):
    shape = draw(shapes)
    dtypes = st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint32])
    return [draw(any_array(dtypes=(draw(dtypes),), shape=st.just(shape))) for _ in range(draw(st.integers(2, 5)))]


@given(terms())
def test_terms_are_added_in_order_each_sum_rounded_once(arrays):
    node = SumNode(tuple(plain(array) for array in arrays))
    shape = arrays[0].shape
    node.check(shape, Surroundings())
    total, wide = None, False
    with np.errstate(all="ignore"):
        for number, array in enumerate(arrays, start=1):
            wide = wide or array.dtype == np.float64
            dtype = np.float64 if wide else np.float32
            total = array.astype(dtype) if total is None else total.astype(dtype) + array.astype(dtype)
            decoded = node.decode_first(shape, NodeMemory(), number).storage
            assert decoded.dtype == dtype
            assert np.array_equal(decoded, total, equal_nan=True)
            assert np.array_equal(np.signbit(decoded[decoded == 0]), np.signbit(np.asarray(total)[total == 0]))
    assert np.array_equal(node.decode(shape, NodeMemory()).storage, total, equal_nan=True)
    assert node.decode(shape, NodeMemory()).element_type == node.result_type(Surroundings())


def test_order_shows():
    tiny = np.float32(2.0**-24)
    rising = SumNode((plain(tiny), plain(tiny), plain(np.float32(1))))
    falling = SumNode((plain(np.float32(1)), plain(tiny), plain(tiny)))
    assert rising.decode((), NodeMemory()).storage == np.float32(1 + 2.0**-23)
    assert falling.decode((), NodeMemory()).storage == 1


@given(weights(dtypes=(np.float32, np.float64), largest=100))
def test_each_term_encodes_what_the_earlier_ones_left(array):
    node = Sum((Plain("bf16"), Plain("bf16"), Plain())).encode(TypedArray.of(array))
    node.check(array.shape, Surroundings())
    left_over = [
        np.abs(node.decode_first(array.shape, NodeMemory(), count).storage - array.astype(np.float64))
        for count in (1, 2, 3)
    ]
    magnitude = np.abs(array.astype(np.float64))
    below_bf16 = 2.0**-134
    assert (left_over[0] <= 2.0**-8 * magnitude + below_bf16).all()
    assert (left_over[1] <= 2.0**-8 * left_over[0] + 2.0**-24 * magnitude + below_bf16).all()
    assert (left_over[2] <= np.finfo(array.dtype).eps * magnitude).all()


def test_importance_is_passed_on():
    seen = []

    class Spy(Plain):
        def encode(self, array, /, *, importance=None, threads=1):
            seen.append(importance)
            return super().encode(array, importance=importance, threads=threads)

    importance = np.arange(4.0)
    Sum((Spy("f16"), Spy())).encode(TypedArray.of(np.ones(4, np.float32)), importance=importance)
    assert seen == [importance, importance]


def test_low_rank_with_a_fine_residual():
    generator = np.random.default_rng(0)
    array = generator.standard_normal((64, 4)) @ generator.standard_normal((4, 48))
    array = (array + 0.1 * generator.standard_normal(array.shape)).astype(np.float32)
    node = Sum((LowRank(rank=4, left=Plain("f16"), right=Plain("f16")), Affine(bits=4, block=32))).encode(
        TypedArray.of(array)
    )
    alone = Affine(bits=4, block=32).encode(TypedArray.of(array)).decode(array.shape, NodeMemory()).storage
    both = node.decode(array.shape, NodeMemory()).storage
    assert np.square(both - array).sum() < 0.02 * np.square(alone - array).sum()


def test_readers_decode_the_coarse_terms_alone():
    array = np.random.default_rng(1).standard_normal((100, 90)).astype(np.float16)
    target = io.BytesIO()
    qmodel.save({"a": array, "b": array}, target, recipe={"a": Sum((Affine(bits=4), Affine(bits=8))), "b": Plain()})
    with qmodel.open(target.getvalue()) as reader:
        coarse, whole = reader.coarse("a"), reader["a"]
        assert coarse.dtype == whole.dtype == np.float16
        alone = Affine(bits=4).encode(TypedArray.of(array)).decode(array.shape, NodeMemory()).storage
        assert same_bits(coarse, alone.astype(np.float16))
        assert same_bits(reader.coarse("a", terms=2), whole)
        assert same_bits(reader.coarse("a", terms=9), whole)
        assert same_bits(reader.coarse("b"), array)
        with pytest.raises(KeyError):
            reader.coarse("c")
        with pytest.raises(InvalidInputError, match="at least 1 term"):
            reader.coarse("a", terms=0)


def test_coarse_terms_survive_damage_of_the_fine_ones():
    array = np.random.default_rng(1).standard_normal((100, 90), dtype=np.float32)
    target = io.BytesIO()
    qmodel.save({"a": array}, target, recipe=Sum((Affine(bits=4), Affine(bits=8))))
    data = bytearray(target.getvalue())
    with qmodel.open(bytes(data)) as reader:
        fine = reader.tensors["a"].encoding.terms[1].codes.buffer.location.indices[0]
        data[reader.manifest.chunks[fine].offset] ^= 1
    with qmodel.open(bytes(data)) as reader:
        assert reader.coarse("a").shape == array.shape
        with pytest.raises(CorruptError, match="checksum"):
            reader["a"]


@pytest.mark.parametrize("number", [0, 1, 17])
def test_number_of_terms_is_limited(number):
    with pytest.raises(InvalidInputError, match="2 to 16 terms"):
        Sum((Plain(),) * number)
    with pytest.raises(CorruptError, match="2 to 16 are allowed"):
        SumNode((plain(np.ones(3)),) * number).check((3,), Surroundings())


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(3, np.int8), "add up to floats, not to s8"),
        (np.array([np.nan], np.float32), "NaN or infinity leaves no residual"),
        (np.array([-np.inf], np.float16), "NaN or infinity leaves no residual"),
    ],
)
def test_what_has_no_residual_is_refused(array, message):
    with pytest.raises(InvalidInputError, match=message):
        Sum((Plain(), Plain())).encode(TypedArray.of(array))


def test_hostile_terms_are_refused():
    three = plain(np.ones(3, np.float32))
    with pytest.raises(CorruptError, match="has 2 elements, its encoding needs 3"):
        SumNode((three, plain(np.ones(2, np.float32)))).check((3,), Surroundings())
    with pytest.raises(CorruptError, match="term 1 of a sum is bool"):
        SumNode((three, plain(np.ones(3, np.bool_)))).check((3,), Surroundings())
    with pytest.raises(CorruptError, match="term 0 of a sum is u64"):
        SumNode((plain(np.ones(3, np.uint64)), three)).check((3,), Surroundings())
    with pytest.raises(CorruptError, match="file does not hold"):
        SumNode((three, Alias("x").encode(TypedArray.of(np.ones(3))))).check((3,), Surroundings())
    bytes_alone = plain(np.ones(300, np.int8))
    with pytest.raises(LimitError, match="needs 1200 bytes, limit 1000"):
        SumNode((bytes_alone, bytes_alone)).check((300,), Surroundings(limits=Limits(max_tensor_bytes=1000)))


def test_message_and_back():
    node = Sum((LowRank(rank=1), Plain("f16"), Plain())).encode(TypedArray.of(np.ones((2, 3), np.float32)))
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    assert node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString())) == node
    assert node.spelled() == "sum(low_rank(plain f32, plain f32, rank 1), plain f16, plain f32)"
