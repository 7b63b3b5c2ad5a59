"""NumPy's `.npz`: a zip archive with one `.npy` entry for each array.

`numpy.load` lets an entry `a.npy` answer for two names and passes over duplicates, so entries are found here.
"""

from __future__ import annotations

import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.encodings import convert
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.typed_array import TypedArray

_SUFFIX = ".npy"
_MAX_ENTRY_NAME_BYTES = 0xFFFF
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, MemoryError)


class NumpyArchive(Mapping[str, Array]):
    """The arrays of an open `.npz` file by name, in the order of the file; each access reads one array.

    Close it, or use it in a `with` block, to let go of the file; several threads may read at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except _READ_ERRORS as error:
            raise InvalidInputError(f"{path}: not a readable .npz archive: {error}") from error
        try:
            self._entries = _entries_by_name(path, self._archive)
        except BaseException:
            self._archive.close()
            raise

    def __getitem__(self, name: str) -> Array:
        """Read one array.

        Raises:
            KeyError: the archive has no such array.
            InvalidInputError: the entry is damaged or holds Python objects.
        """
        entry = self._entries[name]
        try:
            with self._archive.open(entry) as stream:
                array = np.lib.format.read_array(stream, allow_pickle=False)
                # The zip's own checksum is compared only when the entry has been read to its end.
                rest = stream.read(1)
        except _READ_ERRORS as error:
            raise InvalidInputError(f"{self._path}: array {name!r} cannot be read: {error}") from error
        if rest:
            raise InvalidInputError(f"{self._path}: array {name!r} is followed by bytes that belong to nothing")
        return np.asarray(array)

    def stream(self, name: str, /) -> tuple[IO[bytes], int]:
        """The bytes of one entry, a `.npy` file, to be read and closed; and how many the archive says there are.

        Raises:
            KeyError: the archive has no such array.
            InvalidInputError: the entry is damaged.
        """
        entry = self._entries[name]
        try:
            return self._archive.open(entry), entry.file_size
        except _READ_ERRORS as error:
            raise InvalidInputError(f"{self._path}: array {name!r} cannot be read: {error}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __enter__(self) -> NumpyArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; arrays read before stay valid."""
        self._archive.close()


def read_npz(path: str | os.PathLike[str], /) -> NumpyArchive:
    """Open a `.npz` file; arrays are read when they are asked for.

    Raises:
        OSError: the file cannot be opened.
        InvalidInputError: it is no zip archive, holds something that is not an array, or a name twice.
    """
    return NumpyArchive(Path(path))


def write_npz(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Array | TypedArray] | Iterable[tuple[str, Array | TypedArray]],
    /,
    *,
    widen: bool = False,
) -> None:
    """Write arrays to a `.npz` file, uncompressed, one at a time, replacing the file only when all are written.

    The same arrays give the same bytes. Arrays are written C-contiguous; `ml_dtypes` integers of 4 bits or less become
    8-bit integers.

    Args:
        path: the file to write.
        arrays: by name, or names and arrays in turn; any text is a name.
        widen: write bfloat16 and smaller floats, which `.npy` has no names for, as float32, which is exact.

    Raises:
        OSError: the file cannot be written.
        InvalidInputError: an array's dtype or a name cannot be written.
        UnsupportedError: there are bfloat16 or smaller floats, and `widen` is not set.
    """
    target, pairs = Path(path), arrays.items() if isinstance(arrays, Mapping) else arrays
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, array in pairs:
                    _write_entry(archive, name, _writable(name, array, widen))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _entries_by_name(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        # `filename` is cut at NUL and has its separators exchanged on Windows; the original has not.
        if not entry.orig_filename.endswith(_SUFFIX):
            raise InvalidInputError(f"{path}: entry {entry.orig_filename!r} is not an array ({_SUFFIX})")
        name = entry.orig_filename[: -len(_SUFFIX)]
        if name in entries:
            raise InvalidInputError(f"{path}: there are two arrays named {name!r}")
        entries[name] = entry
    return entries


def _write_entry(archive: zipfile.ZipFile, name: str, array: Array) -> None:
    entry_name = name + _SUFFIX
    try:
        size = len(entry_name.encode("utf-8"))
    except UnicodeEncodeError:
        raise InvalidInputError(f"array name {name!r} is not valid Unicode: it holds a lone surrogate") from None
    if size > _MAX_ENTRY_NAME_BYTES:
        raise InvalidInputError(f"array name {name[:40]!r}... is too long for a zip archive: {size} bytes")
    entry = zipfile.ZipInfo(entry_name)
    entry.filename = entry_name  # the constructor normalises it
    with archive.open(entry, "w", force_zip64=True) as stream:
        np.lib.format.write_array(stream, array, allow_pickle=False)


def _writable(name: str, value: Array | TypedArray, widen: bool) -> Array:
    try:
        typed = value if isinstance(value, TypedArray) else TypedArray(*dtypes.from_numpy(value))
    except InvalidInputError as error:
        raise InvalidInputError(f"array {name!r}: {error}") from None
    if not typed.element_type.stored_as_bits:
        return typed.storage
    if not widen:
        raise UnsupportedError(f"array {name!r}: .npy has no {typed.element_type}; ask for float32 (widen)")
    return convert.widen(typed)
