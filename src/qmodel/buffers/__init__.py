"""Lossless storage of flat arrays: codings, filters and byte codecs (spec/buffers/)."""

from qmodel.buffers.buffer import Buffer, Chunks, Coding, Inline, Payloads
from qmodel.buffers.packed import Packed
from qmodel.buffers.storage import ChunkSource, MemorySource, check_buffer, load, store

__all__ = [
    "Buffer",
    "ChunkSource",
    "Chunks",
    "Coding",
    "Inline",
    "MemorySource",
    "Packed",
    "Payloads",
    "check_buffer",
    "load",
    "store",
]
