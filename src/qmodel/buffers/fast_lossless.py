"""Planes of bytes with zstd: small for floats, and as fast to decode as Huffman codes can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers.buffer import Coding, CodingChoice
from qmodel.buffers.filters import FILTERS
from qmodel.buffers.packed import Packed
from qmodel.buffers.sampled_size import sampled_bytes
from qmodel.dtypes import Array, ElementType

_FILTERS = ("float_planes", "byte_shuffle", "none")
# Less than this is not worth a copy on every read.
_WORTHWHILE_SAVING = 1 / 256


@dataclass(frozen=True, slots=True)
class FastLossless(CodingChoice):
    """The filter with which zstd makes the values smallest, found on parts of large arrays; raw where none helps."""

    kind: ClassVar[str] = "fast_lossless"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Coding:
        """See `CodingChoice.fit`."""
        sizes = {
            coding: sampled_bytes(values, element_type, coding)
            for coding in (Packed("zstd", name) for name in _FILTERS if FILTERS[name].suits(element_type))
        }
        best = min(sizes, key=sizes.__getitem__)
        raw_size = element_type.packed_bytes(values.size)
        return best if sizes[best] < raw_size * (1 - _WORTHWHILE_SAVING) else Packed()
