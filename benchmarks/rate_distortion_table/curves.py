"""Sizes at equal error: points of a codec on one weight set, and what it would take in between."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A knob is met within 1 %: so near to its ends a curve may be prolonged.
_PROLONGED = math.log(1.02)


@dataclass(frozen=True, slots=True)
class Point:
    """A set compressed once.

    Attributes:
        error: relative mean square error of the whole set.
        size: bytes.
    """

    error: float
    size: float


def size_at(points: Iterable[Point], error: float) -> float | None:
    """Bytes at an error: linear in the logarithm of the error between the nearest points on both sides.

    Returns:
        None where the points do not reach: no curve is prolonged by more than 2 % of the error.
    """
    curve = sorted(points, key=lambda point: point.error)
    wanted = math.log(error)
    if not curve or not _reaches(curve, wanted):
        return None
    if len(curve) == 1:
        return curve[0].size
    above = next((index for index, point in enumerate(curve) if point.error >= error), len(curve) - 1)
    left, right = curve[max(above - 1, 0)], curve[max(above, 1)]
    span = math.log(right.error) - math.log(left.error)
    if span == 0:
        return min(left.size, right.size)
    return left.size + (right.size - left.size) * (wanted - math.log(left.error)) / span


def _reaches(curve: Sequence[Point], wanted: float) -> bool:
    return math.log(curve[0].error) - _PROLONGED <= wanted <= math.log(curve[-1].error) + _PROLONGED


def best_size_at(curves: Iterable[Sequence[Point]], error: float) -> float | None:
    """Bytes of the best of several settings at an error; None where none reaches."""
    sizes = [size for curve in curves if (size := size_at(curve, error)) is not None]
    return min(sizes, default=None)


def best_points(curves: Sequence[Sequence[Point]]) -> list[Point]:
    """The points that no other setting undercuts at their error, by falling error."""
    found = [
        point for curve in curves for point in curve if point.size <= (best_size_at(curves, point.error) or math.inf)
    ]
    return sorted(found, key=lambda point: -point.error)


def nearest_points(points: Sequence[Point], weights: int, wanted_bits: Iterable[float]) -> list[Point]:
    """For each wanted rate the point whose bits per weight are nearest to it, each point once."""
    nearest = (min(points, key=lambda point: abs(point.size * 8 / weights - bits)) for bits in wanted_bits)
    return list(dict.fromkeys(nearest))


def saving(ours: Iterable[Point], peer: Point) -> float | None:
    """The part of a peer's bytes that we need not have at its error; None where our points do not reach."""
    size = size_at(ours, peer.error)
    return None if size is None else 1 - size / peer.size
