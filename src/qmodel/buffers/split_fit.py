"""Floats taken apart as `split` stores them smallest (spec/buffers/split.md, "What a writer should do")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers.buffer import Buffer, Coding, CodingChoice
from qmodel.buffers.packed import Packed
from qmodel.buffers.rans_fit import fit_rans
from qmodel.buffers.representative import representative
from qmodel.buffers.sampled_size import promising
from qmodel.buffers.sizes import file_bytes, smallest
from qmodel.buffers.split import SplitCoding
from qmodel.buffers.split_layout import EXPONENT_BITS, Layout, layout_of
from qmodel.buffers.split_shifts import best_shifts
from qmodel.buffers.storage import encode_buffer
from qmodel.dtypes import Array, ElementType, bits_of, signed_for, unsigned
from qmodel.errors import InvalidInputError
from qmodel.kernels.row_shifts import shifted
from qmodel.kernels.split import take_apart

# A tensor has few chunks, so that files are opened soon, but some for threads to decode.
_CHUNK_ELEMENTS, _LONGEST_CHUNK = 1 << 20, 1 << 22
_CHUNKS_FOR_THREADS = 8
# Lanes of the entropy coder: longer ones save 2 bytes each, shorter ones NumPy decodes side by side.
_RUN_LENGTH = 1 << 12
# Up to so many elements it does not matter that fitting takes long, nor that contexts slow the decoder down; they must
# save this part of the floats all the same.
_FEW_ELEMENTS = 1 << 18
_FEWEST_WITH_CONTEXTS = 1 << 12
_WORTHWHILE_SAVING = 1 / 1024
# A shift for so many elements is too little to be worth a stream with tables of its own.
_ELEMENTS_OF_SMALL_SHIFT = 256
_RAW, _ZSTD = Packed(), Packed("zstd")


@dataclass(frozen=True, slots=True)
class Split(CodingChoice):
    """Exponents apart from mantissas, each stored as small as can be; for floats of 8 bits and more.

    Attributes:
        leading: how the leading bits are coded, the exponents foremost; None: by `rans` or zstd, what is smaller.
    """

    leading: CodingChoice | None = None
    kind: ClassVar[str] = "split"

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> SplitCoding:
        """See `CodingChoice.fit`."""
        return fit_split(values, element_type, columns=columns, coding=self.leading)


def fit_split(
    values: Array,
    element_type: ElementType,
    /,
    *,
    columns: int = 0,
    threads: int = 1,
    coding: CodingChoice | None = None,
) -> SplitCoding:
    """The parts of a 1-D storage array of floats, in memory.

    Args:
        values: storage of `element_type`.
        element_type: type of the elements.
        columns: see `CodingChoice.fit`.
        threads: number of threads that may work at once.
        coding: of the leading bits, see `Split`.

    Raises:
        InvalidInputError: the elements are no floats of 8 bits or more.
    """
    if element_type not in EXPONENT_BITS:
        raise InvalidInputError(f"{element_type} cannot be split")
    bits = bits_of(values)
    layout = layout_of(bits, element_type)
    leading, planes = take_apart(bits, layout.leading_bits, layout.widths)
    shifts = best_shifts(leading, layout.leading_bits, columns, layout.octave)
    if shifts:
        leading = shifted(leading, layout.leading_bits, -shifts)
    leading_type = unsigned(layout.leading_bits)
    return SplitCoding(
        _in_chunks(leading, leading_type, coding.fit(leading, leading_type, columns=columns), threads)
        if coding
        else _leading(leading, layout, columns, threads),
        tuple(
            _coded(part, unsigned(plane.width), threads) if plane.compresses else _raw(part, unsigned(plane.width))
            for part, plane in zip(planes, layout.planes, strict=True)
        ),
        columns if shifts else 0,
        _shift_buffer(shifts.rows, of=bits.size) if shifts else None,
        _shift_buffer(shifts.columns, of=bits.size) if shifts else None,
    )


def _shift_buffer(shifts: Array, *, of: int) -> Buffer | None:
    """A buffer of the shifts of so many elements, the smallest where they are a visible part; None: all are 0."""
    if not shifts.any():
        return None
    shift_type = signed_for(shifts)
    held = shifts.astype(shift_type.storage)
    if shifts.size * _ELEMENTS_OF_SMALL_SHIFT < of:
        return _in_chunks(held, shift_type, _RAW, 1)
    return _coded(held, shift_type, 1)


def _leading(leading: Array, layout: Layout, columns: int, threads: int) -> Buffer:
    """The smallest buffer of leading bits; with context models where they save much and are soon decoded."""
    element_type = unsigned(layout.leading_bits)
    plain = _coded(leading, element_type, threads)
    if not (columns > 1 and _FEWEST_WITH_CONTEXTS <= leading.size <= _FEW_ELEMENTS):
        return plain
    modelled = fit_rans(
        leading,
        element_type,
        row_lengths=(columns,),
        run_length=_RUN_LENGTH,
        effort="fast",
    )
    if modelled.context is None:
        return plain
    found = _in_chunks(leading, element_type, modelled, threads)
    worthwhile = (sum(layout.widths) + layout.leading_bits) * leading.size / 8 * _WORTHWHILE_SAVING
    return found if file_bytes(found) < file_bytes(plain) - worthwhile else plain


def _coded(part: Array, element_type: ElementType, threads: int) -> Buffer:
    """The smallest buffer of a part."""
    effort = "smallest" if part.size <= _FEW_ELEMENTS else "small"
    seen = representative(part)
    fitted = fit_rans(seen, element_type, run_length=_RUN_LENGTH, contexts=False, effort=effort)
    rans = _in_chunks(part, element_type, fitted, threads)
    others = promising(part, element_type, (_ZSTD, _RAW), file_bytes(rans))
    return smallest((rans, *(_in_chunks(part, element_type, coding, threads) for coding in others)))


def _raw(part: Array, element_type: ElementType) -> Buffer:
    return _in_chunks(part, element_type, _RAW, 1)


def _in_chunks(part: Array, element_type: ElementType, coding: Coding, threads: int) -> Buffer:
    return encode_buffer(part, element_type, coding, threads=threads, elements_per_chunk=_chunk_elements(part.size))


def _chunk_elements(count: int) -> int:
    length = _CHUNK_ELEMENTS
    while length < _LONGEST_CHUNK and count > _CHUNKS_FOR_THREADS * length:
        length *= 2
    return length
