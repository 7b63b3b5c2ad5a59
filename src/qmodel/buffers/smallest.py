"""A buffer in the fewest bytes, whatever coding that takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers.arithmetic_fit import MOST_ELEMENTS_OF_CHOICE, fit_arithmetic
from qmodel.buffers.buffer import Buffer, Coding, CodingChoice
from qmodel.buffers.filters import filter_named
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans_alphabet import codable
from qmodel.buffers.rans_fit import fit_rans
from qmodel.buffers.sizes import file_bytes, smallest
from qmodel.buffers.split import SPLIT_TYPES
from qmodel.buffers.split_fit import fit_split
from qmodel.buffers.storage import encode_buffer, shuffled_zstd
from qmodel.dtypes import Array, ElementType

# Decoding costs a copy, and a mapped array is used as it is: coding must save this part of it.
_WORTHWHILE_SAVING = 1 / 256
# Wider integers are seldom frequent enough to be symbols.
_MOST_SYMBOL_BITS = 16
_FILTERS = ("none", "byte_shuffle", "bit_planes")


@dataclass(frozen=True, slots=True)
class Smallest(CodingChoice):
    """Whichever coding takes the fewest bytes of a file, however slow it is to decode.

    All that need no further library are tried: packed bits, with Zstandard alone and behind filters, `split`, `rans`
    with all its contexts, and `arithmetic` up to `MOST_ELEMENTS_OF_CHOICE` elements.
    """

    kind: ClassVar[str] = "smallest"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> Coding:
        """See `CodingChoice.fit`."""
        if not values.size:
            return Packed()
        codings = _every_coding(values, element_type, columns)
        return smallest(encode_buffer(values, element_type, coding) for coding in codings).coding


def _every_coding(values: Array, element_type: ElementType, columns: int) -> Iterator[Coding]:
    yield Packed()
    for arrangement in _FILTERS:
        if filter_named(arrangement).suits(element_type):
            yield Packed("zstd", arrangement)
    if element_type in SPLIT_TYPES:
        yield fit_split(values, element_type, columns=columns)
    if codable(element_type) and element_type.bits <= _MOST_SYMBOL_BITS:
        yield fit_rans(values, element_type, row_lengths=(columns,), effort="smallest")
        if values.size <= MOST_ELEMENTS_OF_CHOICE:
            yield fit_arithmetic(values, element_type, columns=columns)


def smallest_buffer(values: Array, element_type: ElementType, /, *, columns: int = 0, threads: int = 1) -> Buffer:
    """Code a 1-D storage array in memory, with the coding that takes the fewest bytes of a file.

    Args:
        values: storage of `element_type`.
        element_type: type of the elements.
        columns: length of a row where the values are a matrix in row-major order; 0: they are not.
        threads: number of threads that may work at once.
    """
    raw = encode_buffer(values, element_type, Packed(), threads=threads)
    coded = smallest((raw, *_coded(values, element_type, columns, threads)))
    return coded if file_bytes(coded) <= file_bytes(raw) * (1 - _WORTHWHILE_SAVING) else raw


def _coded(values: Array, element_type: ElementType, columns: int, threads: int) -> Iterator[Buffer]:
    if not values.size:
        return
    yield encode_buffer(values, element_type, shuffled_zstd(element_type), threads=threads)
    if element_type in SPLIT_TYPES:
        split = fit_split(values, element_type, columns=columns, threads=threads)
        yield encode_buffer(values, element_type, split, threads=threads)
    elif codable(element_type) and element_type.bits <= _MOST_SYMBOL_BITS:
        rans = fit_rans(values, element_type, row_lengths=(columns,), effort="fast")
        yield encode_buffer(values, element_type, rans, threads=threads)
