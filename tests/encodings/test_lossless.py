import tracemalloc

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given

from qmodel import dtypes
from qmodel.buffers import check_buffer
from qmodel.buffers.sizes import file_bytes
from qmodel.encodings import Lossless
from qmodel.encodings.convert import convert
from qmodel.encodings.node import NodeMemory, Surroundings
from qmodel.limits import MIB
from qmodel.typed_array import TypedArray
from tests.arrays import any_array


def normal(shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def encoded(array):
    """The node of an array, after a check that it gives back every bit."""
    typed = TypedArray.of(array)
    node = Lossless().encode(typed)
    node.check(array.shape, Surroundings())
    decoded = convert(node.decode(array.shape, NodeMemory()), typed.element_type)
    assert decoded.storage.tobytes() == np.ascontiguousarray(array).tobytes()
    return node


def bits_each(node, array):
    return sum(map(file_bytes, node.buffers())) * 8 / array.size


@given(any_array())
def test_every_bit_of_every_type_comes_back(array):
    encoded(array)


@pytest.mark.parametrize(
    ("array", "kind", "most_bits"),
    [
        (normal((300, 400)), "plain", 27.0),
        (normal((300, 400), ml_dtypes.bfloat16), "plain", 11.0),
        (normal((300, 400), np.float16), "plain", 14.0),
        (normal((300, 400), np.float16).astype(np.float32), "plain", 14.0),
        (normal((300, 400), np.float16) * np.exp(normal((300, 1), seed=1)), "affine", 14.0),
        (np.rint(normal((300, 400)) * 30).astype(np.int16) * np.exp(normal((300, 1), seed=1)), "affine", 7.3),
        (np.rint(normal((300, 400)) * 30).astype(np.float16), "codebook", 7.2),
        (np.tile(normal(900), 200), "plain", 1.0),
        (np.zeros((300, 400), np.float32), "plain", 0.02),
        (np.random.default_rng(0).integers(0, 1 << 32, 10_000, dtype=np.uint32).view(np.float32), "plain", 32.1),
        (np.arange(20_000), "plain", 16.0),
    ],
)
def test_what_is_known_of_the_numbers_is_used(array, kind, most_bits):
    node = encoded(array)
    assert node.kind == kind
    assert bits_each(node, array) < most_bits


def test_a_few_numbers_stay_as_they_are():
    (buffer,) = encoded(normal(10)).buffers()
    assert str(buffer.coding) == "raw"
    check_buffer(buffer, 10, ())
    assert buffer.element_type == dtypes.F32


@pytest.mark.parametrize(
    "array",
    [
        normal((2048, 2048)),
        normal((4096, 2048), ml_dtypes.bfloat16),
        np.rint(normal((2048, 2048)) * 30),
        np.rint(normal((2048, 2048)) * 300) * np.exp(normal((2048, 1), seed=1)),
        np.rint(normal((4096, 2048)) * 30).astype(np.int8),
    ],
    ids=["split", "bf16", "palette", "scaled", "integers"],
)
def test_encoding_takes_at_most_three_times_the_memory(array):
    tracemalloc.start()
    try:
        Lossless().encode(TypedArray.of(array))
        assert tracemalloc.get_traced_memory()[1] < 3 * array.nbytes + 32 * MIB
    finally:
        tracemalloc.stop()
