"""Arrays in files, read a few rows at a time."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError

_PIECE = 1 << 24
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, MemoryError, OSError)


@dataclass(slots=True, eq=False)
class ArrayRows:
    """What is left of an array of C order in a stream.

    Attributes:
        what: the array is, for messages.
        stream: at the first element that is not read.
        dtype: of the elements.
        shape: of the whole array, at least one axis.
        left: number of rows to come.
    """

    what: str
    stream: IO[bytes]
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    left: int

    @classmethod
    def of(cls, what: str, stream: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...]) -> ArrayRows:
        """All rows of an array.

        Raises:
            InvalidInputError: its elements are no numbers, or it has no axis.
        """
        if dtype.kind not in "biufV" or dtype.names is not None or not dtype.itemsize:
            raise InvalidInputError(f"{what}: its elements must be numbers, not {dtype}")
        if not shape:
            raise InvalidInputError(f"{what}: it is a single number")
        return cls(what, stream, dtype, shape, shape[0])

    def read(self, rows: int) -> Array:
        """The next rows, writable; with the last ones the end of the stream is looked at, too.

        Args:
            rows: how many, at most those left.

        Raises:
            InvalidInputError: the stream is damaged, ends too early or does not end.
        """
        shape = (rows, *self.shape[1:])
        size = prod(shape) * self.dtype.itemsize
        found = self._bytes(size)
        self.left -= rows
        if len(found) != size:
            raise InvalidInputError(f"{self.what}: it ends before its {self.shape[0]} rows do")
        if not self.left and self._bytes(1):
            raise InvalidInputError(f"{self.what}: it is followed by bytes that belong to nothing")
        return np.frombuffer(found, self.dtype).reshape(shape)

    def close(self) -> None:
        """Let go of the stream."""
        self.stream.close()

    def _bytes(self, size: int) -> bytearray:
        """As many as there are of them; no more memory than that, whatever the size is said to be."""
        found = bytearray()
        try:
            while len(found) < size and (piece := self.stream.read(min(size - len(found), _PIECE))):
                found += piece
        except _READ_ERRORS as error:
            raise InvalidInputError(f"{self.what}: it cannot be read: {error}") from error
        return found


@dataclass(slots=True, eq=False)
class WholeRows:
    """An array in memory that is read by rows."""

    array: Array
    done: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole array."""
        return self.array.shape

    def read(self, rows: int) -> Array:
        """The next rows."""
        self.done += rows
        return self.array[self.done - rows : self.done]


def npy_rows(what: str, stream: IO[bytes], size: int, /) -> ArrayRows | None:
    """The rows of a `.npy` file (NEP 1).

    Args:
        what: the array is, for messages.
        stream: the file, at its start.
        size: bytes of the file.

    Returns:
        None when it cannot be read by rows: a single number, or in Fortran's order.

    Raises:
        InvalidInputError: it is no such file, holds no numbers, or is not as long as it says.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_header(stream)
    except _READ_ERRORS as error:
        raise InvalidInputError(f"{what}: its header cannot be read: {error}") from error
    if not shape or (is_fortran and len(shape) > 1):
        return None
    if prod(shape) * dtype.itemsize > size:
        raise InvalidInputError(f"{what}: shape {shape} of {dtype} takes more than the {size} bytes there are")
    return ArrayRows.of(what, stream, dtype, shape)
