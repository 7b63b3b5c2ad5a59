"""Where floats are best cut: which bits are worth an entropy coder, and which others compress."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from qmodel import dtypes
from qmodel.buffers.entropy import coded_bits
from qmodel.buffers.packed import Packed
from qmodel.dtypes import Array, ElementType, unsigned
from qmodel.kernels.split import take_apart

# Exponent bits of the types that can be split.
EXPONENT_BITS = {
    dtypes.F64: 11,
    dtypes.F32: 8,
    dtypes.F16: 5,
    dtypes.BF16: 8,
    dtypes.F8E4M3: 4,
    dtypes.F8E5M2: 5,
}
# Within an octave small numbers are more frequent than large ones, which is worth about 0.6 % of a bfloat16; four bits
# of the mantissa get all of it.
_MOST_MANTISSA_BITS = 4
_MOST_LEADING_BITS = 16
_SAMPLE_BLOCKS, _BLOCK_ELEMENTS = 128, 1024
# Counts look less even than what they are drawn from, by so many bits a symbol (G. Miller 1955).
_BIAS = 0.5 / log(2)
# Coding a plane must save this part of it.
_WORTHWHILE_SAVING = 1 / 128
# Below so many elements the message of another plane costs more than its speed is worth.
_FEW_ELEMENTS = 1 << 16
_WIDEST_PLANE = 32


@dataclass(frozen=True, slots=True)
class Plane:
    """Some bits of the remainder.

    Attributes:
        width: number of bits.
        compresses: whether they do.
    """

    width: int
    compresses: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of floats.

    Attributes:
        leading_bits: width of the leading bits.
        octave: how much the leading bits grow from a number to its double.
        planes: of the remainder, from the lowest bit.
    """

    leading_bits: int
    octave: int
    planes: tuple[Plane, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the planes."""
        return tuple(plane.width for plane in self.planes)


def layout_of(bits: Array, element_type: ElementType, /) -> Layout:
    """The layout for the bits of floats, unsigned and 1-D; judged by a sample where they are many."""
    sample = _sample(bits)
    leading_bits = _leading_bits(sample, element_type, bits.size)
    planes = _planes(sample, leading_bits, element_type.bits - leading_bits, few=bits.size < _FEW_ELEMENTS)
    return Layout(leading_bits, 1 << (leading_bits - EXPONENT_BITS[element_type]), planes)


def _sample(bits: Array) -> Array:
    """Blocks from all over an array."""
    blocks = bits.size // _BLOCK_ELEMENTS
    if blocks <= _SAMPLE_BLOCKS:
        return bits
    chosen = np.arange(_SAMPLE_BLOCKS) * blocks // _SAMPLE_BLOCKS
    return bits[: blocks * _BLOCK_ELEMENTS].reshape(blocks, _BLOCK_ELEMENTS)[chosen].reshape(-1)


def _leading_bits(sample: Array, element_type: ElementType, count: int) -> int:
    exponent_bits = EXPONENT_BITS[element_type]
    mantissa_bits = element_type.bits - 1 - exponent_bits
    most = min(_MOST_MANTISSA_BITS, mantissa_bits, _MOST_LEADING_BITS - exponent_bits)
    finest = (sample >> (mantissa_bits - most)) & ((1 << (exponent_bits + most)) - 1)
    counts = np.bincount(finest.astype(np.int64), minlength=1 << (exponent_bits + most))
    sizes = {}
    for taken in range(most, -1, -1):
        sizes[exponent_bits + taken] = coded_bits(counts, count) + count * (mantissa_bits - taken)
        counts = counts.reshape(-1, 2).sum(axis=1)
    return min(sizes, key=sizes.__getitem__)


def _planes(sample: Array, leading_bits: int, rest_bits: int, *, few: bool) -> tuple[Plane, ...]:
    """Bytes from the lowest bit on, neighbours that do not compress joined."""
    widths = (8,) * (rest_bits // 8) + ((rest_bits % 8,) if rest_bits % 8 else ())
    _, parts = take_apart(sample, leading_bits, widths)
    planes: list[Plane] = []
    for part, width in zip(parts, widths, strict=True):
        planes.append(Plane(width, _compresses(part, width)))
        while len(planes) > 1 and _joinable(planes[-2], planes[-1], few=few):
            planes[-2:] = [Plane(planes[-2].width + planes[-1].width, False)]
    return tuple(planes)


def _joinable(lower: Plane, upper: Plane, *, few: bool) -> bool:
    """Whether two planes had better be one; of many elements only where that is as quick to read."""
    if lower.compresses or upper.compresses:
        return False
    return lower.width + upper.width <= _WIDEST_PLANE if few else lower.width == upper.width in (8, 16)


def _compresses(part: Array, width: int) -> bool:
    """Whether some values are frequent enough to be worth coding, everywhere or in places, or bytes repeat."""
    worthwhile = width * part.size * (1 - _WORTHWHILE_SAVING)
    if min(coded_bits(np.bincount(part, minlength=1), part.size), _bits_of_blocks(part, width)) < worthwhile:
        return True
    return part.size > 0 and width == 8 and len(Packed("zstd").encode(part, unsigned(8))) * 8 < worthwhile


def _bits_of_blocks(part: Array, width: int) -> float:
    """Bits of all elements if each block had frequencies of its own, corrected for the few elements of a block."""
    blocks = part.size // _BLOCK_ELEMENTS
    if not blocks:
        return float(width * part.size)
    values = part[: blocks * _BLOCK_ELEMENTS].reshape(blocks, -1)
    places = values + (np.arange(blocks)[:, None] << width)
    counts = np.bincount(places.reshape(-1), minlength=blocks << width).reshape(blocks, -1)
    surprise = np.arange(1, _BLOCK_ELEMENTS + 1) * np.log2(_BLOCK_ELEMENTS / np.arange(1, _BLOCK_ELEMENTS + 1)) + _BIAS
    each = np.concatenate([[0.0], surprise])[counts].sum(axis=1)
    return float(np.minimum(each, width * _BLOCK_ELEMENTS).mean()) * part.size / _BLOCK_ELEMENTS
