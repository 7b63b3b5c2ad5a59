"""How floats are best split: which bits are worth an entropy coder, and how the others are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import Buffer, Coding, CodingChoice
from qmodel.buffers.packed import Packed
from qmodel.buffers.sizes import smallest
from qmodel.buffers.split import EXPONENT_BITS, SplitCoding
from qmodel.buffers.storage import encode_buffer
from qmodel.dtypes import Array, ElementType, bits_of, unsigned
from qmodel.errors import InvalidInputError
from qmodel.kernels.split import take_apart

# Elements that are put together at once: what belongs to them stays in a core's second cache.
_PIECE_ELEMENTS = 1 << 18
# The density of weights within an octave is worth about 0.6 % of a bfloat16; four bits of the mantissa get all of it.
_MOST_MANTISSA_BITS = 4
_MOST_LEADING_BITS = 16
# About what a symbol costs in a frequency table.
_TABLE_BITS = 3
_SAMPLE_BLOCKS, _BLOCK_ELEMENTS = 256, 1024
_RAW, _ZSTD = Packed(), Packed("zstd")
# Planes that become one of twice the width, when neither of two neighbours compresses.
_JOINED = ((8, False), (16, False))
# Coding a plane must save this part of it.
_WORTHWHILE_SAVING = 1 / 128


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
    sample = _sample(bits)
    leading_bits = _leading_bits(sample, element_type, bits.size)
    widths, coded = _planes(sample, leading_bits, element_type.bits - leading_bits)
    leading, planes = take_apart(bits, leading_bits, widths)
    return SplitCoding(
        _part(leading, unsigned(leading_bits), True, columns, threads),
        tuple(
            _part(plane, unsigned(width), compresses, columns, threads)
            for plane, width, compresses in zip(planes, widths, coded, strict=True)
        ),
    )


def _sample(bits: Array) -> Array:
    """Blocks from all over an array."""
    blocks = bits.size // _BLOCK_ELEMENTS
    if blocks <= _SAMPLE_BLOCKS:
        return bits
    chosen = np.arange(_SAMPLE_BLOCKS) * blocks // _SAMPLE_BLOCKS
    return bits[: blocks * _BLOCK_ELEMENTS].reshape(blocks, _BLOCK_ELEMENTS)[chosen].reshape(-1)


def _leading_bits(sample: Array, element_type: ElementType, count: int) -> int:
    """How many bits below the sign an entropy coder should have: the exponent, and what it saves of the mantissa."""
    exponent_bits = EXPONENT_BITS[element_type]
    mantissa_bits = element_type.bits - 1 - exponent_bits
    sizes = {}
    for taken in range(min(_MOST_MANTISSA_BITS, mantissa_bits, _MOST_LEADING_BITS - exponent_bits) + 1):
        leading = (sample >> (mantissa_bits - taken)) & ((1 << (exponent_bits + taken)) - 1)
        counts = np.bincount(leading)
        bits_each = _entropy(counts) + mantissa_bits - taken
        sizes[exponent_bits + taken] = count * bits_each + np.count_nonzero(counts) * _TABLE_BITS
    return min(sizes, key=sizes.__getitem__)


def _planes(sample: Array, leading_bits: int, rest_bits: int) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """The widths of the planes, from the lowest, and which of them compress; neighbours that do not are one plane."""
    widths = (8,) * (rest_bits // 8) + ((rest_bits % 8,) if rest_bits % 8 else ())
    _, planes = take_apart(sample, leading_bits, widths)
    joined: list[tuple[int, bool]] = []
    for plane, width in zip(planes, widths, strict=True):
        joined.append((width, _compresses(plane, width)))
        while len(joined) > 1 and joined[-2] == joined[-1] and joined[-1] in _JOINED:
            joined[-2:] = [(joined[-1][0] * 2, False)]
    return tuple(width for width, _ in joined), tuple(coded for _, coded in joined)


def _compresses(plane: Array, width: int) -> bool:
    """Whether some values are frequent enough to be worth coding, or bytes repeat."""
    worthwhile = width * (1 - _WORTHWHILE_SAVING)
    if _entropy(np.bincount(plane)) < worthwhile:
        return True
    return width == 8 and len(_ZSTD.encode(plane, unsigned(width))) * 8 < worthwhile * plane.size


def _entropy(counts: Array) -> float:
    """Bits of each symbol that occurs so often."""
    frequent = counts[counts > 0]
    total = frequent.sum()
    return float(frequent @ np.log2(total / frequent)) / max(int(total), 1)


def _part(part: Array, element_type: ElementType, compresses: bool, columns: int, threads: int) -> Buffer:
    codings: tuple[Coding, ...] = (_RAW, _ZSTD) if compresses else (_RAW,)
    return smallest(_coded(part, element_type, coding, threads) for coding in codings)


def _coded(part: Array, element_type: ElementType, coding: Coding, threads: int) -> Buffer:
    return encode_buffer(part, element_type, coding, threads=threads, elements_per_chunk=_PIECE_ELEMENTS)
