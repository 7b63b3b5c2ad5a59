"""Which elements of an array are the largest: the exact number asked for, the earlier one of equals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError

_DIGIT_BITS = 16
# A tile's scores and the indices made of them stay in a core's cache.
_TILE_ELEMENTS = 1 << 16
# Up to here comparing each pair of a group is quicker than sorting.
_PAIRWISE_GROUP = 16


def magnitudes(values: Array, importance: Array | None = None, /) -> Array:
    """What leaving out a value costs: its magnitude times the square root of its importance.

    The square of it is the weighted squared error that a zero in its place makes (Han et al. 2015 without importance;
    diagonal second-order pruning, LeCun et al. 1990, with it).

    Args:
        values: bool, integers or floats, any shape.
        importance: at least 0, broadcasting to the shape of values; None: all alike.

    Returns:
        Of the shape of values, at least 0, never NaN: float64 for float64 and for integers of 32 bits or more, else
        float32.

    Raises:
        InvalidInputError: a value is NaN or infinite.
    """
    wide = values.dtype == np.float64 or (values.dtype.kind in "iu" and values.dtype.itemsize >= 4)
    float_type = np.float64 if wide else np.float32
    scores = values.astype(float_type)
    np.abs(scores, out=scores)
    if not np.isfinite(scores).all():
        raise InvalidInputError("NaN or infinity cannot be pruned by magnitude; add a rule that keeps this tensor")
    if importance is not None:
        # No factor is infinite, so that no score is NaN.
        factor = np.minimum(np.sqrt(importance, dtype=np.float64), np.finfo(float_type).max)
        with np.errstate(over="ignore", under="ignore"):
            np.multiply(scores, factor, out=scores, casting="same_kind")
    return scores


def nth_largest(pieces: Callable[[], Iterable[Array]], dtype: np.dtype[np.floating], rank: int, /) -> tuple[float, int]:
    """The element of a rank among many arrays, found exactly and in little memory.

    The bits of floats of at least 0 are ordered as the floats are, so the element is found digit by digit, most
    significant first: each pass counts the digits of those that agree with all digits found before.

    Args:
        pieces: gives the same arrays each time it is called, at most four times: floats of at least 0, never NaN.
        dtype: float32 or float64, that of every piece.
        rank: 1 for the largest, at most the number of elements.

    Returns:
        The element, and how many of those equal to it are among the `rank` largest, at least 1.
    """
    width = dtype.itemsize * 8
    known = 0
    for shift in range(width - _DIGIT_BITS, -1, -_DIGIT_BITS):
        counts = np.zeros(1 << _DIGIT_BITS, np.int64)
        for piece in pieces():
            _count_digits(piece.reshape(-1).view(f"u{dtype.itemsize}"), shift, known, counts)
        reached = np.cumsum(counts[::-1])
        greater_digits = int(np.searchsorted(reached, rank))
        rank -= int(reached[greater_digits - 1]) if greater_digits else 0
        known = (known << _DIGIT_BITS) | (counts.size - 1 - greater_digits)
    return float(np.array(known, f"u{dtype.itemsize}").view(dtype)), rank


def at_least(scores: Array, threshold: float, equals: int, /) -> Array:
    """Where scores exceed a threshold, and the first `equals` places where they equal it; bool, of their shape."""
    kept = np.asarray(scores > threshold)
    places = np.flatnonzero(scores == threshold)[:equals]
    kept.reshape(-1)[places] = True
    return kept


def largest(scores: Array, count: int, /) -> Array:
    """Where the `count` largest of all scores are; bool, of the shape of scores, which is as `magnitudes` gives."""
    if count <= 0:
        return np.zeros(scores.shape, np.bool_)
    if count >= scores.size:
        return np.ones(scores.shape, np.bool_)
    return at_least(scores, *nth_largest(lambda: (scores,), scores.dtype, count))


def largest_in_rows(scores: Array, count: int, /) -> Array:
    """Where the `count` largest of each index of the first axis are; of all where there are fewer than two axes."""
    if scores.ndim < 2:
        return largest(scores, count)
    kept = np.empty(scores.shape, np.bool_)
    for row, row_scores in enumerate(scores):
        kept[row] = largest_in_row(row_scores, count)
    return kept


def largest_in_row(scores: Array, count: int, /) -> Array:
    """As `largest`, for arrays too short for counting digits."""
    if not 0 < count < scores.size:
        return largest(scores, count)
    threshold = np.partition(scores.reshape(-1), scores.size - count)[scores.size - count]
    return at_least(scores, float(threshold), count - int(np.count_nonzero(scores > threshold)))


def largest_in_groups(scores: Array, n: int, m: int, /) -> Array:
    """Where the n largest of every m consecutive scores of a row are; bool, of the shape of scores.

    Args:
        scores: as `magnitudes` gives, at least one axis. A row is an index of the first axis; one axis is one row.
        n: how many, 1 to m.
        m: length of a group. A shorter one of r scores at the end of a row has min(n, r) largest.
    """
    length = prod(scores.shape[1:]) if scores.ndim > 1 else scores.size
    rest = length % m
    if not rest:
        return _largest_in_whole_groups(scores, n, m)
    rows = scores.reshape(-1, length)
    kept = np.empty(rows.shape, np.bool_)
    kept[:, : length - rest] = _largest_in_whole_groups(rows[:, : length - rest], n, m)
    kept[:, length - rest :] = _largest_in_whole_groups(rows[:, length - rest :], min(n, rest), rest)
    return kept.reshape(scores.shape)


def _largest_in_whole_groups(scores: Array, n: int, m: int) -> Array:
    """As `largest_in_groups`, of scores of which every row is a multiple of m long."""
    groups = scores.reshape(-1, m)
    kept = np.empty(groups.shape, np.bool_)
    tile = max(_TILE_ELEMENTS // m, 1)
    for first in range(0, len(groups), tile):
        inside = slice(first, first + tile)
        rank = _ranks_by_pairs if m <= _PAIRWISE_GROUP else _ranks_by_sorting
        kept[inside] = rank(groups[inside]) < n
    return kept.reshape(scores.shape)


def _ranks_by_pairs(groups: Array) -> Array:
    """How many of its group precede each element."""
    columns = np.ascontiguousarray(groups.T)
    ranks = np.zeros(columns.shape, np.uint8)
    for later in range(1, len(columns)):
        for earlier in range(later):
            exceeds = columns[later] > columns[earlier]
            ranks[earlier] += exceeds
            ranks[later] += ~exceeds
    return ranks.T


def _ranks_by_sorting(groups: Array) -> Array:
    order = np.argsort(-groups, axis=1, kind="stable")
    ranks = np.empty(groups.shape, np.uint8)
    np.put_along_axis(ranks, order, np.arange(groups.shape[1], dtype=np.uint8)[np.newaxis], axis=1)
    return ranks


def _count_digits(bits: Array, shift: int, known: int, counts: Array) -> None:
    above = shift + _DIGIT_BITS
    for start in range(0, bits.size, _TILE_ELEMENTS):
        tile = bits[start : start + _TILE_ELEMENTS]
        if above < bits.itemsize * 8:
            tile = tile[tile >> bits.dtype.type(above) == known]
        digits = (tile >> bits.dtype.type(shift)) & bits.dtype.type(counts.size - 1)
        counts += np.bincount(digits.astype(np.intp), minlength=counts.size)
