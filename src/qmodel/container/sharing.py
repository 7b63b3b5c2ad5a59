"""Payloads that several buffers hold inline, and buffers with a chunk instead (spec/container.md, "Writing")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from qmodel.buffers import Buffer, Chunks, Inline
from qmodel.wire import TensorRecord


def repeated_payloads(tensors: Iterable[TensorRecord], /) -> dict[bytes, int]:
    """How often each payload is inline that more than one buffer holds, in the order in which the first ones come."""
    uses = Counter(
        buffer.location.data
        for tensor in tensors
        for buffer in tensor.encoding.all_buffers()
        if isinstance(buffer.location, Inline)
    )
    return {payload: count for payload, count in uses.items() if count > 1}


def with_chunks(tensor: TensorRecord, chunk_of: Mapping[bytes, int], /) -> TensorRecord:
    """The same tensor, its buffers referring to a chunk where there is one of what they hold inline."""

    def moved(buffer: Buffer) -> Buffer:
        index = chunk_of.get(buffer.location.data) if isinstance(buffer.location, Inline) else None
        return buffer if index is None else replace(buffer, location=Chunks((index,)))

    return replace(tensor, encoding=tensor.encoding.with_buffers(moved))
