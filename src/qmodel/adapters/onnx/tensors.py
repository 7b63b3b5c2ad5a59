"""TensorProto to array."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.adapters.onnx.source import ModelFolder, onnx_package, read_external
from qmodel.dtypes import Array, ElementType, signed, unsigned
from qmodel.errors import InvalidInputError, UnsupportedError

# By the names of ONNX's TensorProto.DataType.
_ELEMENT_TYPES = {
    "FLOAT": dtypes.F32,
    "DOUBLE": dtypes.F64,
    "FLOAT16": dtypes.F16,
    "BFLOAT16": dtypes.BF16,
    "FLOAT8E4M3FN": dtypes.F8E4M3,
    "FLOAT8E5M2": dtypes.F8E5M2,
    "FLOAT8E4M3FNUZ": dtypes.F8E4M3FNUZ,
    "FLOAT8E5M2FNUZ": dtypes.F8E5M2FNUZ,
    "FLOAT8E8M0": dtypes.E8M0,
    "FLOAT6E2M3": dtypes.F6E2M3,
    "FLOAT6E3M2": dtypes.F6E3M2,
    "FLOAT4E2M1": dtypes.F4E2M1,
    "BOOL": dtypes.BOOL,
    **{f"UINT{bits}": unsigned(bits) for bits in (2, 4, 8, 16, 32, 64)},
    **{f"INT{bits}": signed(bits) for bits in (2, 4, 8, 16, 32, 64)},
}


def element_type_of(data_type: int, what: str, /) -> ElementType:
    """The element type of an ONNX data type.

    Raises:
        UnsupportedError: qmodel has no such type; `what` names the tensor or value.
    """
    enumeration = onnx_package().TensorProto.DataType
    known = enumeration.values()
    name = enumeration.Name(data_type) if data_type in known else str(data_type)
    if name not in _ELEMENT_TYPES:
        raise UnsupportedError(f"{what} has ONNX element type {name}; supported: {', '.join(_ELEMENT_TYPES)}")
    return _ELEMENT_TYPES[name]


def array_of(tensor: Any, folder: ModelFolder | None, what: str, /) -> Array:
    """The array of a TensorProto; `ml_dtypes` types where NumPy lacks the type.

    Args:
        tensor: the message.
        folder: where external data may be.
        what: names the tensor in messages.

    Raises:
        UnsupportedError: strings, complex numbers, or another type that qmodel lacks.
        InvalidInputError: the data do not fit the shape, or external data cannot be read.
    """
    onnx = onnx_package()
    element_type = element_type_of(tensor.data_type, what)
    if any(length < 0 for length in tensor.dims):
        raise InvalidInputError(f"{what}: a length of the shape {list(tensor.dims)} is negative")
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        inline = onnx.TensorProto(data_type=tensor.data_type, dims=tensor.dims)
        inline.raw_data = read_external(what, entries, folder, element_type.packed_bytes(prod(tensor.dims)))
        tensor = inline
    try:
        array = onnx.numpy_helper.to_array(tensor)
    except Exception as error:  # onnx raises ValueError, TypeError and others for damaged tensors
        raise InvalidInputError(f"{what}: the data do not fit {list(tensor.dims)}: {error}") from error
    return np.array(array, order="C")


def data_type_of(element_type: ElementType, what: str, /) -> int:
    """The ONNX data type of an element type.

    Raises:
        UnsupportedError: ONNX, or the version installed, has no such type; `what` names the tensor or value.
    """
    enumeration = onnx_package().TensorProto
    name = next((name for name, known in _ELEMENT_TYPES.items() if known == element_type), "")
    number = getattr(enumeration, name, None) if name else None
    if number is None:
        raise UnsupportedError(f"{what} is {element_type}, which the installed package onnx has no type for")
    return int(number)
