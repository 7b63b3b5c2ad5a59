"""The coding `packed`: fixed-width little-endian bits, then a filter, then a byte codec (spec/buffers/packed.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import BufferSurroundings, BytesLike, ChunkDecoder, ChunkSource, Coding, CodingChoice
from qmodel.buffers.codecs import byte_codec
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.bitpack import check_padding, pack, unpack
from qmodel.kernels.shuffle import shuffle, unshuffle
from qmodel.limits import MAX_CHUNK_BYTES, MIB

FILTER_NAMES = ("none", "byte_shuffle")
SHUFFLED_BITS = (16, 32, 64)
_COMPRESSED_CHUNK_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class Packed(Coding, CodingChoice):
    """Packed bits, optionally filtered and compressed.

    Attributes:
        codec: `none` or `zstd`.
        filter: `none` or `byte_shuffle` (elements of 16, 32 or 64 bits only).

    Raises:
        InvalidInputError: an unknown codec or filter.
    """

    codec: str = "none"
    filter: str = "none"
    kind: ClassVar[str] = "packed"

    def __post_init__(self) -> None:
        byte_codec(self.codec)
        if self.filter not in FILTER_NAMES:
            raise InvalidInputError(f"unknown filter {self.filter!r}; known: {', '.join(FILTER_NAMES)}")

    def __str__(self) -> str:
        stages = [stage for stage in (self.filter, self.codec) if stage != "none"]
        return " + ".join(stages) or "raw"

    @property
    def features(self) -> frozenset[str]:
        """See `Coding.features`."""
        return frozenset({self.codec, self.filter} - {"none"})

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Packed:
        """See `CodingChoice.fit`: nothing depends on the values."""
        return self

    def check(self, element_type: ElementType, count: int, around: BufferSurroundings, /) -> None:
        """See `Coding.check`."""
        if self.filter == "byte_shuffle" and element_type.bits not in SHUFFLED_BITS:
            raise CorruptError(f"filter byte_shuffle needs elements of 16, 32 or 64 bits, not {element_type}")

    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """See `Coding.fixed_size`."""
        return element_type.packed_bytes(count) if self.codec == "none" else None

    def elements_per_chunk(self, element_type: ElementType) -> int:
        """See `Coding.elements_per_chunk`: as many as a chunk may have where a mapped file shall be the array."""
        chunk_bytes = MAX_CHUNK_BYTES if self.codec == "none" else _COMPRESSED_CHUNK_BYTES
        return chunk_bytes * 8 // element_type.bits // 8 * 8

    def encode(self, values: Array, element_type: ElementType, /, *, start: int = 0) -> BytesLike:
        """See `Coding.encode`."""
        data = pack(values, element_type.bits)
        if self.filter == "byte_shuffle":
            data = shuffle(data, element_type.bits // 8)
        codec = byte_codec(self.codec)
        return codec.compress(data.data) if codec else data.data

    def decoder(self, element_type: ElementType, count: int, source: ChunkSource, /) -> ChunkDecoder:
        """See `Coding.decoder`."""
        return lambda payload, _start, chunk_count: self.decode(payload, element_type, chunk_count)

    def decode(self, payload: BytesLike, element_type: ElementType, count: int, /) -> Array:
        """The 1-D storage array of a payload; may share its memory.

        Raises:
            CorruptError: the payload does not hold exactly `count` elements.
        """
        size = element_type.packed_bytes(count)
        codec = byte_codec(self.codec)
        packed = codec.decompress(payload, size) if codec else payload
        if len(packed) != size:
            raise CorruptError(f"payload has {len(packed)} bytes, {count} elements of {element_type} need {size}")
        data = np.frombuffer(packed, dtype=np.uint8)
        if self.filter == "byte_shuffle":
            data = unshuffle(data, element_type.bits // 8)
        if not check_padding(data, element_type.bits, count):
            raise CorruptError(f"unused bits behind {count} elements of {element_type} are not zero")
        values = unpack(data, element_type.bits, count, out_dtype=element_type.storage)
        return values if values.flags.aligned else values.copy()
