"""Chunks of a rANS stream, encoded and decoded with known tables and contexts (spec/buffers/rans.md)."""

from __future__ import annotations

import numpy as np

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.frequency_tables import FrequencyTables
from qmodel.buffers.rans_alphabet import Alphabet
from qmodel.buffers.rans_contexts import NeighbourContext, neighbours_of
from qmodel.buffers.rans_payload import Payload, payload_from_bytes, payload_to_bytes
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError
from qmodel.kernels import rans
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.rans_model import Contexts


class RansStream:
    """A stream of which all but the payloads is known.

    Args:
        element_type: type of the elements.
        tables: the tables.
        total_bits: logarithm of the sum of a table's frequencies.
        run_length: elements of a lane.
        trellis_states: states of the trellis whose codes the elements are; 0: none.
        neighbours: the neighbour context; None: there is none.

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
        neighbours: NeighbourContext | None,
    ) -> None:
        self._type, self._run_length = element_type, run_length
        self._transitions = transitions(trellis_states) if trellis_states else None
        self._quantizers = 2 if trellis_states else 1
        self.tables = tables.kernel_tables(total_bits, self._quantizers)
        self.alphabet = Alphabet(element_type, tables.lowest, self.tables)
        self._class_of_cell = np.array(tables.class_of_cell, np.uint8)
        self._neighbours = None
        if neighbours:
            self._neighbours = neighbours_of(
                neighbours, self._class_of_cell, self.alphabet.magnitudes(self._quantizers)
            )

    def contexts(self, buckets: Array | None, /) -> Contexts:
        """How the kernels find tables, from the separable bucket of each element."""
        classes = buckets
        if self._neighbours is None and buckets is not None:
            classes = self._class_of_cell[buckets]
        return Contexts(self._run_length, classes, self._transitions, self._neighbours)

    def encode(self, values: Array, buckets: Array | None, /) -> bytes:
        """The payload of a chunk.

        Args:
            values: 1-D storage array, not empty.
            buckets: the separable bucket of each, uint8; None: there is no separable context.

        Raises:
            InvalidInputError: a value has no frequency, and the stream no escapes.
        """
        contexts, tables = self.contexts(buckets), self.tables
        indices, _ = self.alphabet.indices(values)
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

    def __call__(self, payload: BytesLike, buckets: Array | None, count: int, /) -> tuple[Array, Array | None]:
        """The values of a chunk, and the exceptions that belong in the places of escapes, if it has any.

        Args:
            payload: of the chunk.
            buckets: the separable bucket of each element; None: there is no separable context.
            count: number of elements, at least 1.

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
        out = np.empty(count, self._values.dtype)
        starts = np.concatenate([[0], np.cumsum(parts.word_counts)])
        if not rans.decode(
            parts.words, starts, stream.contexts(buckets), stream.tables, self._entries, self._values, out
        ):
            raise CorruptError("a lane of a rans payload does not end as it must")
        return out, parts.exceptions
