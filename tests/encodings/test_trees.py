"""Any node inside any other, as random trees."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.encodings import NODES, Affine, AffineNode, Alias, NodeMemory, Plain, Surroundings
from qmodel.errors import CorruptError
from qmodel.limits import MAX_NESTING
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import weights

scale_encoders = st.recursive(
    st.sampled_from([Plain(), Plain("f16"), Plain("bf16")]),
    lambda inner: st.builds(
        Affine, bits=st.integers(2, 8), symmetric=st.booleans(), block=st.none() | st.integers(1, 9), scale=inner
    ),
    max_leaves=4,
)


@given(weights(dtypes=(np.float32, np.float64), largest=100), scale_encoders, st.integers(2, 8), st.integers(1, 12))
def test_trees_of_scales_survive_their_message(array, scale, bits, block):
    node = Affine(bits=bits, block=block, scale=scale).encode(TypedArray.of(array))
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    back = node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString()))
    assert back == node
    back.check(array.shape, Surroundings())
    assert np.array_equal(
        back.decode(array.shape, NodeMemory()).storage, node.decode(array.shape, NodeMemory()).storage, equal_nan=True
    )


def nested(depth):
    node = Plain().encode(TypedArray.of(np.float32(1)))
    for _ in range(depth - 1):
        node = AffineNode(Plain().encode(TypedArray.of(np.int8(2))), node)
    return node


def test_depth_is_limited():
    for depth, allowed in ((MAX_NESTING, True), (MAX_NESTING + 1, False)):
        message = encoding_pb2.Encoding()
        node_to_message(nested(depth), message)
        if allowed:
            assert node_from_message(message).decode((), NodeMemory()).storage == 2.0 ** (depth - 1)
        else:
            with pytest.raises(CorruptError, match="nested deeper than 8"):
                node_from_message(message)


def test_missing_parts_are_corrupt():
    message = encoding_pb2.Encoding()
    with pytest.raises(CorruptError, match="without a node"):
        node_from_message(message)
    message.affine.SetInParent()
    with pytest.raises(CorruptError, match="Affine without codes"):
        node_from_message(message)
    message.plain.SetInParent()
    with pytest.raises(CorruptError, match="Plain without buffer"):
        node_from_message(message)


def test_schema_and_registry_name_the_same_fields():
    """A node's fields are its message's fields; what the schema has beyond the registry is refused elsewhere."""
    in_schema = {field.name: field for field in encoding_pb2.Encoding.DESCRIPTOR.fields}
    assert set(NODES) <= set(in_schema)
    for kind, node_class in NODES.items():
        message_fields = [field.name for field in in_schema[kind].message_type.fields]
        assert [field.name for field in dataclasses.fields(node_class)] == message_fields


def test_alias_stands_for_another_tensor():
    class OneTensor(NodeMemory):
        def tensor(self, name, /):
            assert name == "other"
            return TypedArray.of(np.arange(3, dtype=np.int16))

    node = Alias("other").encode(TypedArray.of(np.zeros(3, np.int16)))
    assert np.array_equal(node.decode((3,), OneTensor()).storage, [0, 1, 2])
    assert node.spelled() == "alias of other"
    with pytest.raises(CorruptError, match="which the file does not hold"):
        node.check((3,), Surroundings())


def test_counts_and_block_shapes_must_fit():
    three = Plain().encode(TypedArray.of(np.zeros(3, np.float32)))
    one = Plain().encode(TypedArray.of(np.float32(1)))
    with pytest.raises(CorruptError, match="has 3 elements, its encoding needs 4"):
        three.check((4,), Surroundings())
    with pytest.raises(CorruptError, match="does not fit an array of shape"):
        AffineNode(three, one, None, (3, 1)).check((3,), Surroundings())
    with pytest.raises(CorruptError, match="exceeds an array of shape"):
        AffineNode(three, one, None, (4,)).check((3,), Surroundings())
    with pytest.raises(CorruptError, match="exceeds an array of shape"):
        AffineNode(three, three, None, (0,)).check((3,), Surroundings())
    with pytest.raises(CorruptError, match="has 1 elements, its encoding needs 3"):
        AffineNode(three, one, None, (1,)).check((3,), Surroundings())


@pytest.mark.parametrize("dtype", [np.bool_, np.int64])
def test_numbers_that_arithmetic_is_not_defined_for(dtype):
    one = Plain().encode(TypedArray.of(np.float32(1)))
    odd = Plain().encode(TypedArray.of(np.zeros((), dtype)))
    with pytest.raises(CorruptError, match="not floats or integers of at most 32 bits"):
        AffineNode(odd, one).check((), Surroundings())
    with pytest.raises(CorruptError, match="not floats or integers of at most 32 bits"):
        AffineNode(one, one, odd).check((), Surroundings())
    with pytest.raises(CorruptError, match="not a float"):
        AffineNode(one, odd).check((), Surroundings())
