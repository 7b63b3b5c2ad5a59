"""The coding `arithmetic`: an adaptive range coder, without tables (spec/buffers/arithmetic.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import BufferSurroundings, BytesLike, ChunkDecoder, ChunkSource, Coding
from qmodel.buffers.varint import varint_bytes
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError
from qmodel.kernels import arithmetic
from qmodel.kernels.convolutional_code import STATE_COUNTS
from qmodel.kernels.element_coder import Alphabet
from qmodel.kernels.element_prediction import Layout
from qmodel.kernels.trellis import reconstruct
from qmodel.limits import MAX_ELEMENTS

MAX_BITS = 32
MAX_PERIOD = 256
MAX_DISTANCES = 16
# Each element of a chunk takes some 40 bytes of memory while it is decoded.
MAX_CHUNK_ELEMENTS = 1 << 22
ELEMENTS_PER_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ArithmeticCoding(Coding):
    """Integers, each predicted from those before it; see the message `Arithmetic` for the fields."""

    columns: int = 0
    trellis_states: int = 0
    period: int = 0
    distance: tuple[int, ...] = ()
    center: int = 0
    kind: ClassVar[str] = "arithmetic"

    def __str__(self) -> str:
        return "arithmetic"

    @property
    def features(self) -> frozenset[str]:
        """See `Coding.features`."""
        return frozenset({self.kind})

    @property
    def parameter_bytes(self) -> int:
        """See `Coding.parameter_bytes`."""
        scalars = (self.columns, self.trellis_states, self.period, 2 * abs(self.center))
        distances = sum(varint_bytes(distance) for distance in self.distance)
        return sum(1 + varint_bytes(value) for value in scalars if value) + (2 + distances if distances else 0)

    def check(self, element_type: ElementType, count: int, around: BufferSurroundings, /) -> None:
        """See `Coding.check`."""
        if not codable(element_type):
            raise CorruptError(f"arithmetic coding is not for {element_type}")
        if self.columns > MAX_ELEMENTS:
            raise CorruptError(f"rows of {self.columns} elements; {MAX_ELEMENTS} at most can be")
        if self.period > MAX_PERIOD:
            raise CorruptError(f"period of {self.period} elements; {MAX_PERIOD} at most can be")
        if len(self.distance) > MAX_DISTANCES:
            raise CorruptError(f"{len(self.distance)} distances; {MAX_DISTANCES} at most can be")
        bounds = (0, *self.distance, MAX_ELEMENTS + 1)
        if any(low >= high for low, high in pairwise(bounds)):
            raise CorruptError(f"distances {self.distance} do not ascend from 1 to {MAX_ELEMENTS}")
        if not element_type.minimum <= self.center <= element_type.maximum:
            raise CorruptError(f"center {self.center} is no {element_type}")
        self._check_trellis(element_type)

    def fixed_size(self, element_type: ElementType, count: int) -> int | None:
        """See `Coding.fixed_size`."""
        return None

    def elements_per_chunk(self, element_type: ElementType) -> int:
        """See `Coding.elements_per_chunk`: few enough that threads share an array, many for what they teach."""
        return ELEMENTS_PER_CHUNK

    def encode(self, values: Array, element_type: ElementType, /, *, start: int = 0) -> BytesLike:
        """See `Coding.encode`."""
        elements = values.astype(np.int64) - self.center
        return arithmetic.encode(elements, self.stream(element_type), start)

    def decoder(self, element_type: ElementType, count: int, source: ChunkSource, /) -> ChunkDecoder:
        """See `Coding.decoder`."""
        return self._decoder(element_type, lambda elements: (elements + self.center).astype(element_type.storage))

    def scaled_decoder(self, element_type: ElementType, step: np.float32, /) -> ChunkDecoder:
        """Decodes trellis codes to their values at once: float32 in place of storage.

        Args:
            element_type: type of the codes.
            step: of the quantizers, finite.
        """

        def scale(elements: Array) -> Array:
            return reconstruct(elements.astype(np.int32), step, self.trellis_states, elements.size)

        return self._decoder(element_type, scale)

    def stream(self, element_type: ElementType, /) -> arithmetic.Stream:
        """What the kernels need to know for an element type."""
        columns = max(self.columns, 1)
        lowest, highest = element_type.minimum - self.center, element_type.maximum - self.center
        return arithmetic.Stream(
            Layout(columns, max(self.period, 1), self.distance or usual_distances(columns)),
            Alphabet(lowest, highest, is_trellis=self.trellis_states > 0),
            self.trellis_states,
        )

    def _decoder(self, element_type: ElementType, convert: Callable[[Array], Array]) -> ChunkDecoder:
        stream = self.stream(element_type)

        def decode_chunk(payload: BytesLike, start: int, count: int) -> Array:
            if count > MAX_CHUNK_ELEMENTS:
                raise CorruptError(f"arithmetic chunk of {count} elements; {MAX_CHUNK_ELEMENTS} at most can be")
            return convert(arithmetic.decode(payload, stream, start, count))

        return decode_chunk

    def _check_trellis(self, element_type: ElementType) -> None:
        if not self.trellis_states:
            return
        if self.trellis_states not in STATE_COUNTS:
            raise CorruptError(f"trellis of {self.trellis_states} states; {', '.join(map(str, STATE_COUNTS))} can be")
        if element_type.kind != "signed" or self.center:
            raise CorruptError(f"trellis codes are signed around 0, not {element_type} around {self.center}")


def codable(element_type: ElementType, /) -> bool:
    """Whether a type's values are integers, or bits held as integers, that the coding is for."""
    return element_type.bits <= MAX_BITS and (not element_type.is_float or element_type.stored_as_bits)


def usual_distances(columns: int, /) -> tuple[int, ...]:
    """The distances of a coding that names none."""
    return tuple(sorted({1, 2, columns}))
