"""All packed buffers of a tensor in one coding that a user or a preset chose."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from qmodel.buffers import Buffer, CodingChoice, MemorySource, Packed, load, store
from qmodel.dtypes import Array
from qmodel.encodings import Encoder, Lossless, Node, Plain
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class Recoded(Encoder):
    """What another encoder makes, its buffers of packed bits coded anew.

    Attributes:
        inner: the other encoder.
        coding: of all its buffers that it left as packed bits, compressed or not.
    """

    inner: Encoder
    coding: CodingChoice
    kind: ClassVar[str] = "recoded"

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`."""
        node = self.inner.encode(array, importance=importance, threads=threads)
        return recoded(node, array.shape, self.coding, threads=threads)


def with_coding(encoder: Encoder, choice: CodingChoice, /) -> Encoder:
    """An encoder with a user's choice in place of a preset's."""
    if isinstance(encoder, Lossless):
        return Plain(coding=choice)
    return Recoded(encoder.inner if isinstance(encoder, Recoded) else encoder, choice)


def recoded(node: Node, shape: tuple[int, ...], choice: CodingChoice, /, *, threads: int = 1) -> Node:
    """The same tree, its buffers of packed bits coded anew; those that an encoder gave a coding of its own are kept.

    Args:
        node: its buffers in memory.
        shape: of the tensor; buffers with an element for each of its values have its rows.
        choice: how to code them.
        threads: number of threads that may work at once.
    """

    def change(buffer: Buffer) -> Buffer:
        if not isinstance(buffer.coding, Packed):
            return buffer
        values = load(buffer, MemorySource(threads=threads))
        if buffer.count == prod(shape):
            values = values.reshape(shape)
        return store(values, buffer.element_type, coding=choice, threads=threads)

    return node.with_buffers(change)
