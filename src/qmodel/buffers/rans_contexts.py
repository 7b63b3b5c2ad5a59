"""How a class is found for each element of a rANS stream (spec/buffers/rans.md, "Contexts")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.buffers.scale_bytes import scales_from_bytes
from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.rans_model import MAX_MAGNITUDE, MAX_NEIGHBOURS, Neighbours

MAX_CELLS = 256
MAX_DISTANCE = 1 << 20
MAX_WEIGHT = 15
_LARGEST_SUM = 2 * 127
_BYTES = 256


@dataclass(frozen=True, slots=True)
class SeparableContext:
    """Buckets of row_scale[i] + column_scale[j]; see the message `SeparableContext` for the fields."""

    row_scale: bytes
    column_scale: bytes
    threshold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NeighbourContext:
    """Buckets of a weighted sum of magnitudes to the left; see the message `NeighbourContext` for the fields."""

    distance: tuple[int, ...]
    weight: tuple[int, ...]
    threshold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContextModel:
    """Cells, each of which belongs to a class; see the message `ContextModel` for the fields."""

    columns: int
    separable: SeparableContext | None
    neighbours: NeighbourContext | None

    @property
    def cells(self) -> int:
        """Number of pairs of a separable and a neighbour bucket."""
        return _buckets(self.separable) * _buckets(self.neighbours)

    @property
    def parameter_bytes(self) -> int:
        """About how many bytes it takes in the manifest."""
        size = 2
        if self.separable:
            size += 8 + len(self.separable.row_scale) + len(self.separable.column_scale) + len(self.separable.threshold)
        if self.neighbours:
            size += 8 + 2 * len(self.neighbours.distance) + len(self.neighbours.threshold)
        return size

    def check(self, count: int, /) -> None:
        """Refuse what has no meaning for an array of `count` elements.

        Raises:
            CorruptError: the specification does not allow it.
        """
        if not self.separable and not self.neighbours:
            raise CorruptError("context model with neither a separable nor a neighbour context")
        if bool(self.columns) != bool(self.separable) or self.columns > count:
            raise CorruptError(f"rows of {self.columns} elements in an array of {count}")
        for part in (self.separable, self.neighbours):
            if part and list(part.threshold) != sorted(set(part.threshold)):
                raise CorruptError("thresholds do not ascend")
        if self.cells > MAX_CELLS:
            raise CorruptError(f"context model of {self.cells} cells; at most {MAX_CELLS} are allowed")
        if self.separable:
            _check_scales(self.separable.row_scale, -(-count // self.columns))
            _check_scales(self.separable.column_scale, self.columns)
        if self.neighbours:
            _check_neighbours(self.neighbours)


class SeparableClasses:
    """The class of each element of an array, from its row and its column.

    Args:
        separable: the context.
        columns: length of a row.
        class_of_bucket: class of each bucket, uint8.
    """

    def __init__(self, separable: SeparableContext, columns: int, class_of_bucket: Array) -> None:
        across: Array = np.zeros(columns, np.int16)
        if separable.column_scale:
            across = scales_from_bytes(separable.column_scale).astype(np.int16)
        scales: Array = np.zeros(1, np.int8)
        self._pattern_of_row: Array | None = None
        if separable.row_scale:
            rows = scales_from_bytes(separable.row_scale).view(np.uint8)
            scales = np.flatnonzero(np.bincount(rows, minlength=_BYTES)).astype(np.uint8)
            pattern_of_scale = np.zeros(_BYTES, np.uint8)
            pattern_of_scale[scales] = np.arange(scales.size)
            scales, self._pattern_of_row = scales.view(np.int8), pattern_of_scale[rows]
        sums = np.arange(-_LARGEST_SUM, _LARGEST_SUM + 1)
        class_of_sum = class_of_bucket[np.searchsorted(np.array(separable.threshold), sums, side="left")]
        # There are few row scales, and all rows of one look alike.
        sum_places: Array = np.add.outer(scales, across, dtype=np.int16) + _LARGEST_SUM
        self._patterns = class_of_sum.take(sum_places)

    def of(self, start: int, count: int, /) -> Array:
        """Classes of the elements from `start` on, uint8."""
        columns = self._patterns.shape[1]
        first, last = start // columns, -(-(start + count) // columns)
        if self._pattern_of_row is None:
            rows = np.broadcast_to(self._patterns, (last - first, columns))
        else:
            rows = self._patterns[self._pattern_of_row[first:last]]
        return rows.reshape(-1)[start - first * columns :][:count]


def neighbours_of(context: NeighbourContext, class_of_cell: Array, magnitudes: Array, /) -> Neighbours:
    """What the kernels need of a neighbour context.

    Args:
        context: the context.
        class_of_cell: class of each cell, uint8.
        magnitudes: uint8, of each index.
    """
    distances, weights = np.ones(MAX_NEIGHBOURS, np.int64), np.zeros(MAX_NEIGHBOURS, np.int64)
    distances[: len(context.distance)] = context.distance
    weights[: len(context.weight)] = context.weight
    sums = np.arange(MAX_MAGNITUDE * weights.sum() + 1)
    bucket = np.searchsorted(np.array(context.threshold), sums, side="left")
    classes = class_of_cell.reshape(-1, len(context.threshold) + 1)
    return Neighbours(distances, weights, np.ascontiguousarray(classes[:, bucket]), magnitudes)


def _buckets(part: SeparableContext | NeighbourContext | None) -> int:
    return len(part.threshold) + 1 if part else 1


def _check_scales(scales: bytes, count: int) -> None:
    if scales and (found := scales_from_bytes(scales).size) != count:
        raise CorruptError(f"{found} scales for {count} rows or columns")


def _check_neighbours(neighbours: NeighbourContext) -> None:
    distances, weights = neighbours.distance, neighbours.weight
    if len(distances) != len(weights) or not 1 <= len(distances) <= MAX_NEIGHBOURS:
        raise CorruptError(
            f"{len(distances)} neighbours with {len(weights)} weights; 1 to {MAX_NEIGHBOURS} are allowed"
        )
    if not all(1 <= distance <= MAX_DISTANCE for distance in distances):
        raise CorruptError(f"neighbours at the distances {distances}; 1 to {MAX_DISTANCE} are allowed")
    if not all(1 <= weight <= MAX_WEIGHT for weight in weights):
        raise CorruptError(f"neighbours of the weights {weights}; 1 to {MAX_WEIGHT} are allowed")
