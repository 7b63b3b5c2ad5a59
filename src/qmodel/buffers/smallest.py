"""A buffer in the fewest bytes, whatever coding that takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers.arithmetic_fit import MOST_ELEMENTS_OF_CHOICE, fit_arithmetic
from qmodel.buffers.buffer import Coding, CodingChoice
from qmodel.buffers.filters import filter_named
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans_alphabet import has_frequent_values
from qmodel.buffers.rans_fit import fit_rans
from qmodel.buffers.sizes import smallest
from qmodel.buffers.split import SPLIT_TYPES
from qmodel.buffers.split_fit import fit_split
from qmodel.buffers.storage import encode_buffer
from qmodel.dtypes import Array, ElementType

_FILTERS = ("none", "byte_shuffle", "bit_planes")


@dataclass(frozen=True, slots=True)
class Smallest(CodingChoice):
    """Whichever coding takes the fewest bytes of a file.

    All that need no further library are tried: packed bits, with Zstandard alone and behind filters, `split`, `rans`
    with all its contexts, and `arithmetic` up to `MOST_ELEMENTS_OF_CHOICE` elements.

    Attributes:
        arithmetic: whether `arithmetic` may be taken, which decodes some fifty times as slowly as the others.
    """

    arithmetic: bool = True
    kind: ClassVar[str] = "smallest"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Coding:
        """See `CodingChoice.fit`."""
        if not values.size:
            return Packed()
        codings = list(_tabulated(values, element_type, columns))
        if self.arithmetic and has_frequent_values(element_type) and values.size <= MOST_ELEMENTS_OF_CHOICE:
            codings.append(fit_arithmetic(values, element_type, columns=columns))
        return smallest(encode_buffer(values, element_type, coding) for coding in codings).coding


def _tabulated(values: Array, element_type: ElementType, columns: int) -> Iterator[Coding]:
    yield Packed()
    for arrangement in _FILTERS:
        if filter_named(arrangement).suits(element_type):
            yield Packed("zstd", arrangement)
    if element_type in SPLIT_TYPES:
        yield fit_split(values, element_type, columns=columns)
    if has_frequent_values(element_type):
        yield fit_rans(values, element_type, row_lengths=(columns,), effort="smallest")
