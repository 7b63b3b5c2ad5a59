"""The coding `split`: floats as buffers of their leading bits and of planes of the rest (spec/buffers/split.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers.buffer import (
    Buffer,
    BufferSurroundings,
    BytesLike,
    ChunkDecoder,
    Chunks,
    ChunkSource,
    Coding,
    Payloads,
)
from qmodel.buffers.parallel import parallel_map
from qmodel.buffers.pieces import Pieces
from qmodel.buffers.storage import check_buffer
from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.errors import CorruptError
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.split import put_together

# Exponent bits of the types that can be split.
EXPONENT_BITS = {
    dtypes.F64: 11,
    dtypes.F32: 8,
    dtypes.F16: 5,
    dtypes.BF16: 8,
    dtypes.F8E4M3: 4,
    dtypes.F8E5M2: 5,
}
MAX_PLANES = 8


@dataclass(frozen=True, slots=True)
class SplitCoding(Coding):
    """Floats taken apart; see the message `Split` for the fields."""

    leading: Buffer
    remainder: tuple[Buffer, ...]
    kind: ClassVar[str] = "split"
    has_payload: ClassVar[bool] = False

    def __str__(self) -> str:
        planes = " + ".join(f"{plane.element_type} {plane.coding}" for plane in reversed(self.remainder))
        return f"split({self.leading.element_type} {self.leading.coding} + {planes})"

    @property
    def features(self) -> frozenset[str]:
        """See `Coding.features`."""
        return frozenset({self.kind})

    @property
    def parts(self) -> tuple[Buffer, ...]:
        """The leading bits and the planes, from the lowest."""
        return (self.leading, *self.remainder)

    def check(self, element_type: ElementType, count: int, around: BufferSurroundings, /) -> None:
        """See `Coding.check`."""
        if element_type not in EXPONENT_BITS:
            raise CorruptError(f"{element_type} cannot be split")
        if not 1 <= len(self.remainder) <= MAX_PLANES:
            raise CorruptError(f"split floats have {len(self.remainder)} planes; 1 to {MAX_PLANES} are possible")
        types = [part.element_type for part in self.parts]
        if any(part_type.kind != "unsigned" for part_type in types):
            raise CorruptError(f"parts of split floats are {', '.join(map(str, types))}, not all unsigned integers")
        if sum(part_type.bits for part_type in types) != element_type.bits:
            raise CorruptError(f"{', '.join(map(str, types))} are not the bits of {element_type}")
        for part in self.parts:
            check_buffer(part, count, around.chunk_sizes, limits=around.limits)
        if len(lengths := _lengths(self.parts)) > 1:
            raise CorruptError(
                f"parts of split floats have chunks of {' and '.join(map(str, sorted(lengths)))} elements"
            )

    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """See `Coding.fixed_size`: there is no payload."""
        return None

    def elements_per_chunk(self, element_type: ElementType) -> int:
        """See `Coding.elements_per_chunk`: never asked, there is no payload."""
        raise NotImplementedError

    def encode(self, values: Array, element_type: ElementType, /, *, start: int = 0) -> BytesLike:
        """See `Coding.encode`: never asked, there is no payload."""
        raise NotImplementedError

    def decoder(self, element_type: ElementType, count: int, source: ChunkSource, /) -> ChunkDecoder:
        """See `Coding.decoder`."""
        return lambda _payload, _start, _count: self._decode(element_type, count, source)

    def buffers(self) -> Iterator[Buffer]:
        """See `Coding.buffers`."""
        for part in self.parts:
            yield from part.buffers()

    def with_buffers(self, change: Callable[[Buffer], Buffer], /) -> SplitCoding:
        """See `Coding.with_buffers`."""
        leading, *remainder = (part.with_buffers(change) for part in self.parts)
        return SplitCoding(leading, tuple(remainder))

    def _decode(self, element_type: ElementType, count: int, source: ChunkSource) -> Array:
        """Put the parts together piece by piece, while they are in a core's cache."""
        for kernel in ("split", "rans"):  # one piece would not be worth loading them
            compiled(kernel, count)
        out = np.empty(count, element_type.storage)
        bits, widths = bits_of(out), tuple(plane.element_type.bits for plane in self.remainder)
        length = _piece_length(self.parts) or count
        readers = [_part_reader(part, length, source) for part in self.parts]

        def put_piece(number: int) -> None:
            leading, *planes = (read(number) for read in readers)
            put_together(leading, tuple(planes), widths, bits[number * length :][: leading.size])

        parallel_map(put_piece, range(-(-count // length)), threads=source.threads)
        return out


def _part_reader(part: Buffer, length: int, source: ChunkSource) -> Callable[[int], Array]:
    """Gives the elements of a part that belong to a piece, by the number of the piece."""
    pieces = Pieces(part, source)
    if len(pieces) > 1:
        return pieces.decode
    whole = pieces.decode(0)
    return lambda number: whole[number * length :][:length]


def _piece_length(parts: tuple[Buffer, ...]) -> int:
    """Elements in each chunk of the parts that have several chunks; 0: none has."""
    return max(_lengths(parts), default=0)


def _lengths(parts: tuple[Buffer, ...]) -> set[int]:
    locations = (part.location for part in parts)
    return {place.elements_per_chunk for place in locations if isinstance(place, Chunks | Payloads)} - {0}
