"""The coding `rans`: range asymmetric numeral systems with static tables (spec/buffers/rans.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import BufferSurroundings, BytesLike, ChunkDecoder, ChunkSource, Coding
from qmodel.buffers.frequency_tables import read_tables
from qmodel.buffers.rans_alphabet import check_type
from qmodel.buffers.rans_contexts import ContextModel
from qmodel.buffers.rans_stream import RansStream
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError
from qmodel.kernels.convolutional_code import STATE_COUNTS
from qmodel.limits import MAX_ELEMENTS

MIN_RUN_LENGTH = 32
MIN_TOTAL_BITS, MAX_TOTAL_BITS = 10, 16
_ELEMENTS_PER_CHUNK = 1 << 21


@dataclass(frozen=True, slots=True)
class RansCoding(Coding):
    """Streams with a lane for each run of elements; see the message `Rans` for the fields."""

    run_length: int
    total_bits: int
    tables: bytes
    context: ContextModel | None = None
    trellis_states: int = 0
    kind: ClassVar[str] = "rans"
    # The word 1, from which a decoder starts as it does without (spec/buffers/rans.md, "Payload").
    empty_chunk: ClassVar[bytes] = b"\x01\x00"

    def __str__(self) -> str:
        return "rans"

    @property
    def features(self) -> frozenset[str]:
        """See `Coding.features`."""
        return frozenset({self.kind})

    @property
    def parameter_bytes(self) -> int:
        """See `Coding.parameter_bytes`."""
        return 10 + len(self.tables) + (self.context.parameter_bytes if self.context else 0)

    @property
    def quantizers(self) -> int:
        """Number of tables of each class."""
        return 2 if self.trellis_states else 1

    def check(self, element_type: ElementType, count: int, around: BufferSurroundings, /) -> None:
        """See `Coding.check`; what is in the tables is checked when they are read."""
        if not MIN_RUN_LENGTH <= self.run_length <= MAX_ELEMENTS:
            raise CorruptError(f"runs of {self.run_length} elements; {MIN_RUN_LENGTH} at least are needed")
        if not MIN_TOTAL_BITS <= self.total_bits <= MAX_TOTAL_BITS:
            raise CorruptError(
                f"frequencies sum to 2^{self.total_bits}; 2^{MIN_TOTAL_BITS} to 2^{MAX_TOTAL_BITS} can be"
            )
        if self.trellis_states and self.trellis_states not in STATE_COUNTS:
            raise CorruptError(f"trellis of {self.trellis_states} states; {', '.join(map(str, STATE_COUNTS))} can be")
        check_type(element_type, self.quantizers)
        if self.context:
            self.context.check(count)

    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """See `Coding.fixed_size`."""
        return None

    def elements_per_chunk(self, element_type: ElementType) -> int:
        """See `Coding.elements_per_chunk`: whole runs."""
        unit = self.run_length * (1 if self.run_length % 8 == 0 else 8)
        return max(1, _ELEMENTS_PER_CHUNK // unit) * unit

    def encode(self, values: Array, element_type: ElementType, /, *, start: int = 0) -> BytesLike:
        """See `Coding.encode`; a value without a frequency, in a stream without escapes, is an InvalidInputError."""
        return self.stream(element_type).encode(values, start)

    def decoder(self, element_type: ElementType, _count: int, _source: ChunkSource, /) -> ChunkDecoder:
        """See `Coding.decoder`."""
        stream = self.stream(element_type)
        return stream.decoder(stream.alphabet.values(), stream.alphabet.place_exceptions)

    def scaled_decoder(self, element_type: ElementType, step: np.float32, /) -> ChunkDecoder:
        """Decodes trellis codes to their values at once: float32 in place of storage.

        Args:
            element_type: type of the codes.
            step: of the quantizers, finite.
        """
        stream = self.stream(element_type)
        return stream.decoder(
            stream.alphabet.scaled_values(step), partial(stream.alphabet.place_scaled_exceptions, step=step)
        )

    def stream(self, element_type: ElementType, /) -> RansStream:
        """The stream of an element type, its tables read.

        Raises:
            CorruptError: the tables are damaged, or do not suit the type.
        """
        return _stream_of(self, element_type)


# Reading tables takes longer than coding a small chunk.
@lru_cache(maxsize=8)
def _stream_of(coding: RansCoding, element_type: ElementType) -> RansStream:
    cells = coding.context.cells if coding.context else 1
    return RansStream(
        element_type,
        read_tables(coding.tables, cells, coding.quantizers),
        total_bits=coding.total_bits,
        run_length=coding.run_length,
        trellis_states=coding.trellis_states,
        context=coding.context,
    )
