"""Chooses what a sparse array keeps, and stores where that is (spec/encodings/sparse.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, store
from qmodel.buffers.storage import stored_bytes
from qmodel.dtypes import Array, bits_of
from qmodel.encodings.convert import widen
from qmodel.errors import InvalidInputError
from qmodel.kernels.selection import largest, largest_in_groups, largest_in_rows, magnitudes
from qmodel.kernels.sparse import gaps_of, places_of
from qmodel.typed_array import TypedArray

Scope: TypeAlias = Literal["tensor", "row"]

LONGEST_GROUP = 64
_PATTERNS = ("auto", "bitmap", "gaps")
_GROUP = re.compile(r"([1-9]\d?):([1-9]\d?)")


@dataclass(frozen=True, slots=True)
class Group:
    """N:M sparsity: n of each m consecutive elements are kept.

    Groups run along the last axis where m divides it, else along rows: all axes after the first, in row-major order
    (one axis is one row), with a shorter group of r elements at the end of a row, of which min(n, r) are kept, as if
    zeros made it whole.
    """

    n: int
    m: int

    def divides(self, shape: tuple[int, ...]) -> bool:
        """Whether the last axis is made of whole groups, so that places in groups can tell what is kept."""
        return bool(shape) and shape[-1] % self.m == 0

    def check_axes(self, shape: tuple[int, ...]) -> None:
        """Refuse arrays without axes.

        Raises:
            InvalidInputError: the array has none.
        """
        if not shape:
            raise InvalidInputError(
                f"{self.n}:{self.m} needs an axis; add a rule with another pattern for this single number"
            )


def group_of(pattern: str, /) -> Group | None:
    """The groups of a pattern such as `2:4`; None for the names of patterns without any.

    Raises:
        InvalidInputError: it is no pattern.
    """
    if pattern in _PATTERNS:
        return None
    match = _GROUP.fullmatch(pattern) if isinstance(pattern, str) else None
    group = Group(int(match[1]), int(match[2])) if match else None
    if group is None or not (2 <= group.m <= LONGEST_GROUP and group.n <= group.m):
        raise InvalidInputError(
            f"unknown pattern {pattern!r}; give {', '.join(_PATTERNS)}, or n:m with m from 2 to {LONGEST_GROUP}, n to m"
        )
    return group


def checked_scope(scope: str, /) -> None:
    """Refuse what is no scope.

    Raises:
        InvalidInputError: it is none.
    """
    if scope not in get_args(Scope):
        raise InvalidInputError(f"unknown scope {scope!r}; known: {', '.join(get_args(Scope))}")


def kept_elements(
    array: TypedArray, sparsity: float | None, scope: Scope, group: Group | None, importance: Array | None, /
) -> Array:
    """Where an array is kept; bool, of its shape.

    Args:
        array: the values.
        sparsity: fraction that becomes 0; None: keep what is not 0, by its bits.
        scope: whether the fraction is one of the whole or of each index of the first axis.
        group: keep n of each m instead.
        importance: as in `Encoder.encode`.

    Raises:
        InvalidInputError: groups of an array without axes; NaN or infinity where magnitudes decide.
    """
    if group is None and sparsity is None:
        return np.asarray(bits_of(array.storage) != 0)
    if group is not None:
        group.check_axes(array.shape)
    values = widen(array) if array.element_type.is_float else array.storage
    scores = magnitudes(values, importance)
    if group is not None:
        return largest_in_groups(scores, group.n, group.m)
    assert sparsity is not None
    if scope == "row" and scores.ndim > 1:
        row_size = scores[0].size if len(scores) else 0
        kept = largest_in_rows(scores, row_size - round(sparsity * row_size))
    else:
        kept = largest(scores, scores.size - round(sparsity * scores.size))
    # What is 0 already costs nothing to leave out, also beyond the fraction asked for.
    kept &= values != 0
    return kept


def stored_bitmap(bitmap: Array, threads: int, /) -> Buffer:
    """A bitmap of one axis as a buffer."""
    return store(bitmap, dtypes.BOOL, threads=threads)


def stored_gaps(bitmap: Array, threads: int, /) -> Buffer:
    """The gaps of a bitmap, of the fewest bits that hold them all, or of whole bytes where that compresses better."""
    gaps = gaps_of(bitmap)
    narrowest = max(int(gaps.max(initial=0)).bit_length(), 1)
    widths = {narrowest if narrowest <= 32 else 64, gaps.itemsize * 8}
    buffers = [store(gaps, dtypes.unsigned(width), threads=threads) for width in sorted(widths)]
    return min(buffers, key=stored_bytes)


def stored_smallest(bitmap: Array, threads: int, /) -> tuple[Buffer | None, Buffer | None]:
    """Bitmap or gaps, whichever takes fewer bytes, and None for the other; the bitmap when they are equal."""
    as_bitmap, as_gaps = stored_bitmap(bitmap, threads), stored_gaps(bitmap, threads)
    if stored_bytes(as_bitmap) <= stored_bytes(as_gaps):
        return as_bitmap, None
    return None, as_gaps


def stored_places(bitmap: Array, group: Group, threads: int, /) -> Buffer:
    """The places of what is kept in its groups, as the narrowest integers that hold them."""
    places = places_of(bitmap, group.m)
    return store(places, dtypes.unsigned((group.m - 1).bit_length()), threads=threads)
