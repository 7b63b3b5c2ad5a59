"""Strategies and comparisons of arrays that several tests share."""

import ml_dtypes
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

FLOATS = (np.float16, np.float32, np.float64)
INTEGERS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
EVERY_DTYPE = (*FLOATS, *INTEGERS, np.bool_, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2)

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9)


@st.composite
def any_array(draw, dtypes=EVERY_DTYPE, shape=shapes):
    """An array of any bits whatever: NaN payloads, infinities and subnormals included."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = draw(shape)
    count = int(np.prod(shape))
    if dtype == np.bool_:
        return draw(hnp.arrays(np.bool_, shape))
    data = draw(st.binary(min_size=count * dtype.itemsize, max_size=count * dtype.itemsize))
    return np.frombuffer(data, dtype=dtype).reshape(shape)


@st.composite
def weights(draw, dtypes=FLOATS, shape=shapes, largest=1e4):
    """An array of finite floats, with zeros, tiny values and equal values among them."""
    dtype = draw(st.sampled_from(dtypes))
    width = np.dtype(dtype).itemsize * 8
    largest = min(largest, float(np.finfo(dtype).max))
    bound = float(np.dtype(dtype).type(largest))
    values = st.floats(-bound, bound, width=width) | st.sampled_from([0.0, -0.0, 1.0, -1.0])
    return draw(hnp.arrays(dtype, shape, elements=values))


@st.composite
def rearranged(draw, array):
    """The same values behind other strides or another byte order."""
    if draw(st.booleans()) and array.dtype.isnative and array.dtype.kind in "fiu" and array.dtype.itemsize > 1:
        array = array.astype(array.dtype.newbyteorder())
    if array.ndim and draw(st.booleans()):
        wide = np.zeros((*array.shape[:-1], array.shape[-1] * 2), array.dtype)
        wide[..., ::2] = array
        array = wide[..., ::2]
    if array.ndim > 1 and draw(st.booleans()):
        array = np.asfortranarray(array)
    return array


def same_bits(left, right):
    """Whether two arrays have one shape, one dtype up to byte order, and the same bits."""
    if left.shape != right.shape or left.dtype.newbyteorder("=") != right.dtype.newbyteorder("="):
        return False
    native = [np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="), copy=False) for array in (left, right)]
    return native[0].tobytes() == native[1].tobytes()
