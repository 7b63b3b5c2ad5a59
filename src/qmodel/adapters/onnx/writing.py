"""A ModelProto written tensor by tensor, so that one weight at a time is in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qmodel.adapters.onnx.source import onnx_package
from qmodel.adapters.onnx.tensors import data_type_of
from qmodel.adapters.onnx.weight_form import Constant
from qmodel.container.destination import Destination
from qmodel.container.layout import field_header
from qmodel.errors import InvalidInputError

Progress = Callable[[int, int], None]

# Protobuf messages of 2 GiB and more cannot be parsed; what surrounds the tensors has its share.
LARGEST_MESSAGE = (1 << 31) - 1
_GRAPH_FIELD = 7
_INITIALIZER_FIELD = 5
_RAW_DATA_FIELD = 9
_LENGTH_DELIMITED = 2
_SMALLEST_EXTERNAL = 1024
_ALIGNMENT = 64


def tensor_proto(constant: Constant, /) -> Any:
    """The message of a constant with its data."""
    proto = _header(constant)
    proto.raw_data = constant.data()
    return proto


def write_whole(path: str | os.PathLike[str], model: Any, constants: Sequence[Constant], progress: Progress) -> None:
    """Write one file: the model, whose graph has no initializers yet, and the constants as its initializers.

    Raises:
        InvalidInputError: the path cannot be written to.
        StorageError: the disk is full, or the like.
    """
    graph = model.graph.SerializeToString(deterministic=True)
    around = onnx_package().ModelProto()
    around.CopyFrom(model)
    around.ClearField("graph")
    heads = [_framed(constant) for constant in constants]
    size = len(graph) + sum(len(head) + constant.size for head, constant in zip(heads, constants, strict=True))
    with Destination(path) as file:
        file.write(around.SerializeToString(deterministic=True))
        file.write(field_header(_tag(_GRAPH_FIELD), size))
        file.write(graph)
        for number, (head, constant) in enumerate(zip(heads, constants, strict=True), start=1):
            file.write(head)
            file.write(_data(constant))
            progress(number, len(constants))


def write_external(
    path: str | os.PathLike[str], model: Any, constants: Sequence[Constant], progress: Progress, *, overwrite: bool
) -> int:
    """Write the model, and beside it a file `<name>.data` with the values of all but the smallest constants.

    Returns:
        The size of the second file in bytes.

    Raises:
        InvalidInputError: a path cannot be written to; or the second file exists, and `overwrite` is false.
        StorageError: the disk is full, or the like.
    """
    target = Path(path)
    location = f"{target.name}.data"
    end = 0
    beside = target.with_name(location)
    if beside.exists() and not overwrite:
        raise InvalidInputError(f"{beside}, for the values, exists; name another output, or let it be overwritten")
    with Destination(beside) as file:
        for number, constant in enumerate(constants, start=1):
            proto = _header(constant) if constant.size >= _SMALLEST_EXTERNAL else tensor_proto(constant)
            if constant.size >= _SMALLEST_EXTERNAL:
                start = -(-end // _ALIGNMENT) * _ALIGNMENT
                file.write(bytes(start - end))
                file.write(_data(constant))
                end = start + constant.size
                proto.data_location = onnx_package().TensorProto.EXTERNAL
                for key, value in (("location", location), ("offset", start), ("length", constant.size)):
                    proto.external_data.add(key=key, value=str(value))
            model.graph.initializer.append(proto)
            progress(number, len(constants))
    _write_message(target, model)
    return end


def _write_message(target: Path, model: Any) -> None:
    with Destination(target) as file:
        file.write(model.SerializeToString(deterministic=True))


def _header(constant: Constant) -> Any:
    data_type = data_type_of(constant.element_type, f"tensor {constant.name!r}")
    return onnx_package().TensorProto(name=constant.name, data_type=data_type, dims=constant.shape)


def _framed(constant: Constant) -> bytes:
    """All bytes of an initializer but its data, which follow."""
    proto: bytes = _header(constant).SerializeToString(deterministic=True)
    data = field_header(_tag(_RAW_DATA_FIELD), constant.size)
    return field_header(_tag(_INITIALIZER_FIELD), len(proto) + len(data) + constant.size) + proto + data


def _data(constant: Constant) -> bytes:
    data = constant.data()
    if len(data) != constant.size:
        raise InvalidInputError(f"tensor {constant.name!r} has {len(data)} bytes, and had {constant.size} before")
    return data


def _tag(field: int) -> int:
    return field << 3 | _LENGTH_DELIMITED
