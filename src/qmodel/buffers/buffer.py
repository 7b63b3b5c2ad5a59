"""A buffer: what is stored, how, and where its payload is (spec/buffers/README.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, runtime_checkable

from qmodel.dtypes import Array, ElementType
from qmodel.limits import DEFAULT_LIMITS, Limits

BytesLike = bytes | memoryview


class CodingChoice(ABC):
    """What a user may ask for: it finds a coding for given values. A frozen dataclass that recipes hold."""

    kind: ClassVar[str]

    @abstractmethod
    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Coding:
        """The coding for a 1-D storage array.

        Args:
            values: storage of `element_type`.
            element_type: type of the elements.
            columns: length of a row where the values are a matrix in row-major order; 0: they are not.

        Raises:
            InvalidInputError: the values cannot be coded so.
        """


class Coding(ABC):
    """How elements become payload bytes, without loss; each chunk of a buffer is coded alone.

    A coding is a frozen dataclass whose fields have the names and meanings of its message's fields.
    """

    kind: ClassVar[str]
    has_payload: ClassVar[bool] = True
    # What a chunk, which has a byte at least, holds in place of a payload without bytes; it decodes to the same.
    empty_chunk: ClassVar[bytes] = b""

    @property
    @abstractmethod
    def features(self) -> frozenset[str]:
        """What a reader must implement to decode it, without the buffers it holds (spec/manifest.md, "Features")."""

    @property
    def parameter_bytes(self) -> int:
        """About how many bytes its parameters take in the manifest, without the buffers it holds."""
        return 0

    @abstractmethod
    def check(self, element_type: ElementType, count: int, around: BufferSurroundings, /) -> None:
        """Refuse what makes no sense for the type or the number of elements; check the buffers it holds.

        Raises:
            CorruptError: the specification does not allow the combination.
            LimitError: decoding would need too much memory.
        """

    @abstractmethod
    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """Payload size in bytes of `count` elements when it does not depend on their values, else None."""

    @abstractmethod
    def elements_per_chunk(self, element_type: ElementType) -> int:
        """Number of elements that a writer should put in one chunk, a multiple of 8."""

    @abstractmethod
    def encode(self, values: Array, element_type: ElementType, /, *, start: int = 0) -> BytesLike:
        """The payload of a chunk.

        Args:
            values: 1-D storage array; the payload may share its memory.
            element_type: type of the elements.
            start: position of the first in the buffer.
        """

    @abstractmethod
    def decoder(self, element_type: ElementType, count: int, source: ChunkSource, /) -> ChunkDecoder:
        """What decodes the chunks of a buffer of `count` elements; it may be called from several threads at once."""

    def buffers(self) -> Iterator[Buffer]:
        """The buffers it holds, and those within them."""
        return iter(())

    def with_buffers(self, _change: Callable[[Buffer], Buffer], /) -> Coding:
        """The same coding with each buffer it holds replaced by what the change makes of it."""
        return self


class ChunkSource(Protocol):
    """Where the payloads of chunks are."""

    @property
    def threads(self) -> int:
        """Number of threads that may decode at once."""

    def chunk(self, index: int, /) -> memoryview:
        """The bytes of a chunk, their checksum verified."""


class ChunkDecoder(Protocol):
    """Decodes one chunk of a buffer."""

    def __call__(self, payload: BytesLike, start: int, count: int, /) -> Array:
        """The 1-D storage array of a payload; may share its memory.

        Args:
            payload: of the chunk.
            start: position of its first element in the buffer.
            count: number of its elements, at least 1.

        Raises:
            CorruptError: the payload does not hold exactly `count` elements.
        """


@runtime_checkable
class PlacingDecoder(ChunkDecoder, Protocol):
    """A decoder that can put elements where they belong, which spares a copy of them."""

    def place(self, payload: BytesLike, start: int, out: Array, /) -> None:
        """Decode a chunk, as calling it does, into the memory of a 1-D storage array of as many elements."""


class PiecewiseDecoder(ABC):
    """A `ChunkDecoder` that can decode a chunk piece by piece, so that each is used while it is in a core's cache."""

    @abstractmethod
    def __call__(self, payload: BytesLike, start: int, count: int, /) -> Array:
        """See `ChunkDecoder`."""

    @abstractmethod
    def pieces(self, payload: BytesLike, start: int, count: int, length: int, /) -> Iterator[Array]:
        """The elements of a chunk, `length` at a time, the last fewer; the next may overwrite what was given before.

        Args:
            payload: as a call takes it.
            start: as a call takes it.
            count: as a call takes it.
            length: of a piece, a multiple of 8.
        """


def slices_of(elements: Array, length: int, /) -> Iterator[Array]:
    """Parts of a 1-D array, all but the last of one length."""
    return (elements[first : first + length] for first in range(0, elements.size, length))


@dataclass(frozen=True, slots=True)
class BufferSurroundings:
    """What a buffer is checked against.

    Attributes:
        chunk_sizes: size in bytes of every chunk of the file.
        limits: what may be spent.
    """

    chunk_sizes: Sequence[int] = ()
    limits: Limits = DEFAULT_LIMITS


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
        location: where the bytes are; None when count is 0, and when the coding has no payload of its own.
    """

    element_type: ElementType
    count: int
    coding: Coding
    location: Inline | Chunks | Payloads | None

    def buffers(self) -> Iterator[Buffer]:
        """This buffer, and those that its coding holds."""
        yield self
        yield from self.coding.buffers()

    def with_buffers(self, change: Callable[[Buffer], Buffer], /) -> Buffer:
        """What the change makes of this buffer, after the same of those that its coding holds."""
        return change(replace(self, coding=self.coding.with_buffers(change)))
