"""Random trees of nodes, any inside any other that the schema allows: files of them verify, and two decoders agree.

All numbers are small multiples of a half, so that every sum and product is exact whatever its order.
"""

import io
from math import prod

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import qmodel
from qmodel import dtypes
from qmodel.buffers import Packed, store
from qmodel.container import Writer
from qmodel.encodings import NODES, Surroundings
from qmodel.encodings.affine_blocks import scales_of
from qmodel.encodings.convert import convert
from qmodel.kernels.convolutional_code import STATE_COUNTS
from qmodel.typed_array import TypedArray
from qmodel.wire import TensorRecord
from tests.spec.plain_reader import PlainReader, spelled

FLOATS = ("f64", "f32", "f16", "bf16", "f8e4m3", "f8e5m2", "f6e2m3", "f6e3m2", "f4e2m1")
INTEGERS = ("u2", "u7", "u8", "s3", "s8", "s16", "s32")
HALVES = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
CODINGS = (None, Packed(), Packed("zstd"))
DEEPEST = 4


class Tree:
    """Draws nodes for arrays of given shapes; keeps the tensors that aliases refer to."""

    def __init__(self, draw):
        self.draw = draw
        self.others = {}

    def node(self, shape, depth=1, *, floats):
        """A node for an array of a shape; of floats, or of any numbers."""
        makers = [self.plain]
        if depth < DEEPEST and shape and prod(shape):
            makers += [self.codebook, self.sparse]
            if floats:
                makers += [self.affine, self.hashed, self.sum, self.transform, self.trellis]
                makers += [self.low_rank] if len(shape) > 1 else []
        if depth > 1:
            makers.append(self.alias)
        elif len(makers) > 1:  # a root that is a tree
            makers.remove(self.plain)
        return self.draw(st.sampled_from(makers))(shape, depth, floats=floats)

    def array(self, shape, *, floats):
        names = FLOATS if floats or self.draw(st.booleans()) else INTEGERS
        element_type = dtypes.parse(self.draw(st.sampled_from(names)))
        if element_type.is_float:
            halves = self.draw(hnp.arrays(np.float64, shape, elements=st.sampled_from(HALVES)))
            return convert(TypedArray(dtypes.F64, halves), element_type)
        bounds = st.integers(max(element_type.minimum, -9), min(element_type.maximum, 9))
        return TypedArray(element_type, self.draw(hnp.arrays(element_type.storage, shape, elements=bounds)))

    def buffer(self, array):
        return store(array.storage, array.element_type, coding=self.draw(st.sampled_from(CODINGS)))

    def plain(self, shape, depth, *, floats):
        return NODES["plain"](self.buffer(self.array(shape, floats=floats)))

    def affine(self, shape, depth, *, floats):
        block_shape = tuple(self.draw(st.integers(1, length)) for length in shape) if self.draw(st.booleans()) else ()
        scale_shape = scales_of(shape, block_shape)
        zero_point = self.node(scale_shape, depth + 1, floats=False) if self.draw(st.booleans()) else None
        codes = self.node(shape, depth + 1, floats=False)
        return NODES["affine"](codes, self.node(scale_shape, depth + 1, floats=True), zero_point, block_shape)

    def codebook(self, shape, depth, *, floats):
        vector_length = self.draw(st.sampled_from([n for n in (1, 2) if shape[-1] % n == 0]))
        vectors = prod(shape) // vector_length
        groups = self.draw(st.sampled_from([n for n in (1, 2, 3) if vectors % n == 0]))
        count = self.draw(st.integers(1, 5))
        indices = self.draw(hnp.arrays(np.uint8, (vectors,), elements=st.integers(0, count - 1)))
        entries = self.node((groups, count, vector_length), depth + 1, floats=floats)
        buffer = self.buffer(TypedArray(dtypes.unsigned(3), indices))
        return NODES["codebook"](buffer, entries, vector_length, groups, count)

    def sparse(self, shape, depth, *, floats):
        bitmap = self.draw(hnp.arrays(np.bool_, shape))
        values = self.node((int(bitmap.sum()),), depth + 1, floats=floats)
        return NODES["sparse"](self.buffer(TypedArray.of(bitmap)), None, None, 0, 0, int(bitmap.sum()), values)

    def low_rank(self, shape, depth, *, floats):
        rank = self.draw(st.integers(1, 3))
        left = self.node((shape[0], rank), depth + 1, floats=True)
        return NODES["low_rank"](left, self.node((rank, prod(shape[1:])), depth + 1, floats=True), rank)

    def sum(self, shape, depth, *, floats):
        terms = [self.node(shape, depth + 1, floats=True) for _ in range(self.draw(st.integers(2, 3)))]
        return NODES["sum"](tuple(terms))

    def hashed(self, shape, depth, *, floats):
        count = self.draw(st.integers(1, 5))
        return NODES["hashed"](self.node((count,), depth + 1, floats=True), count, self.draw(st.integers(0, 2**32 - 1)))

    def trellis(self, shape, depth, *, floats):
        code_type = dtypes.signed(self.draw(st.sampled_from([3, 8, 12, 24])))
        codes = self.draw(hnp.arrays(code_type.storage, shape, elements=st.integers(-3, 3)))
        buffer = self.buffer(TypedArray(code_type, codes))
        states, run_length = self.draw(st.sampled_from(STATE_COUNTS)), self.draw(st.integers(1, 20))
        return NODES["trellis"](buffer, self.draw(st.sampled_from([0.5, 1.0])), states, run_length)

    def transform(self, shape, depth, *, floats):
        matrix = self.node((shape[-1], shape[-1]), depth + 1, floats=True)
        return NODES["transform"](matrix, self.node(shape, depth + 1, floats=True))

    def alias(self, shape, depth, *, floats):
        name = f"other{len(self.others)}"
        array = self.array(shape, floats=floats)
        self.others[name] = TensorRecord(name, shape, array.element_type, NODES["plain"](self.buffer(array)))
        return NODES["alias"](name)


def numbers(element_type, values):
    """Two decoders may differ in the sign of a zero where the order of a sum is free."""
    return convert(TypedArray(element_type, values), dtypes.F64).storage + 0.0


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple) | st.sampled_from([(), (0,), (3, 0)]))
def test_two_decoders_agree_on_random_trees(data, shape):
    tree = Tree(data.draw)
    root = tree.node(shape, floats=data.draw(st.booleans()))
    around = Surroundings(
        element_types=lambda name: tree.others[name].element_type, shapes=lambda name: tree.others[name].shape
    )
    stored_type = root.result_type(around)
    element_type = dtypes.F64 if stored_type.is_float else stored_type
    target = io.BytesIO()
    with Writer(target) as writer:
        for record in (TensorRecord("tree", shape, element_type, root), *tree.others.values()):
            writer.add(record)
        writer.finish()
    qmodel.verify(target.getvalue())
    with qmodel.open(target.getvalue()) as reader:
        reference = reader.tensor("tree")
    name, values = PlainReader(target.getvalue()).tensor("tree")
    assert name == element_type.name
    assert reference.shape == shape
    second = bytes.fromhex(spelled(name, values))
    stored = np.frombuffer(second, element_type.storage.newbyteorder("<")).reshape(shape).astype(element_type.storage)
    if element_type.is_float:
        assert np.array_equal(numbers(element_type, reference.storage), numbers(element_type, stored))
    else:
        assert np.array_equal(reference.storage, stored)
