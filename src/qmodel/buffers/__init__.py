"""Lossless storage of flat arrays: codings, filters and byte codecs (spec/buffers/)."""

from qmodel.buffers.arithmetic_fit import Arithmetic
from qmodel.buffers.buffer import (
    Buffer,
    BufferSurroundings,
    Chunks,
    ChunkSource,
    Coding,
    CodingChoice,
    Inline,
    Payloads,
)
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans_fit import Rans
from qmodel.buffers.registry import CODINGS
from qmodel.buffers.split_fit import Split
from qmodel.buffers.storage import MemorySource, check_buffer, encode_buffer, load, store

__all__ = [
    "CODINGS",
    "Arithmetic",
    "Buffer",
    "BufferSurroundings",
    "ChunkSource",
    "Chunks",
    "Coding",
    "CodingChoice",
    "Inline",
    "MemorySource",
    "Packed",
    "Payloads",
    "Rans",
    "Split",
    "check_buffer",
    "encode_buffer",
    "load",
    "store",
]
