"""Get a ModelProto: parse the file, and read external data from inside the model's own folder only."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

from qmodel.errors import InvalidInputError, UnsupportedError


def onnx_package() -> ModuleType:
    """The package `onnx`.

    Raises:
        UnsupportedError: it is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise UnsupportedError(
            "reading ONNX needs the package onnx, which is not installed: pip install 'qmodel-format[onnx]'"
        ) from None
    return onnx


def read_model(source: str | os.PathLike[str] | Any, /) -> tuple[Any, Path | None]:
    """The ModelProto, and the folder that its external data may come from (None for a ModelProto given).

    Raises:
        InvalidInputError: the file cannot be read or is no ONNX model.
    """
    onnx = onnx_package()
    if isinstance(source, onnx.ModelProto):
        return source, None
    if not isinstance(source, str | os.PathLike):
        raise InvalidInputError(f"wanted a path or an onnx.ModelProto, got {type(source).__name__}")
    path = Path(source)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path}: cannot be read: {error.strerror or error}") from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception as error:  # protobuf's DecodeError, whose module differs between its versions
        raise InvalidInputError(f"{path}: not an ONNX file: {error}") from error
    if not model.HasField("graph") or not model.opset_import:
        raise InvalidInputError(f"{path}: not an ONNX file: it parses, but holds no graph or no opset")
    return model, path.resolve().parent


def read_external(name: str, entries: dict[str, str], folder: Path | None, /) -> bytes:
    """The bytes of a tensor stored outside the model file.

    Args:
        name: of the tensor, for messages.
        entries: the tensor's `external_data`.
        folder: the model's folder; None when the model was given as a message.

    Raises:
        InvalidInputError: the location is absolute or leaves the folder (also through a symbolic link), the file
            cannot be read, or is shorter than the range says.
    """
    if folder is None:
        raise InvalidInputError(
            f"tensor {name!r} is stored outside the model: give the model's path instead of a ModelProto"
        )
    location = entries.get("location", "")
    relative = Path(location)
    if not location or relative.is_absolute() or ".." in relative.parts:
        raise InvalidInputError(
            f"tensor {name!r}: external location {location!r} must be a path inside the model's folder"
        )
    resolved = (folder / relative).resolve()
    if not resolved.is_relative_to(folder):
        raise InvalidInputError(f"tensor {name!r}: external location {location!r} leads out of the model's folder")
    offset, length = _range(name, entries)
    try:
        with resolved.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
    except OSError as error:
        raise InvalidInputError(f"tensor {name!r}: {location!r} cannot be read: {error.strerror or error}") from error
    if length is not None and len(data) != length:
        raise InvalidInputError(
            f"tensor {name!r}: wanted {length} bytes at offset {offset} of {location!r}, got {len(data)}"
        )
    return data


def _range(name: str, entries: dict[str, str]) -> tuple[int, int | None]:
    """Offset and length; None for all that follows."""
    try:
        offset = int(entries.get("offset", "0"))
        length = int(entries["length"]) if "length" in entries else None
    except ValueError:
        raise InvalidInputError(f"tensor {name!r}: offset and length of external data must be numbers") from None
    if offset < 0 or (length is not None and length < 0):
        raise InvalidInputError(f"tensor {name!r}: offset and length of external data must not be negative")
    return offset, length
