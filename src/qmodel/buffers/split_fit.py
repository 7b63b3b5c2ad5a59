"""Floats taken apart as `split` stores them smallest (spec/buffers/split.md, "What a writer should do")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers.buffer import Buffer, Coding, CodingChoice
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans_fit import fit_rans
from qmodel.buffers.sizes import smallest
from qmodel.buffers.split import SplitCoding
from qmodel.buffers.split_layout import EXPONENT_BITS, layout_of
from qmodel.buffers.split_shifts import best_shifts
from qmodel.buffers.storage import encode_buffer
from qmodel.dtypes import Array, ElementType, bits_of, signed_for, unsigned
from qmodel.errors import InvalidInputError
from qmodel.kernels.row_shifts import shifted
from qmodel.kernels.split import take_apart

# Elements that are put together at once: what belongs to them stays in a core's second cache.
_PIECE_ELEMENTS = 1 << 18
# Lanes of the entropy coder: longer ones save 2 bytes each, shorter ones NumPy decodes side by side.
_RUN_LENGTH = 1 << 12
_RAW, _ZSTD = Packed(), Packed("zstd")


@dataclass(frozen=True, slots=True)
class Split(CodingChoice):
    """Exponents apart from mantissas, each stored as small as can be; for floats of 8 bits and more."""

    kind: ClassVar[str] = "split"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> SplitCoding:
        """See `CodingChoice.fit`."""
        return fit_split(values, element_type, columns=columns)


def fit_split(values: Array, element_type: ElementType, /, *, columns: int = 0, threads: int = 1) -> SplitCoding:
    """The parts of a 1-D storage array of floats, in memory; as `CodingChoice.fit`, with several threads."""
    if element_type not in EXPONENT_BITS:
        raise InvalidInputError(f"{element_type} cannot be split")
    bits = bits_of(values)
    layout = layout_of(bits, element_type)
    leading, planes = take_apart(bits, layout.leading_bits, layout.widths)
    shifts = best_shifts(leading, layout.leading_bits, columns, layout.octave)
    if shifts:
        leading = shifted(leading, layout.leading_bits, -shifts)
    return SplitCoding(
        _coded(leading, unsigned(layout.leading_bits), threads),
        tuple(
            _coded(part, unsigned(plane.width), threads) if plane.compresses else _raw(part, unsigned(plane.width))
            for part, plane in zip(planes, layout.planes, strict=True)
        ),
        columns if shifts else 0,
        _shift_buffer(shifts.rows) if shifts else None,
        _shift_buffer(shifts.columns) if shifts else None,
    )


def _shift_buffer(shifts: Array) -> Buffer | None:
    """The smallest buffer of shifts; None where all are 0."""
    if not shifts.any():
        return None
    shift_type = signed_for(shifts)
    return _coded(shifts.astype(shift_type.storage), shift_type, 1)


def _coded(part: Array, element_type: ElementType, threads: int) -> Buffer:
    """The smallest buffer of a part."""
    rans = fit_rans(part, element_type, run_length=_RUN_LENGTH, contexts=False)
    return smallest(_in_pieces(part, element_type, coding, threads) for coding in (rans, _ZSTD, _RAW))


def _raw(part: Array, element_type: ElementType) -> Buffer:
    return _in_pieces(part, element_type, _RAW, 1)


def _in_pieces(part: Array, element_type: ElementType, coding: Coding, threads: int) -> Buffer:
    return encode_buffer(part, element_type, coding, threads=threads, elements_per_chunk=_PIECE_ELEMENTS)
