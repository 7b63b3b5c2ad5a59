"""Planes of bytes with zstd: small for floats, and as fast to decode as Huffman codes can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import Coding, CodingChoice
from qmodel.buffers.filters import FILTERS
from qmodel.buffers.packed import Packed
from qmodel.dtypes import Array, ElementType
from qmodel.limits import MIB

_FILTERS = ("float_planes", "byte_shuffle", "none")
_SAMPLES, _SAMPLE_BYTES = 4, MIB // 4
# Less than this is not worth a copy on every read.
_WORTHWHILE_SAVING = 1 / 256


@dataclass(frozen=True, slots=True)
class FastLossless(CodingChoice):
    """The filter with which zstd makes the values smallest, found on parts of large arrays; raw where none helps."""

    kind: ClassVar[str] = "fast_lossless"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Coding:
        """See `CodingChoice.fit`."""
        parts = _sample(values, element_type)
        sizes = {
            coding: sum(len(coding.encode(part, element_type)) for part in parts)
            for coding in (Packed("zstd", name) for name in _FILTERS if FILTERS[name].suits(element_type))
        }
        best = min(sizes, key=sizes.__getitem__)
        raw_size = sum(element_type.packed_bytes(part.size) for part in parts)
        return best if sizes[best] < raw_size * (1 - _WORTHWHILE_SAVING) else Packed()


def _sample(values: Array, element_type: ElementType) -> list[Array]:
    """The whole array, or some parts from all over it."""
    length = _SAMPLE_BYTES * 8 // element_type.bits
    if values.size <= _SAMPLES * length:
        return [values] if values.size else []
    starts = np.linspace(0, values.size - length, _SAMPLES).astype(np.int64)
    return [values[start : start + length] for start in starts]
