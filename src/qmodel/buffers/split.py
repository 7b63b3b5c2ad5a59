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
    slices_of,
)
from qmodel.buffers.packed import Packed
from qmodel.buffers.parallel import parallel_map
from qmodel.buffers.pieces import Pieces
from qmodel.buffers.storage import check_buffer, load
from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.errors import CorruptError
from qmodel.kernels.bitpack import check_padding
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.row_shifts import Shifts
from qmodel.kernels.split import MOST_PACKED_BITS, put_together

SPLIT_TYPES = (dtypes.F64, dtypes.F32, dtypes.F16, dtypes.BF16, dtypes.F8E4M3, dtypes.F8E5M2)
MAX_PLANES = 8
MAX_SHIFT_BITS = 16
# Elements that are put together at once: what belongs to them stays in a core's second cache.
_PIECE_ELEMENTS = 1 << 18


@dataclass(frozen=True, slots=True)
class SplitCoding(Coding):
    """Floats taken apart; see the message `Split` for the fields."""

    leading: Buffer
    remainder: tuple[Buffer, ...]
    columns: int = 0
    row_shift: Buffer | None = None
    column_shift: Buffer | None = None
    kind: ClassVar[str] = "split"
    has_payload: ClassVar[bool] = False

    def __str__(self) -> str:
        return "split({})".format(" + ".join(f"{part.element_type} {part.coding}" for part in self.parts))

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
        if element_type not in SPLIT_TYPES:
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
        self._check_shifts(count, around)
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
        for part in (*self.parts, self.row_shift, self.column_shift):
            if part:
                yield from part.buffers()

    def with_buffers(self, change: Callable[[Buffer], Buffer], /) -> SplitCoding:
        """See `Coding.with_buffers`."""
        leading, *remainder = (part.with_buffers(change) for part in self.parts)
        row_shift, column_shift = (
            shift and shift.with_buffers(change) for shift in (self.row_shift, self.column_shift)
        )
        return SplitCoding(leading, tuple(remainder), self.columns, row_shift, column_shift)

    def _check_shifts(self, count: int, around: BufferSurroundings) -> None:
        if bool(self.columns) != bool(self.row_shift or self.column_shift) or self.columns > count:
            raise CorruptError(f"shifts for rows of {self.columns} of {count} elements")
        for shift, length in ((self.row_shift, -(-count // max(self.columns, 1))), (self.column_shift, self.columns)):
            if shift is None:
                continue
            if shift.element_type.kind != "signed" or shift.element_type.bits > MAX_SHIFT_BITS:
                raise CorruptError(f"shifts are {shift.element_type}, not s1 to s{MAX_SHIFT_BITS}")
            check_buffer(shift, length, around.chunk_sizes, limits=around.limits)

    def _shifts(self, count: int, source: ChunkSource) -> Shifts | None:
        if not self.columns:
            return None
        rows = -(-count // self.columns)
        return Shifts(_numbers(self.row_shift, rows, source), _numbers(self.column_shift, self.columns, source))

    def _decode(self, element_type: ElementType, count: int, source: ChunkSource) -> Array:
        """Put the parts together piece by piece, while they are in a core's cache."""
        for kernel in ("split", "rans"):  # one piece would not be worth loading them
            compiled(kernel, count)
        out = np.empty(count, element_type.storage)
        bits, widths = bits_of(out), tuple(plane.element_type.bits for plane in self.remainder)
        length = max(_lengths(self.parts), default=count)
        *parts, top = self.parts
        top_is_packed = top.coding == Packed() and top.element_type.bits <= MOST_PACKED_BITS
        readers = [_part_reader(part, length, source) for part in parts]
        readers.append(_part_reader(top, length, source, packed=top_is_packed))
        shifts = self._shifts(count, source)

        def put_chunk(number: int) -> None:
            start = number * length
            for leading, *planes in zip(*(read(number) for read in readers), strict=True):
                place = bits[start : start + leading.size]
                put_together(
                    leading, tuple(planes), widths, place, top_is_packed=top_is_packed, shifts=shifts, start=start
                )
                start += leading.size

        parallel_map(put_chunk, range(-(-count // length)), threads=source.threads)
        return out


def _numbers(shift: Buffer | None, count: int, source: ChunkSource) -> Array:
    return np.zeros(count, np.int8) if shift is None else load(shift, source)


def _part_reader(
    part: Buffer, length: int, source: ChunkSource, *, packed: bool = False
) -> Callable[[int], Iterator[Array]]:
    """Gives the elements of a part that belong to a chunk of all, piece by piece; or their packed bits."""
    bits, piece = part.element_type.bits if packed else 8, _PIECE_ELEMENTS
    if not packed:
        pieces = Pieces(part, source)
    else:
        pieces, piece = Pieces(part, source, decode=_packed_bits(part.element_type)), piece * bits // 8
    if len(pieces) > 1 or length == part.count:
        return lambda number: pieces.decode_in_slices(number, piece)
    whole, size = pieces.decode(0), length * bits // 8
    return lambda number: slices_of(whole[number * size :][:size], piece)


def _packed_bits(element_type: ElementType) -> ChunkDecoder:
    """Gives the bits of a chunk that is packed, and nothing else, as they are."""

    def checked(payload: BytesLike, _start: int, count: int) -> Array:
        data = np.frombuffer(payload, np.uint8)
        if not check_padding(data, element_type.bits, count):
            raise CorruptError(f"unused bits behind {count} elements of {element_type} are not zero")
        return data

    return checked


def _lengths(parts: tuple[Buffer, ...]) -> set[int]:
    """Numbers of elements in the chunks of the parts that have several."""
    locations = (part.location for part in parts)
    return {place.elements_per_chunk for place in locations if isinstance(place, Chunks | Payloads)} - {0}
