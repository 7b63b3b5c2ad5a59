"""All packed buffers of a tensor in one coding that a user chose."""

from __future__ import annotations

from math import prod

from qmodel.buffers import Buffer, CodingChoice, MemorySource, Packed, load, store
from qmodel.encodings import Node


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
