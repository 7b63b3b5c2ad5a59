"""A buffer: what is stored, how, and where its payload is (spec/buffers/README.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from qmodel.dtypes import Array, ElementType

BytesLike = bytes | memoryview


class Coding(ABC):
    """How elements become payload bytes, without loss; each chunk of a buffer is coded alone."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def features(self) -> frozenset[str]:
        """What a reader must implement to decode it (spec/manifest.md, "Features")."""

    @abstractmethod
    def check(self, element_type: ElementType) -> None:
        """Refuse parameters that make no sense for the type.

        Raises:
            CorruptError: the specification does not allow the combination.
        """

    @abstractmethod
    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """Payload size in bytes of `count` elements when it does not depend on their values, else None."""

    @abstractmethod
    def encode(self, values: Array, element_type: ElementType, /) -> BytesLike:
        """The payload of a 1-D storage array; may share its memory."""

    @abstractmethod
    def decode(self, payload: BytesLike, element_type: ElementType, count: int, /) -> Array:
        """The 1-D storage array of a payload; may share its memory.

        Raises:
            CorruptError: the payload does not hold exactly `count` elements.
        """


@dataclass(frozen=True, slots=True)
class Inline:
    """The payload is in the manifest."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Chunks:
    """The payload is in chunks of the file.

    Attributes:
        indices: entries of the chunk table, in order.
        elements_per_chunk: elements in every chunk but the last; 0 with one chunk.
    """

    indices: tuple[int, ...]
    elements_per_chunk: int = 0


@dataclass(frozen=True, slots=True)
class Payloads:
    """The payload is in memory, not written yet; as `Chunks`, with the bytes in place of the indices."""

    parts: tuple[BytesLike, ...]
    elements_per_chunk: int = 0


@dataclass(frozen=True, slots=True)
class Buffer:
    """A flat, row-major array of elements of one type.

    Attributes:
        element_type: type of every element.
        count: number of elements.
        coding: how elements become bytes.
        location: where the bytes are; None when count is 0.
    """

    element_type: ElementType
    count: int
    coding: Coding
    location: Inline | Chunks | Payloads | None
