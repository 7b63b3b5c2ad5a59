"""Rows of float32 that were float16 before a factor was multiplied in, taken back to what they were.

Networks are often stored in half precision, and the factors of a batch normalization folded into each output channel
afterwards: what looks like 24 random bits of mantissa are 11, times one number a row. Which number, the quotients of a
few elements tell: with the right numerator for one of them, all others come out as integers of 11 bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.dtypes import Array, bits_of

_BITS = 11
# Numerators that are multiples of a high power of two come first: they make the simplest codes.
_NUMERATORS = np.array(sorted(range(1 << (_BITS - 1), 1 << _BITS), key=lambda n: (-(n & -n), n)), np.float64)
# A quotient of two rounded products is exact to 2 units in the 24th bit.
_TOLERANCE = 2.0 ** (_BITS - 22.5)
# Many, since a few may share a factor that the others of the row do not have.
_PROBES = 32
# Chance lets one numerator of about 1500 pass each of the first probes, which leave few for the others.
_FIRST_PROBES = 2
_ROWS_AT_ONCE, _ELEMENTS_AT_ONCE = 256, 1 << 18
_LOWEST_EXPONENT = -24


def float16_times_scale(rows: Array, /) -> tuple[Array, Array] | None:
    """Find codes and scales whose products, each rounded once to float32, are the rows bit for bit.

    Args:
        rows: float32, 2-D, at least one column.

    Returns:
        Codes, float16 of the shape of rows, and scales, float32 of shape (rows, 1); None: none were found.
    """
    codes, scales = np.empty(rows.shape, np.float16), np.empty((len(rows), 1), np.float32)
    for block in _blocks(rows):
        found = _factored(rows[block])
        if found is None:
            return None
        codes[block], scales[block] = found
    return codes, scales


def integers_times_scale(codes: Array, scales: Array, /) -> tuple[Array, Array] | None:
    """The same products of integers, where those are so small that float16 is no good type for them.

    Args:
        codes: float16, 2-D, finite.
        scales: float32, of shape (rows, 1).

    Returns:
        Codes, int8 or int16, and scales; None: some code has more bits than float16 has, or is −0.
    """
    integers, shifted = np.empty(codes.shape, np.int16), np.empty_like(scales)
    for block in _blocks(codes):
        found = _integers(codes[block], scales[block])
        if found is None:
            return None
        integers[block], shifted[block] = found
    return integers.astype(np.int8) if np.abs(integers).max(initial=0) < 1 << 7 else integers, shifted


def _blocks(rows: Array) -> Iterator[slice]:
    """Rows that are worked on at once: an element takes some 100 bytes of memory meanwhile."""
    at_once = max(1, min(_ROWS_AT_ONCE, _ELEMENTS_AT_ONCE // max(rows.shape[1], 1)))
    return (slice(start, start + at_once) for start in range(0, len(rows), at_once))


def _integers(codes: Array, scales: Array) -> tuple[Array, Array] | None:
    """As `integers_times_scale`, int16, of a block of rows."""
    numerators = np.ldexp(codes.astype(np.float64), -_LOWEST_EXPONENT).astype(np.int64)
    shared = np.bitwise_or.reduce(numerators, axis=1, keepdims=True)
    units = np.maximum(shared & -shared, 1)
    integers = numerators // units
    if np.abs(integers).max(initial=0) >= 1 << (_BITS - 1) or np.any(np.signbit(codes) & (codes == 0)):
        return None
    shifts = np.frexp(units.astype(np.float64))[1] - 1 + _LOWEST_EXPONENT
    shifted = np.ldexp(scales, shifts)
    return (integers.astype(np.int16), shifted) if np.array_equal(np.ldexp(shifted, -shifts), scales) else None


def _factored(rows: Array) -> tuple[Array, Array] | None:
    if not np.isfinite(rows).all():
        return None
    magnitudes = np.abs(rows.astype(np.float64))
    rough = _rough_scales(magnitudes)
    if rough is None:
        return None
    significands, exponents = np.frexp(magnitudes / rough)
    numerators = np.rint(np.ldexp(significands, _BITS)).astype(np.int64)
    quotients = np.ldexp(numerators.astype(np.float64), exponents - _BITS)
    shifts = _shifts(numerators, exponents)
    with np.errstate(over="ignore"):
        codes = np.copysign(np.ldexp(quotients, shifts), rows).astype(np.float16)
    scales = np.ldexp(_scales(rows, magnitudes, quotients), -shifts)
    return _verified(rows, codes, scales)


def _rough_scales(magnitudes: Array) -> Array | None:
    """The significand of each row's scale, to about 23 bits, of shape (rows, 1)."""
    probes, _ = np.frexp(np.sort(magnitudes, axis=1)[:, -_PROBES:])
    largest = np.where(probes[:, -1:] > 0, probes[:, -1:], 0.5)
    candidates = np.ldexp(largest, _BITS) / _NUMERATORS
    possible = np.ones(candidates.shape, np.bool_)
    for probe in probes.T[-2 : -2 - _FIRST_PROBES : -1]:
        possible &= _is_short(probe[:, None] / candidates)
    row, column = np.nonzero(possible)
    passing = _is_short(probes[row] / candidates[row, column, None]).all(axis=1)
    row, column = row[passing], column[passing]
    found, first = np.unique(row, return_index=True)
    return candidates[found, column[first]][:, None] if found.size == len(magnitudes) else None


def _is_short(quotients: Array) -> Array:
    """Whether quotients have 11 bits, but for the rounding of the numbers they came from."""
    significands = np.ldexp(np.frexp(quotients)[0], _BITS)
    short: Array = np.abs(significands - np.rint(significands)) < _TOLERANCE
    return short


def _scales(rows: Array, magnitudes: Array, quotients: Array) -> Array:
    """The float32 in the middle of those that round every product of a row to its element, shape (rows, 1)."""
    half_units = np.spacing(np.abs(rows)).astype(np.float64) / 2
    divisors = np.where(quotients > 0, quotients, np.inf)
    least = ((magnitudes - half_units) / divisors).max(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        most = ((magnitudes + half_units) / quotients).min(axis=1, keepdims=True)
    return np.where(np.isfinite(most), (least + most) / 2, 1.0).astype(np.float32)


def _shifts(numerators: Array, exponents: Array) -> Array:
    """Powers of two for each row, shape (rows, 1), that bring its codes near 1 and all their bits into float16."""
    used = numerators > 0
    count = np.maximum(used.sum(axis=1, keepdims=True), 1)
    mean = (exponents * used).sum(axis=1, keepdims=True) // count
    lowest_bits = np.frexp((numerators & -numerators).astype(np.float64))[1] - 1
    lowest = np.where(used, exponents - _BITS + lowest_bits, 0).min(axis=1, keepdims=True)
    shifts: Array = np.maximum(-mean, _LOWEST_EXPONENT - lowest)
    return shifts.astype(np.int32)


def _verified(rows: Array, codes: Array, scales: Array) -> tuple[Array, Array] | None:
    """The codes with the scales, or their neighbours, whose products are the rows."""
    wanted, numbers = bits_of(rows), codes.astype(np.float32)
    chosen = scales.copy()
    for candidate in (scales, np.nextafter(scales, np.float32(0)), np.nextafter(scales, np.float32(np.inf))):
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            right = (bits_of(numbers * candidate) == wanted).all(axis=1, keepdims=True)
        np.copyto(chosen, candidate, where=right)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return (codes, chosen) if np.array_equal(bits_of(numbers * chosen), wanted) else None
