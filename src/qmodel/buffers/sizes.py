"""Of several codings, the one that takes the fewest bytes of the file."""

from __future__ import annotations

from collections.abc import Iterable

from qmodel.buffers.buffer import Buffer, Inline, Payloads
from qmodel.buffers.storage import stored_bytes

# What a buffer's message and an entry of the chunk table take, about.
_MESSAGE_BYTES = 14
_CHUNK_BYTES = 12
# What a buffer of one chunk takes beside its payload and the parameters of its coding, about.
BUFFER_BYTES = _MESSAGE_BYTES + _CHUNK_BYTES


def smallest(buffers: Iterable[Buffer], /) -> Buffer:
    """The buffer in memory that a file holds in the fewest bytes; the first of several."""
    return min(buffers, key=file_bytes)


def file_bytes(buffer: Buffer, /) -> int:
    """About how many bytes a file needs for a buffer in memory: payloads, parameters, messages, chunk table."""
    return stored_bytes(buffer) + sum(_overhead(part) for part in buffer.buffers())


def _overhead(buffer: Buffer) -> int:
    if isinstance(buffer.location, Inline):
        return _MESSAGE_BYTES
    chunks = len(buffer.location.parts) if isinstance(buffer.location, Payloads) else 0
    return _MESSAGE_BYTES + chunks * _CHUNK_BYTES
