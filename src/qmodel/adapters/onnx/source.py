"""Get a ModelProto: parse the file, and read external data from inside the model's own folder only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from errno import ENOENT
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


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Where external data may come from.

    Attributes:
        path: the folder, as the caller named it.
        allowed: folders, links resolved, that data must lie in: that one, and where the model really is. Caches of
            downloads keep both the model and its data elsewhere, under other names, with links to them.
    """

    path: Path
    allowed: tuple[Path, ...]

    @classmethod
    def of(cls, model: Path) -> ModelFolder:
        """The folder of a model file."""
        return cls(model.parent, (model.parent.resolve(), model.resolve().parent))

    def locate(self, location: str, what: str) -> Path:
        """The path of a location relative to the folder.

        Raises:
            InvalidInputError: it is absolute, or leaves the folder, also through a symbolic link.
        """
        relative = Path(location)
        if not location or "\0" in location or relative.is_absolute() or ".." in relative.parts:
            raise InvalidInputError(f"{what}: external location {location!r} must be a path inside the model's folder")
        try:
            resolved = (self.path / relative).resolve()
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
            raise InvalidInputError(f"{what}: {location!r} cannot be read: {error}") from error
        if not any(resolved.is_relative_to(folder) for folder in self.allowed):
            raise InvalidInputError(f"{what}: external location {location!r} leads out of the model's folder")
        return resolved


def read_model(source: str | os.PathLike[str] | Any, /) -> tuple[Any, ModelFolder | None]:
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
    return model, ModelFolder.of(path)


def read_external(name: str, entries: dict[str, str], folder: ModelFolder | None, size: int, /) -> bytes:
    """The bytes of a tensor stored outside the model file.

    Args:
        name: of the tensor, for messages.
        entries: the tensor's `external_data`.
        folder: where the model is; None when it was given as a message.
        size: how many bytes the tensor has.

    Raises:
        InvalidInputError: the location is absolute or leaves the folder (also through a symbolic link), is no regular
            file, cannot be read, or does not hold as many bytes.
    """
    if folder is None:
        raise InvalidInputError(
            f"tensor {name!r} is stored outside the model: give the model's path instead of a ModelProto"
        )
    location = entries.get("location", "")
    path = folder.locate(location, f"tensor {name!r}")
    offset, length = _range(name, entries)
    if length not in (None, size):
        raise InvalidInputError(f"tensor {name!r}: its type and shape have {size} bytes, its external data {length}")
    try:
        data = _read_range(path, offset, size)
    except OSError as error:
        raise InvalidInputError(f"tensor {name!r}: {location!r} cannot be read: {error.strerror or error}") from error
    if len(data) != size:
        raise InvalidInputError(
            f"tensor {name!r}: wanted {size} bytes at offset {offset} of {location!r}, got {len(data)}"
        )
    return data


def _read_range(path: Path, offset: int, size: int) -> bytes:
    """As many bytes of a regular file as there are, at most `size`."""
    if not path.is_file():
        raise FileNotFoundError(ENOENT, "there is no such file")
    available = path.stat().st_size - offset
    if available <= 0:
        return b""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(min(size, available))


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
