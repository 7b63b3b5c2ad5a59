"""ValueInfoProto to Value."""

from __future__ import annotations

from typing import Any

from qmodel.adapters.onnx.tensors import element_type_of
from qmodel.errors import UnsupportedError
from qmodel.graph import Value


def value_of(value: Any, name: str, /) -> Value:
    """The type and shape of a graph's input or output.

    Args:
        value: the message.
        name: of the value in the file.

    Raises:
        UnsupportedError: the value is a sequence, optional or a map, has no type, or an element type that qmodel lacks.
    """
    if not value.type.HasField("tensor_type"):
        kind = value.type.WhichOneof("value")
        raise UnsupportedError(f"value {value.name!r} is no tensor but {kind or 'of unknown type'}")
    tensor = value.type.tensor_type
    element_type = element_type_of(tensor.elem_type, f"value {value.name!r}")
    if not tensor.HasField("shape"):
        return Value(name, element_type, None)
    return Value(name, element_type, tuple(_length(dimension) for dimension in tensor.shape.dim))


def _length(dimension: Any) -> int | str | None:
    if dimension.WhichOneof("value") == "dim_value":
        # Some exporters write -1 or 0 for an unknown length; 0 is a valid length in ONNX, a negative one is not.
        return int(dimension.dim_value) if dimension.dim_value >= 0 else None
    # Paddle's exporter writes "?" on every axis whose length it does not know.
    return None if dimension.dim_param in ("", "?") else str(dimension.dim_param)
