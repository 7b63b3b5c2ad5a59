"""The coding `packed`: fixed-width little-endian bits, then a filter, then a byte codec (spec/buffers/packed.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import (
    BufferSurroundings,
    BytesLike,
    ChunkDecoder,
    ChunkSource,
    Coding,
    CodingChoice,
    PiecewiseDecoder,
    slices_of,
)
from qmodel.buffers.codecs import byte_codec, codec_name
from qmodel.buffers.filters import filter_named
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.limits import MAX_CHUNK_BYTES


@dataclass(frozen=True, slots=True)
class Packed(Coding, CodingChoice):
    """Packed bits, optionally filtered and compressed.

    Attributes:
        codec: `none`, `zstd`, `zlib` (or `gzip`), `lz4`, `lzo` or `brotli`.
        filter: `none`; `byte_shuffle` (elements of 16, 32 or 64 bits only); `bit_planes` (of 2 bits or more); or
            `float_planes` (f64, f32, f16 and bf16 only).

    Raises:
        InvalidInputError: an unknown codec or filter.
    """

    codec: str = "none"
    filter: str = "none"
    kind: ClassVar[str] = "packed"

    def __post_init__(self) -> None:
        object.__setattr__(self, "codec", codec_name(self.codec))
        filter_named(self.filter)

    def __str__(self) -> str:
        stages = [stage for stage in (self.filter, self.codec) if stage != "none"]
        return " + ".join(stages) or "raw"

    @property
    def features(self) -> frozenset[str]:
        """See `Coding.features`."""
        return frozenset({self.codec, self.filter} - {"none"})

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Packed:
        """See `CodingChoice.fit`: nothing depends on the values."""
        arrangement = filter_named(self.filter)
        if not arrangement.suits(element_type):
            raise InvalidInputError(f"filter {self.filter} is not for elements of {element_type}")
        arrangement.prepare(values.size)
        return self

    def check(self, element_type: ElementType, count: int, around: BufferSurroundings, /) -> None:
        """See `Coding.check`."""
        if not filter_named(self.filter).suits(element_type):
            raise CorruptError(f"filter {self.filter} is not for elements of {element_type}")

    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """See `Coding.fixed_size`."""
        return element_type.packed_bytes(count) if self.codec == "none" else None

    def elements_per_chunk(self, element_type: ElementType) -> int:
        """See `Coding.elements_per_chunk`: as many as a chunk may have where a mapped file shall be the array."""
        chunk_bytes = MAX_CHUNK_BYTES if self.codec == "none" else filter_named(self.filter).chunk_bytes
        return chunk_bytes * 8 // element_type.bits // 8 * 8

    def encode(self, values: Array, element_type: ElementType, /, *, start: int = 0) -> BytesLike:
        """See `Coding.encode`."""
        arrangement = filter_named(self.filter)
        data = arrangement.arrange(values, element_type)
        codec = byte_codec(self.codec)
        if codec is None:
            return data.data
        return codec.compress(data.data, part_bytes=arrangement.part_bytes(element_type, values.size))

    def decoder(self, element_type: ElementType, count: int, source: ChunkSource, /) -> ChunkDecoder:
        """See `Coding.decoder`."""
        filter_named(self.filter).prepare(count)
        return _Decoder(self, element_type)

    def decode(self, payload: BytesLike, element_type: ElementType, count: int, /) -> Array:
        """The 1-D storage array of a payload; may share its memory.

        Raises:
            CorruptError: the payload does not hold exactly `count` elements.
        """
        return filter_named(self.filter).restore(self.arranged(payload, element_type, count), element_type, count)

    def place(self, payload: BytesLike, element_type: ElementType, out: Array, /) -> None:
        """As `decode`, into the memory of a 1-D storage array."""
        filter_named(self.filter).place(self.arranged(payload, element_type, out.size), element_type, out)

    def arranged(self, payload: BytesLike, element_type: ElementType, count: int) -> Array:
        """The bytes that the filter arranged.

        Raises:
            CorruptError: they are not as many as `count` elements take.
        """
        size = element_type.packed_bytes(count)
        codec = byte_codec(self.codec)
        packed = codec.decompress(payload, size) if codec else payload
        if len(packed) != size:
            raise CorruptError(f"payload has {len(packed)} bytes, {count} elements of {element_type} need {size}")
        return np.frombuffer(packed, np.uint8)


@dataclass(frozen=True, slots=True)
class _Decoder(PiecewiseDecoder):
    """See `PlacingDecoder` and `PiecewiseDecoder`."""

    coding: Packed
    element_type: ElementType

    def __call__(self, payload: BytesLike, start: int, count: int, /) -> Array:
        return self.coding.decode(payload, self.element_type, count)

    def place(self, payload: BytesLike, start: int, out: Array, /) -> None:
        self.coding.place(payload, self.element_type, out)

    def pieces(self, payload: BytesLike, start: int, count: int, length: int, /) -> Iterator[Array]:
        """See `PiecewiseDecoder.pieces`: bits as they are need no decoding before."""
        if self.coding != Packed():
            yield from slices_of(self(payload, start, count), length)
            return
        data, size = self.coding.arranged(payload, self.element_type, count), self.element_type.packed_bytes(length)
        for first, part in zip(range(0, count, length), slices_of(data, size), strict=True):
            yield self.coding.decode(part.data, self.element_type, min(length, count - first))
