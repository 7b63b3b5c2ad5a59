"""Stored arrays: nodes whose payloads are given or made without any compressor."""

from typing import Any

import numpy as np

from qmodel.buffers import Buffer, Inline, Packed, Payloads, store
from qmodel.dtypes import ElementType
from qmodel.encodings import PlainNode

RAW = Packed()


def plain(values: Any, element_type: ElementType, coding: Packed = RAW) -> PlainNode:
    """Values stored as they are; inline when they fit."""
    return PlainNode(store(np.asarray(values, element_type.storage), element_type, coding=coding))


def in_chunks(values: Any, element_type: ElementType, per_chunk: int = 0, coding: Packed = RAW) -> PlainNode:
    """Values stored in chunks however small, of `per_chunk` elements each; 0: one chunk."""
    flat = np.asarray(values, element_type.storage).reshape(-1)
    pieces = [flat[start : start + per_chunk] for start in range(0, flat.size, per_chunk)] if per_chunk else [flat]
    parts = tuple(bytes(coding.encode(piece, element_type)) for piece in pieces)
    return PlainNode(Buffer(element_type, flat.size, coding, Payloads(parts, per_chunk if len(parts) > 1 else 0)))


def payload(data: bytes, count: int, element_type: ElementType, coding: Packed) -> PlainNode:
    """An inline payload given as bytes."""
    return PlainNode(Buffer(element_type, count, coding, Inline(data)))
