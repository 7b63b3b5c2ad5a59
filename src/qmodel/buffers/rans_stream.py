"""Chunks of a rANS stream, encoded and decoded with known tables and contexts (spec/buffers/rans.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from qmodel.buffers.buffer import BytesLike, PiecewiseDecoder, slices_of
from qmodel.buffers.rans_alphabet import Alphabet
from qmodel.buffers.rans_contexts import ContextModel, SeparableClasses, neighbours_of
from qmodel.buffers.rans_payload import Payload, payload_from_bytes, payload_to_bytes
from qmodel.buffers.table_levels import TableLevels
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError
from qmodel.kernels import rans
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.rans_lookup import Lookup
from qmodel.kernels.rans_model import Contexts, Neighbours

PlaceExceptions = Callable[[Array, Array], int]


class RansStream:
    """A stream of which all but the payloads is known.

    Args:
        element_type: type of the elements.
        tables: the tables.
        total_bits: logarithm of the sum of a table's frequencies.
        run_length: elements of a lane.
        trellis_states: states of the trellis whose codes the elements are; 0: none.
        context: how classes are found; None: there is one class.

    Raises:
        CorruptError: the tables do not suit the type, or have too many symbols.
    """

    def __init__(
        self,
        element_type: ElementType,
        tables: TableLevels,
        *,
        total_bits: int,
        run_length: int,
        trellis_states: int,
        context: ContextModel | None,
    ) -> None:
        self._type, self.run_length = element_type, run_length
        self._transitions = transitions(trellis_states) if trellis_states else None
        self._quantizers = 2 if trellis_states else 1
        self.tables = tables.kernel_tables(total_bits, self._quantizers)
        self.alphabet = Alphabet(element_type, tables.lowest, self.tables, self._quantizers)
        class_of_cell = np.array(tables.class_of_cell, np.uint8)
        self._neighbours: Neighbours | None = None
        self._classes: SeparableClasses | None = None
        if context and context.neighbours:
            magnitudes = self.alphabet.magnitudes(self._quantizers)
            self._neighbours = neighbours_of(context.neighbours, class_of_cell, magnitudes)
            class_of_cell = np.arange(len(self._neighbours.classes)).astype(np.uint8)
        if context and context.separable:
            self._classes = SeparableClasses(context.separable, context.columns, class_of_cell)

    def contexts(self, start: int, count: int, /) -> Contexts:
        """How the kernels find the tables of `count` elements from `start` on."""
        classes = self._classes.of(start, count) if self._classes else None
        return Contexts(self.run_length, classes, self._transitions, self._neighbours)

    def encode(self, values: Array, start: int, /) -> bytes:
        """The payload of a chunk.

        Args:
            values: 1-D storage array, not empty.
            start: position of the first in the buffer.

        Raises:
            InvalidInputError: a value has no frequency, and the stream no escapes.
        """
        contexts, tables = self.contexts(start, values.size), self.tables
        indices = self.alphabet.indices(values)
        table_of, indices = rans.find_tables(indices, contexts, tables if tables.escapes else None)
        words, word_counts = rans.encode(indices, table_of, self.run_length, tables)
        exceptions = values[indices >= tables.first_escape] if tables.escapes else None
        return payload_to_bytes(Payload(words, word_counts, exceptions), self.alphabet.exception_bytes)

    def decoder(self, values: Array, place_exceptions: PlaceExceptions, /) -> StreamDecoder:
        """What decodes chunks into values; may be called from several threads at once.

        Args:
            values: what each index stands for, of shape (quantizers, indices), or (1, indices) for all quantizers.
            place_exceptions: puts the first exceptions where the markers of escapes are, and says how many those are.
        """
        if len(values) != self._quantizers:
            values = np.repeat(values, self._quantizers, axis=0)
        return StreamDecoder(self, values, place_exceptions, signed=self._type.kind == "signed")

    def lanes(self, count: int) -> int:
        """How many lanes a chunk of `count` elements has."""
        return -(-count // self.run_length)


class StreamDecoder(PiecewiseDecoder):
    """Decodes chunks of a stream; see `PlacingDecoder` and `PiecewiseDecoder`."""

    def __init__(self, stream: RansStream, values: Array, place_exceptions: PlaceExceptions, *, signed: bool) -> None:
        self._stream, self._dtype, self._signed = stream, values.dtype, signed
        self._lookup, self._place_exceptions = Lookup(stream.tables, values), place_exceptions

    def __call__(self, payload: BytesLike, start: int, count: int, /) -> Array:
        """See `ChunkDecoder`."""
        out = np.empty(count, self._dtype)
        self.place(payload, start, out)
        return out

    def place(self, payload: BytesLike, start: int, out: Array, /) -> None:
        """See `PlacingDecoder.place`."""
        for _ in self._decoded(payload, start, out.size, out):
            pass

    def pieces(self, payload: BytesLike, start: int, count: int, length: int, /) -> Iterator[Array]:
        """See `PiecewiseDecoder.pieces`."""
        run_length = self._stream.run_length
        if length % run_length and length < count:
            yield from slices_of(self(payload, start, count), length)
        else:
            yield from self._decoded(payload, start, count, np.empty(min(length, count), self._dtype))

    def _decoded(self, payload: BytesLike, start: int, count: int, out: Array) -> Iterator[Array]:
        """The elements of a chunk, as many at a time as there is room for; whole runs, all but the last time."""
        stream, used = self._stream, 0
        parts = payload_from_bytes(
            payload,
            stream.lanes(count),
            escapes=bool(stream.tables.escapes),
            exception_bytes=stream.alphabet.exception_bytes,
            signed=self._signed,
        )
        word_starts = np.concatenate([[0], np.cumsum(parts.word_counts)])
        for first in range(0, count, out.size):
            piece = out[: count - first]
            lane = first // stream.run_length
            self._decode_lanes(
                parts.words, word_starts[lane : lane + stream.lanes(piece.size) + 1], start + first, piece
            )
            if parts.exceptions is not None:
                used += self._place_exceptions(piece, parts.exceptions[used:])
                if first + piece.size == count and used < parts.exceptions.size:
                    raise CorruptError(f"{parts.exceptions.size} exceptions for {used} escapes")
            yield piece

    def _decode_lanes(self, words: Array, word_starts: Array, start: int, out: Array) -> None:
        first, end = word_starts[0], word_starts[-1]
        contexts = self._stream.contexts(start, out.size)
        if not rans.decode(words[first:end], word_starts - first, contexts, self._lookup, out):
            raise CorruptError("a lane of a rans payload does not end as it must")
