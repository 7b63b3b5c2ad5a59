"""SparseTensorProto to array."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from qmodel.adapters.onnx.source import ModelFolder
from qmodel.adapters.onnx.tensors import array_of, element_type_of
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError, LimitError
from qmodel.limits import DEFAULT_LIMITS


def dense_array_of(sparse: Any, folder: ModelFolder | None, what: str, /) -> Array:
    """The dense array of a sparse tensor, zero where nothing is stored.

    Source: the message SparseTensorProto of ONNX: indices are int64, positions in row-major order of shape [stored], or
    coordinates of shape [stored, rank].

    Args:
        sparse: the message.
        folder: where external data may be.
        what: names the tensor in messages.

    Raises:
        LimitError: the dense array would be larger than a tensor may be.
        InvalidInputError: shape, values and indices do not fit each other.
        UnsupportedError: an element type that qmodel lacks.
    """
    shape = tuple(sparse.dims)
    if any(length < 0 for length in shape):
        raise InvalidInputError(f"{what}: a length of the shape {list(shape)} is negative")
    size = element_type_of(sparse.values.data_type, what).packed_bytes(prod(shape))
    if size > DEFAULT_LIMITS.max_tensor_bytes:
        raise LimitError(f"{what}: dense, it has {size} bytes, the limit is {DEFAULT_LIMITS.max_tensor_bytes}")
    values = array_of(sparse.values, folder, what)
    positions = _positions(array_of(sparse.indices, folder, f"{what}, indices"), shape, what)
    if values.ndim != 1 or positions.shape != values.shape:
        raise InvalidInputError(
            f"{what}: wanted one axis of values and as many indices, got {values.shape} and {positions.shape}"
        )
    dense = np.zeros(shape, values.dtype)
    dense.reshape(-1)[positions] = values
    return dense


def _positions(indices: Array, shape: tuple[int, ...], what: str) -> Array:
    """Row-major positions, int64."""
    if indices.dtype != np.int64 or indices.shape[1:] not in ((), (len(shape),)):
        raise InvalidInputError(
            f"{what}: indices must be int64 of shape [stored] or [stored, {len(shape)}], got {indices.dtype}"
            f"{list(indices.shape)}"
        )
    lengths = np.array(shape if indices.ndim == 2 else prod(shape), dtype=np.int64)
    if ((indices < 0) | (indices >= lengths)).any():
        raise InvalidInputError(f"{what}: an index lies outside the shape {list(shape)}")
    if indices.ndim == 1:
        return indices
    strides = np.array([prod(shape[axis + 1 :]) for axis in range(len(shape))], dtype=np.int64)
    positions: Array = indices @ strides
    return positions
