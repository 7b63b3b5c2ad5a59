"""The safetensors file: a JSON header, then the bytes of all tensors.

The `safetensors` package checks the header. It accepts a tensor named twice and, for NumPy, hands out no 8-bit floats,
so the header is read once more for names, and the tensors are views of the mapped file.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.typed_array import TypedArray

_METADATA_KEY = "__metadata__"
_HEADER_SIZE = struct.Struct("<Q")
_ELEMENT_TYPES: dict[str, ElementType] = {
    "BOOL": dtypes.BOOL,
    "F64": dtypes.F64,
    "F32": dtypes.F32,
    "F16": dtypes.F16,
    "BF16": dtypes.BF16,
    "F8_E4M3": dtypes.F8E4M3,
    "F8_E5M2": dtypes.F8E5M2,
    "F8_E8M0": dtypes.E8M0,
    **{f"U{bits}": dtypes.unsigned(bits) for bits in (8, 16, 32, 64)},
    **{f"I{bits}": dtypes.signed(bits) for bits in (8, 16, 32, 64)},
}


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class _MappedTensors(Mapping[str, TypedArray]):
    """Tensors of one file by name, each a read-only view of the mapped bytes where the machine is little-endian."""

    def __init__(self, path: Path, entries: Mapping[str, _Entry], data: Array) -> None:
        self._path = path
        self._entries = entries
        self._data = data

    def __getitem__(self, name: str) -> TypedArray:
        entry = self._entries[name]
        element_type = _ELEMENT_TYPES.get(entry.dtype)
        if element_type is None:
            raise UnsupportedError(f"{self._path}: tensor {name!r} has dtype {entry.dtype}, which has no element type")
        stored = self._data[entry.begin : entry.end]
        if element_type == dtypes.BOOL:
            if stored.size and stored.max() > 1:
                raise InvalidInputError(f"{self._path}: tensor {name!r} is BOOL and holds bytes other than 0 and 1")
            return TypedArray(element_type, stored.view(np.bool_).reshape(entry.shape))
        little_endian = stored.view(element_type.storage.newbyteorder("<"))
        return TypedArray(element_type, little_endian.astype(element_type.storage, copy=False).reshape(entry.shape))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def read_safetensors(path: str | os.PathLike[str], /) -> tuple[Mapping[str, TypedArray], dict[str, str]]:
    """Open a safetensors file; tensors are read when they are asked for, without copies.

    Args:
        path: the file. It must not change while the tensors are in use.

    Returns:
        The tensors by name, in the order of the header, and the metadata of the header. Asking for a tensor of a dtype
        without an element type, as C64, raises UnsupportedError.

    Raises:
        OSError: the file cannot be opened.
        UnsupportedError: the package `safetensors` is not installed.
        InvalidInputError: the header is damaged, or names a tensor twice.
    """
    file = Path(path)
    _check_with_package(file)
    header, data_start = _read_header(file)
    metadata = header.pop(_METADATA_KEY, {})
    entries = {
        name: _Entry(entry["dtype"], tuple(entry["shape"]), *entry["data_offsets"]) for name, entry in header.items()
    }
    return _MappedTensors(file, entries, _map_data(file, data_start)), dict(metadata)


def _check_with_package(path: Path) -> None:
    try:
        from safetensors import SafetensorError, safe_open
    except ModuleNotFoundError:
        raise UnsupportedError(
            f"{path}: reading safetensors needs the package: pip install 'qmodel-format[safetensors]'"
        ) from None
    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise InvalidInputError(f"{path}: not a valid safetensors file: {error}") from error


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as stream:
        (size,) = _HEADER_SIZE.unpack(stream.read(_HEADER_SIZE.size))
        text = stream.read(size)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidInputError(f"{path}: the header holds {twice!r} twice")
        return members

    return json.loads(text, object_pairs_hook=unique), _HEADER_SIZE.size + size


def _map_data(path: Path, start: int) -> Array:
    if path.stat().st_size == start:
        return np.empty(0, np.uint8)
    return np.memmap(path, np.uint8, mode="r", offset=start).view(np.ndarray)
