"""What a manifest gains when inline payloads become one chunk (spec/container.md, "Writing")."""

from __future__ import annotations

from qmodel.v1 import buffer_pb2, manifest_pb2
from qmodel.wire.manifest import ChunkRecord


def manifest_bytes_saved(chunk: ChunkRecord, index: int, uses: int, /) -> int:
    """Bytes by which a manifest is shorter when buffers refer to a chunk, at least; negative where it is longer.

    The sizes in front of the messages around the buffers may take a byte less besides.

    Args:
        chunk: as the chunk table would have it.
        index: its entry there.
        uses: number of buffers that would hold its data inline.
    """
    inline = buffer_pb2.Buffer(inline=bytes(chunk.size)).ByteSize()
    reference = buffer_pb2.Buffer(chunks=buffer_pb2.ChunkRun(index=[index])).ByteSize()
    entry = manifest_pb2.Chunk(offset=chunk.offset, size=chunk.size, crc32c=chunk.crc32c)
    return uses * (inline - reference) - manifest_pb2.Manifest(chunks=[entry]).ByteSize()
