"""ONNX's element types by number, as the dtypes that values have inside the interpreter."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.errors import GraphError, UnsupportedError

# TensorProto.DataType; strings and complex numbers are left out.
_NAMES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
    17: "float8_e4m3fn",
    18: "float8_e4m3fnuz",
    19: "float8_e5m2",
    20: "float8_e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4_e2m1fn",
    24: "float8_e8m0fnu",
    25: "uint2",
    26: "int2",
    27: "float6_e2m3fn",
    28: "float6_e3m2fn",
}
_NARROW = 16  # from here on NumPy lacks the types
_BITS = {"uint4": 4, "int4": 4, "float4_e2m1fn": 4, "uint2": 2, "int2": 2, "float6_e2m3fn": 6, "float6_e3m2fn": 6}


def dtype_of(number: int, /) -> np.dtype[Any]:
    """The dtype of an ONNX element type.

    Raises:
        GraphError: the interpreter has no such type.
        UnsupportedError: the type needs `ml_dtypes`, which is not installed or too old to have it.
    """
    name = _NAMES.get(number)
    if name is None:
        raise GraphError(f"ONNX element type {number} is not supported; supported: {', '.join(_NAMES.values())}")
    if number < _NARROW:
        return np.dtype(name)
    try:
        import ml_dtypes

        found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
    except (ModuleNotFoundError, AttributeError):
        raise UnsupportedError(f"NumPy has no {name}: install the extra 'qmodel-format[ml-dtypes]'") from None
    return found


def bits_of_element(dtype: np.dtype[Any], /) -> int:
    """Width of an element as ONNX packs it; an array may hold it in a wider one."""
    return _BITS.get(dtype.name, 8 * dtype.itemsize)
