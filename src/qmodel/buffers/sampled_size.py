"""How many bytes a coding takes of an array, judged by parts of it where it is large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from qmodel.buffers.buffer import Coding
from qmodel.dtypes import Array, ElementType

_PARTS, _PART_BYTES = 4, 1 << 16


def sampled_bytes(values: Array, element_type: ElementType, coding: Coding, /) -> float:
    """About how many bytes all payloads take; exactly, where the array is small.

    Args:
        values: 1-D storage of `element_type`.
        element_type: type of the elements.
        coding: one that needs nothing from other parts of the array, such as a byte codec.
    """
    parts = parts_of(values, element_type)
    seen = sum(part.size for part in parts)
    return sum(len(coding.encode(part, element_type)) for part in parts) * values.size / max(seen, 1)


def promising(values: Array, element_type: ElementType, codings: Iterable[Coding], size: float, /) -> Iterator[Coding]:
    """The codings that take fewer bytes than what there is, as `sampled_bytes` judges.

    Args:
        values: 1-D storage of `element_type`.
        element_type: type of the elements.
        codings: as `sampled_bytes` takes them.
        size: bytes of what there is.
    """
    return (coding for coding in codings if sampled_bytes(values, element_type, coding) < size)


def parts_of(values: Array, element_type: ElementType, /) -> list[Array]:
    """The whole array, or some parts from all over it; empty where the array is."""
    length = _PART_BYTES * 8 // element_type.bits
    if values.size <= _PARTS * length:
        return [values] if values.size else []
    starts = np.linspace(0, values.size - length, _PARTS).astype(np.int64)
    return [values[start : start + length] for start in starts]
