"""A buffer's payloads, each decoded alone (spec/buffers/README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from qmodel.buffers.buffer import (
    Buffer,
    BytesLike,
    ChunkDecoder,
    Chunks,
    ChunkSource,
    Inline,
    Payloads,
    PiecewiseDecoder,
    PlacingDecoder,
    slices_of,
)
from qmodel.buffers.parallel import parallel_map
from qmodel.dtypes import Array


class Pieces:
    """The pieces of a buffer that `check_buffer` accepted: its chunks, or the one payload that is inline or nowhere.

    Args:
        buffer: of at least 1 element.
        source: where its chunks are.
        decode: what decodes them to something else than storage; None: the coding's decoder.
        dtype: of what it gives.
    """

    def __init__(
        self,
        buffer: Buffer,
        source: ChunkSource,
        *,
        decode: ChunkDecoder | None = None,
        dtype: np.dtype[Any] | None = None,
    ) -> None:
        self._location, self._source = buffer.location, source
        self._count, self._dtype = buffer.count, dtype or buffer.element_type.storage
        per_chunk = buffer.location.elements_per_chunk if isinstance(buffer.location, Chunks | Payloads) else 0
        self._length = per_chunk or buffer.count
        self._pieces = -(-self._count // self._length)
        self._decode = decode or buffer.coding.decoder(buffer.element_type, buffer.count, source)

    def __len__(self) -> int:
        return self._pieces

    def decode(self, number: int) -> Array:
        """The 1-D storage array of one piece; may share the memory of its chunk.

        Raises:
            CorruptError: the payload is damaged.
        """
        start = number * self._length
        return self._decode(self._payload(number), start, min(self._length, self._count - start))

    def decode_in_slices(self, number: int, length: int, /) -> Iterator[Array]:
        """As `decode`, `length` elements at a time, a multiple of 8; the next may overwrite what was given before."""
        start = number * self._length
        payload, count = self._payload(number), min(self._length, self._count - start)
        if isinstance(self._decode, PiecewiseDecoder):
            return self._decode.pieces(payload, start, count, length)
        return slices_of(self._decode(payload, start, count), length)

    def decode_all(self) -> Array:
        """The 1-D storage array of all pieces, on as many threads as the source allows.

        Raises:
            CorruptError: a payload is damaged.
        """
        if len(self) == 1:
            return self.decode(0)
        values = np.empty(self._count, self._dtype)

        def place(number: int) -> None:
            part = values[number * self._length :][: self._length]
            if isinstance(self._decode, PlacingDecoder):
                self._decode.place(self._payload(number), number * self._length, part)
            else:
                part[:] = self.decode(number)

        parallel_map(place, range(len(self)), threads=self._source.threads)
        return values

    def _payload(self, number: int) -> BytesLike:
        location = self._location
        if location is None:
            return b""
        if isinstance(location, Inline):
            return location.data
        if isinstance(location, Payloads):
            return location.parts[number]
        return self._source.chunk(location.indices[number])
