"""The operator Cast."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator

# ONNX's TensorProto.DataType.
_DTYPES = {
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
}


@operator("Cast")
def cast(x: Array, /, *, to: int, saturate: int = 1) -> Array:
    """The values in another dtype; floats become integers by truncation. `saturate` concerns 8-bit floats alone."""
    if to not in _DTYPES:
        raise GraphError(
            f"casting to ONNX element type {to} is not supported; supported: {', '.join(_DTYPES.values())}"
        )
    return x.astype(np.dtype(_DTYPES[to]), copy=False)
