"""What every byte codec is."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from types import ModuleType
from typing import ClassVar

from qmodel.buffers.buffer import BytesLike
from qmodel.errors import CorruptError, UnsupportedError


class ByteCodec(ABC):
    """Compresses one payload without loss; the reader knows the decompressed size beforehand.

    Attributes:
        name: as in the schema, in lower case.
        extra: of this package that installs the library it needs; empty: it is always there.
    """

    name: ClassVar[str]
    extra: ClassVar[str] = ""

    @abstractmethod
    def compress(self, data: BytesLike, /, *, part_bytes: int = 0) -> bytes:
        """Compress; same input and library version give the same bytes.

        Args:
            data: at least one byte.
            part_bytes: size of parts whose bytes are of different kinds, such as planes; 0: all are of one kind.

        Raises:
            UnsupportedError: the library it needs is not installed.
        """

    @abstractmethod
    def decompress(self, data: BytesLike, size: int, /) -> BytesLike:
        """Decompress to exactly `size` bytes, at least 1, allocating no more than that.

        Raises:
            CorruptError: the data does not decompress to exactly `size` bytes.
            UnsupportedError: the library it needs is not installed.
        """

    def _library(self, module: str) -> ModuleType:
        """An optional library, imported on its first use."""
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError:
            raise UnsupportedError(
                f"the codec {self.name} needs a package, which is not installed: "
                f"pip install 'qmodel-format[{self.extra}]'"
            ) from None

    def _failure(self, size: int, why: object) -> CorruptError:
        return CorruptError(f"{self.name} payload cannot be decompressed to {size} bytes: {why}")
