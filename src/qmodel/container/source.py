"""Where a file's bytes come from: a mapped path, memory, or a file object."""

from __future__ import annotations

import mmap
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from qmodel.errors import CorruptError, InvalidInputError


class Source(Protocol):
    """Random access to the bytes of a file.

    Attributes:
        name: what messages call it.
        size: in bytes.
    """

    name: str
    size: int

    def read(self, offset: int, size: int, /) -> memoryview:
        """Exactly `size` bytes from `offset`; the caller keeps inside the file."""

    def close(self) -> None:
        """Let go of the bytes; arrays that are views of them keep them alive."""


def open_source(source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO, /) -> Source:
    """Random access to a path (memory-mapped), to bytes, or to a seekable binary file object.

    Raises:
        OSError: the path cannot be opened.
        InvalidInputError: it is none of these.
    """
    if isinstance(source, str | os.PathLike):
        return _MappedFile(Path(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return _Bytes(source)
    if hasattr(source, "read") and hasattr(source, "seek"):
        return _FileObject(source)
    raise InvalidInputError(f"cannot read from {type(source).__name__}; give a path, bytes or a seekable binary file")


class _MappedFile:
    def __init__(self, path: Path) -> None:
        self.name = str(path)
        with path.open("rb") as file:
            self.size = os.fstat(file.fileno()).st_size
            if not self.size:
                raise CorruptError(f"{self.name}: the file is empty")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._view: memoryview | None = memoryview(self._map)

    def read(self, offset: int, size: int, /) -> memoryview:
        return _opened(self._view)[offset : offset + size]

    def close(self) -> None:
        self._view = None
        with suppress(BufferError):  # an array still looks at it: unmapped with the last of them
            self._map.close()


class _Bytes:
    name = "bytes"

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._view: memoryview | None = memoryview(data).toreadonly().cast("B")
        self.size = self._view.nbytes

    def read(self, offset: int, size: int, /) -> memoryview:
        return _opened(self._view)[offset : offset + size]

    def close(self) -> None:
        self._view = None


class _FileObject:
    """Reads by seeking, one thread at a time; the file object stays the caller's and is not closed."""

    def __init__(self, file: BinaryIO) -> None:
        self.name = str(getattr(file, "name", type(file).__name__))
        self._file: BinaryIO | None = file
        self._lock = threading.Lock()
        self.size = file.seek(0, os.SEEK_END)

    def read(self, offset: int, size: int, /) -> memoryview:
        file = self._file
        if file is None:
            raise InvalidInputError("the file is closed")
        with self._lock:
            file.seek(offset)
            data = file.read(size)
            while len(data) < size and (more := file.read(size - len(data))):
                data += more
        if len(data) != size:
            raise CorruptError(f"{self.name}: {len(data)} bytes at offset {offset} where {size} were announced")
        return memoryview(data)

    def close(self) -> None:
        self._file = None


def _opened(view: memoryview | None) -> memoryview:
    if view is None:
        raise InvalidInputError("the file is closed")
    return view
