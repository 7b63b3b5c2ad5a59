"""Context models that may suit an array, each with about the bits that it would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qmodel.buffers.frequency_tables import MAX_CLASSES
from qmodel.buffers.rans_neighbours import NeighbourWeights, find_neighbours
from qmodel.buffers.rans_scales import fit_scales
from qmodel.buffers.rans_statistics import Statistics
from qmodel.buffers.scale_bytes import scales_to_bytes
from qmodel.dtypes import Array
from qmodel.kernels.table_classes import best_intervals, merged_cells, table_cost

# About what the parts of a context model take in the manifest.
_SEPARABLE_BITS, _NEIGHBOURS_BITS = 8 * 10, 8 * 10
_THRESHOLD_BITS, _CELL_BITS = 8, 2
_FINE_BUCKETS, _COARSE_BUCKETS = 48, 8


@dataclass(frozen=True, slots=True)
class Scales:
    """Scales of rows and columns.

    Attributes:
        columns: length of a row.
        of_rows: int8, in quarter octaves; None: all 0.
        of_columns: as `of_rows`.
    """

    columns: int
    of_rows: Array | None
    of_columns: Array | None

    @property
    def row_bytes(self) -> bytes:
        """The scales of rows as they are stored."""
        return b"" if self.of_rows is None else scales_to_bytes(self.of_rows)

    @property
    def column_bytes(self) -> bytes:
        """The scales of columns as they are stored."""
        return b"" if self.of_columns is None else scales_to_bytes(self.of_columns)

    @property
    def bits(self) -> int:
        """The bits that they take."""
        return 8 * (len(self.row_bytes) + len(self.column_bytes))

    def sums(self, count: int) -> Array:
        """Row scale plus column scale of each element: int16."""
        rows = -(-count // self.columns)
        sums = np.zeros((rows, self.columns), np.int16)
        if self.of_rows is not None:
            sums += self.of_rows[:, None]
        if self.of_columns is not None:
            sums += self.of_columns
        return sums.reshape(-1)[:count]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A context model.

    Attributes:
        bits: about what an array takes with it, tables and scales included.
        scales: of its separable context; None: it has none.
        scale_thresholds: upper bounds of the sums of scales in each bucket but the last.
        neighbours: of its neighbour context; None: it has none.
        neighbour_thresholds: upper bounds of the weighted sums in each bucket but the last.
        class_of_cell: class of each pair of buckets.
    """

    bits: float
    scales: Scales | None = None
    scale_thresholds: tuple[int, ...] = ()
    neighbours: NeighbourWeights | None = None
    neighbour_thresholds: tuple[int, ...] = ()
    class_of_cell: tuple[int, ...] = (0,)


class Candidates:
    """The context models of an array.

    Args:
        statistics: of its symbols.
        magnitudes: of its elements, uint8.
        run_length: elements of a run.
        correlated: how many elements are looked at to find neighbours.
    """

    def __init__(self, statistics: Statistics, magnitudes: Array, run_length: int, correlated: int) -> None:
        self._statistics, self._magnitudes, self._run_length = statistics, magnitudes, run_length
        self._correlated = correlated

    def without_context(self) -> Candidate:
        """One class for all elements."""
        return Candidate(float(table_cost(self._statistics.counts(), self._statistics.weight)[0]))

    def separable(self, sizes: Array, columns: int, /) -> Iterator[Candidate]:
        """Scales of rows and columns, of rows, of columns.

        Args:
            sizes: how large each element is, float32, 1-D.
            columns: length of a row.
        """
        rows = sizes.size // columns
        whole = sizes[: rows * columns].reshape(rows, columns)
        for of_rows, of_columns in ((True, True), (True, False), (False, True)):
            row_scales, column_scales = fit_scales(whole, rows=of_rows, columns=of_columns)
            if row_scales is not None and rows * columns < sizes.size:
                row_scales = np.append(row_scales, row_scales[-1])
            scales = Scales(columns, row_scales, column_scales)
            sums = self._statistics.counted(scales.sums(sizes.size))
            bits, thresholds = self._intervals(sums)
            if thresholds:
                bits += scales.bits + _SEPARABLE_BITS
                yield Candidate(bits, scales, thresholds, class_of_cell=tuple(range(len(thresholds) + 1)))

    def neighbours(self) -> Iterator[Candidate]:
        """Sums of the magnitudes of neighbours."""
        if neighbours := self._neighbours_alone:
            sums = self._neighbour_sums(neighbours)
            bits, thresholds = self._intervals(sums)
            if thresholds:
                classes = tuple(range(len(thresholds) + 1))
                yield Candidate(bits + _NEIGHBOURS_BITS, None, (), neighbours, thresholds, classes)

    def both(self, scales: Scales, /) -> Iterator[Candidate]:
        """Scales together with the neighbours that tell most of all, and with those that tell most beside scales."""
        sums = scales.sums(self._magnitudes.size)
        part = slice(self._correlated)
        beside = np.log2(self._magnitudes[part] + np.float32(1)) - sums[part] / np.float32(4)
        scale_buckets, scale_thresholds = coarse_buckets(self._statistics.counted(sums), _COARSE_BUCKETS)
        found = (self._neighbours_alone, find_neighbours(beside, self._correlated))
        for neighbours in dict.fromkeys(each for each in found if each):
            buckets, thresholds = coarse_buckets(self._neighbour_sums(neighbours), _COARSE_BUCKETS)
            cells = (len(scale_thresholds) + 1) * (len(thresholds) + 1)
            counts = self._statistics.counts(scale_buckets * np.uint8(len(thresholds) + 1) + buckets, cells)
            bits, class_of_cell = merged_cells(counts, self._statistics.weight, MAX_CLASSES)
            bits += scales.bits + _SEPARABLE_BITS + _NEIGHBOURS_BITS + cells * _CELL_BITS
            bits += _THRESHOLD_BITS * (len(scale_thresholds) + len(thresholds))
            yield Candidate(
                bits, scales, scale_thresholds, neighbours, thresholds, tuple(int(found) for found in class_of_cell)
            )

    @cached_property
    def _neighbours_alone(self) -> NeighbourWeights | None:
        """Those that tell most of all."""
        return find_neighbours(self._magnitudes, self._correlated)

    def _neighbour_sums(self, neighbours: NeighbourWeights) -> Array:
        """The weighted sum of each element that is counted; where those are segments, each is a run."""
        magnitudes = self._statistics.counted(self._magnitudes)
        return neighbours.sums(magnitudes, min(self._run_length, self._statistics.segment))

    def _intervals(self, sums: Array) -> tuple[float, tuple[int, ...]]:
        """Bits and thresholds of the best classes of consecutive sums."""
        buckets, fine = coarse_buckets(sums, _FINE_BUCKETS)
        counts = self._statistics.counts(buckets, len(fine) + 1)
        bits, starts = best_intervals(counts, self._statistics.weight, MAX_CLASSES)
        return bits + _THRESHOLD_BITS * (len(starts) - 1), tuple(fine[start - 1] for start in starts[1:])


def coarse_buckets(sums: Array, most: int, /) -> tuple[Array, tuple[int, ...]]:
    """At most so many buckets of about equally many elements.

    Returns:
        The bucket of each element, and the upper bound of the sums in each bucket but the last.
    """
    lowest = int(sums.min())
    cumulated = np.cumsum(np.bincount(sums.astype(np.int64) - lowest))
    wanted = cumulated[-1] * np.arange(1, most) / most
    places = np.unique(np.searchsorted(cumulated, wanted))
    thresholds = tuple(int(place) + lowest for place in places if place < cumulated.size - 1)
    return buckets_of(sums, thresholds), thresholds


def buckets_of(sums: Array, thresholds: tuple[int, ...], /) -> Array:
    """The bucket of each sum, uint8: how many thresholds are below it."""
    lowest = int(sums.min())
    bucket_of_sum = np.searchsorted(np.array(thresholds), np.arange(lowest, int(sums.max()) + 1), side="left")
    return np.take(bucket_of_sum.astype(np.uint8), sums - lowest)
