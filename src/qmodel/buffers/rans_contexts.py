"""How a class is found for each element of a rANS stream (spec/buffers/rans.md, "Contexts")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from qmodel.buffers.buffer import Buffer, BufferSurroundings, ChunkSource
from qmodel.buffers.storage import check_buffer, load
from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.rans_model import MAX_MAGNITUDE, MAX_NEIGHBOURS, Neighbours

MAX_CELLS = 256
MAX_DISTANCE = 1 << 20
MAX_WEIGHT = 15
MAX_SCALE_BITS = 8


@dataclass(frozen=True, slots=True)
class SeparableContext:
    """Buckets of row_scale[i] + column_scale[j]; see the message `SeparableContext` for the fields."""

    row_scale: Buffer | None
    column_scale: Buffer | None
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
        """About how many bytes it takes in the manifest, without the buffers it holds."""
        parts = [part for part in (self.separable, self.neighbours) if part]
        numbers = sum(len(part.threshold) for part in parts)
        numbers += 2 * len(self.neighbours.distance) if self.neighbours else 0
        return 5 + 6 * len(parts) + numbers

    def check(self, count: int, around: BufferSurroundings, /) -> None:
        """Refuse what has no meaning for an array of `count` elements.

        Raises:
            CorruptError: the specification does not allow it.
            LimitError: a scale would need too much memory.
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
            _check_scale(self.separable.row_scale, -(-count // self.columns), around)
            _check_scale(self.separable.column_scale, self.columns, around)
        if self.neighbours:
            _check_neighbours(self.neighbours)

    def buffers(self) -> Iterator[Buffer]:
        """The buffers of scales."""
        for scale in (self.separable.row_scale, self.separable.column_scale) if self.separable else ():
            if scale:
                yield from scale.buffers()

    def with_buffers(self, change: Callable[[Buffer], Buffer], /) -> ContextModel:
        """The same with each buffer replaced by what the change makes of it."""
        if not self.separable:
            return self
        rows, columns = self.separable.row_scale, self.separable.column_scale
        changed = replace(
            self.separable,
            row_scale=rows and rows.with_buffers(change),
            column_scale=columns and columns.with_buffers(change),
        )
        return replace(self, separable=changed)


class SeparableBuckets:
    """The bucket of each element of an array, from its row and its column."""

    def __init__(self, separable: SeparableContext, columns: int, source: ChunkSource) -> None:
        rows = load(separable.row_scale, source) if separable.row_scale else None
        self._pattern_of_row: Array | None
        scales, self._pattern_of_row = (
            (np.zeros(1, np.int8), None) if rows is None else np.unique(rows, return_inverse=True)
        )
        across = load(separable.column_scale, source) if separable.column_scale else np.zeros(columns, np.int8)
        thresholds = np.array(separable.threshold)
        # There are few row scales, and all rows of one look alike.
        self._patterns = np.empty((scales.size, columns), np.uint8)
        for pattern, scale in zip(self._patterns, scales, strict=True):
            pattern[:] = np.searchsorted(thresholds, across.astype(np.int16) + np.int16(scale), side="left")

    def of(self, start: int, count: int, /) -> Array:
        """Buckets of the elements from `start` on, uint8."""
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


def _check_scale(scale: Buffer | None, count: int, around: BufferSurroundings) -> None:
    if scale is None:
        return
    if not scale.element_type.is_integer or scale.element_type.bits > MAX_SCALE_BITS:
        raise CorruptError(f"scales of type {scale.element_type}; integers of up to {MAX_SCALE_BITS} bits are allowed")
    check_buffer(scale, count, around.chunk_sizes, limits=around.limits)


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
