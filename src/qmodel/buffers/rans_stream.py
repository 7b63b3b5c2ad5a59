"""Chunks of a rANS stream, encoded and decoded with known tables and contexts (spec/buffers/rans.md)."""

from __future__ import annotations

import numpy as np

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.frequency_tables import FrequencyTables
from qmodel.buffers.rans_alphabet import Alphabet
from qmodel.buffers.rans_contexts import ContextModel, SeparableClasses, neighbours_of
from qmodel.buffers.rans_payload import Payload, payload_from_bytes, payload_to_bytes
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError
from qmodel.kernels import rans
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.rans_model import Contexts, Neighbours


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
        tables: FrequencyTables,
        *,
        total_bits: int,
        run_length: int,
        trellis_states: int,
        context: ContextModel | None,
    ) -> None:
        self._type, self._run_length = element_type, run_length
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
        return Contexts(self._run_length, classes, self._transitions, self._neighbours)

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
        words, word_counts = rans.encode(indices, table_of, self._run_length, tables)
        exceptions = values[indices >= tables.first_escape] if tables.escapes else None
        return payload_to_bytes(Payload(words, word_counts, exceptions), self.alphabet.exception_bytes)

    def decoder(self, values: Array, /) -> StreamDecoder:
        """What decodes chunks into values; may be called from several threads at once.

        Args:
            values: what each index stands for, of shape (quantizers, indices), or (1, indices) for all quantizers.
        """
        values = np.ascontiguousarray(np.broadcast_to(values, (self._quantizers, values.shape[1])))
        return StreamDecoder(self, values, signed=self._type.kind == "signed")

    def lanes(self, count: int) -> int:
        """How many lanes a chunk of `count` elements has."""
        return -(-count // self._run_length)


class StreamDecoder:
    """Decodes chunks of a stream."""

    def __init__(self, stream: RansStream, values: Array, *, signed: bool) -> None:
        self._stream, self._values, self._signed = stream, values, signed
        self._entries = stream.tables.entries()

    def __call__(
        self, payload: BytesLike, start: int, count: int, /, out: Array | None = None
    ) -> tuple[Array, Array | None]:
        """The values of a chunk, and the exceptions that belong in the places of escapes, if it has any.

        Args:
            payload: of the chunk.
            start: position of its first element in the buffer.
            count: number of elements, at least 1.
            out: where the values are put, 1-D and contiguous; None: into a new array.

        Raises:
            CorruptError: the payload is damaged.
        """
        stream = self._stream
        parts = payload_from_bytes(
            payload,
            stream.lanes(count),
            escapes=bool(stream.tables.escapes),
            exception_bytes=stream.alphabet.exception_bytes,
            signed=self._signed,
        )
        if out is None:
            out = np.empty(count, self._values.dtype)
        starts = np.concatenate([[0], np.cumsum(parts.word_counts)])
        contexts = stream.contexts(start, count)
        if not rans.decode(parts.words, starts, contexts, stream.tables, self._entries, self._values, out):
            raise CorruptError("a lane of a rans payload does not end as it must")
        return out, parts.exceptions
