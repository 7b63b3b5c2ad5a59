"""The best rANS coding of given values, by counted bits (spec/buffers/rans.md, "What a writer should do")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import CodingChoice
from qmodel.buffers.frequency_fit import QUICK, THOROUGH, fit_rows
from qmodel.buffers.frequency_levels import MAX_LEVEL, Prediction, Row
from qmodel.buffers.frequency_tables import FrequencyTables
from qmodel.buffers.rans import MIN_TOTAL_BITS, RansCoding
from qmodel.buffers.rans_alphabet import MAX_SLOT_BITS, codable, magnitudes_of
from qmodel.buffers.rans_candidates import Candidate, Candidates, buckets_of
from qmodel.buffers.rans_contexts import ContextModel, NeighbourContext, SeparableContext
from qmodel.buffers.rans_statistics import Statistics
from qmodel.buffers.rans_symbols import SymbolRange, choose_range
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError
from qmodel.kernels.rans_model import MAX_MAGNITUDE
from qmodel.kernels.trellis import quantizers

EFFORTS = ("fast", "small", "smallest")
_SAMPLE_ELEMENTS = {"fast": 1 << 17, "small": 1 << 18, "smallest": 1 << 21}
_CORRELATED_ELEMENTS = {"fast": 0, "small": 1 << 16, "smallest": 1 << 18}
# With neighbours decoding takes twice as long: elsewhere than in the smallest files they must save this part.
_NEIGHBOURS_WORTH = {"fast": 1.0, "small": 1.02, "smallest": 1.0}
_MOST_TOTAL_BITS = {"fast": 12, "small": 12, "smallest": 14}
# Below so many elements contexts cannot save what they cost.
_FEWEST_WITH_CONTEXTS = 512
_FEW_ELEMENTS, _MANY_ELEMENTS = 1 << 14, 100_000
# A larger total of frequencies must save this part.
_NEGLIGIBLE = 2e-4


@dataclass(frozen=True, slots=True)
class Rans(CodingChoice):
    """Range asymmetric numeral systems with contexts, tables and runs chosen by the bytes they take.

    Attributes:
        effort: how much is tried: `fast`, `small` or `smallest`.
        run_length: elements of a run, which is one lane of the decoder; 0: by the effort and the number of elements.

    Raises:
        InvalidInputError: an unknown effort.
    """

    effort: str = "small"
    run_length: int = 0
    kind: ClassVar[str] = "rans"

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise InvalidInputError(f"unknown effort {self.effort!r}; known: {', '.join(EFFORTS)}")

    def fit(self, values: Array, element_type: ElementType, /, *, columns: int = 0) -> RansCoding:
        """See `CodingChoice.fit`."""
        return fit_rans(values, element_type, row_lengths=(columns,), run_length=self.run_length, effort=self.effort)


def default_run_length(count: int, effort: str, /) -> int:
    """Elements of a run that suit an array: long ones are smaller, short ones are decoded faster by NumPy alone."""
    if effort == "smallest":
        return 1 << 14 if count >= 1 << 18 else 1 << 12
    if count < _MANY_ELEMENTS:
        return 1 << 12 if count < _FEW_ELEMENTS else 1 << 10
    return 1 << 9 if count < 1 << 19 else 1 << 11


def fit_rans(
    values: Array,
    element_type: ElementType,
    /,
    *,
    row_lengths: tuple[int, ...] = (),
    run_length: int = 0,
    trellis_states: int = 0,
    effort: str = "small",
    contexts: bool = True,
) -> RansCoding:
    """The coding for a 1-D storage array.

    Args:
        values: storage of `element_type`.
        element_type: integers, or floats held as bits, of up to 32 bits.
        row_lengths: lengths of rows for which scales of rows and columns are tried; 0 is none.
        run_length: elements of a run; 0: as `default_run_length` says.
        trellis_states: states of the trellis whose codes the values are; 0: none.
        effort: how much is tried, see `Rans`.
        contexts: whether context models are tried at all.

    Raises:
        InvalidInputError: values of this type cannot be coded so.
    """
    if not codable(element_type):
        raise InvalidInputError(f"rans codes integers and bits of up to 32, not {element_type}")
    run_length = run_length or default_run_length(values.size, effort)
    if not values.size:
        count = 2 if trellis_states else 1
        nothing = FrequencyTables(0, 0, (0,), (Row((1,), Prediction.LINE, 0),) * count)
        return RansCoding(run_length, MIN_TOTAL_BITS, nothing.to_bytes(count), None, trellis_states)
    fit = RansFit(values, element_type, run_length, trellis_states, effort)
    tried = tuple(length for length in row_lengths if 0 < length <= values.size)
    return fit.coding(fit.best_candidate(tried) if contexts else None)


class RansFit:
    """Values to be coded, and how well context models suit them.

    Args:
        values: 1-D storage array, not empty.
        element_type: of the values; one that `codable` accepts.
        run_length: elements of a run.
        trellis_states: states of the trellis whose codes the values are; 0: none.
        effort: how much is tried, see `Rans`.
    """

    def __init__(
        self, values: Array, element_type: ElementType, run_length: int, trellis_states: int, effort: str
    ) -> None:
        self._run_length, self._trellis_states, self._effort = run_length, trellis_states, effort
        self._quantizers = 2 if trellis_states else 1
        self._values, self._type = values, element_type
        self._signed = element_type.kind == "signed"
        self._exception_bits = 8 * ((element_type.bits + 7) // 8)

    @cached_property
    def _quantizer(self) -> Array | None:
        if not self._trellis_states:
            return None
        return quantizers(self._values, self._trellis_states, self._run_length)

    @cached_property
    def _codes(self) -> Array:
        return self._values.astype(np.int32 if self._type.bits <= 24 else np.int64, copy=False)

    @cached_property
    def _range(self) -> SymbolRange:
        return choose_range(self._values, self._type, self._quantizers)

    @cached_property
    def _symbols(self) -> Array:
        return self._range.of(self._values)

    @property
    def plain_bits(self) -> int:
        """Bits of what is coded as it is with every context model: low bits, and values without a symbol."""
        exceptions = int(np.count_nonzero(self._symbols == self._range.symbols)) if self._range.escapes else 0
        return self._range.low_bits * (self._symbols.size - exceptions) + self._exception_bits * exceptions

    def best_candidate(self, row_lengths: tuple[int, ...]) -> Candidate:
        """The context model that takes the fewest bits, about."""
        statistics = self._statistics(_SAMPLE_ELEMENTS[self._effort])
        candidates = Candidates(statistics, self._magnitudes(), self._run_length, _CORRELATED_ELEMENTS[self._effort])
        found = [candidates.without_context()]
        if self._symbols.size >= _FEWEST_WITH_CONTEXTS:
            found += self._with_contexts(candidates, row_lengths)
        worth = _NEIGHBOURS_WORTH[self._effort]
        return min(found, key=lambda candidate: candidate.bits * (worth if candidate.neighbours else 1))

    def _with_contexts(self, candidates: Candidates, row_lengths: tuple[int, ...]) -> Iterator[Candidate]:
        sizes = self._sizes()
        best: Candidate | None = None
        for length in row_lengths:
            for candidate in candidates.separable(sizes, length):
                best = candidate if best is None or candidate.bits < best.bits else best
                yield candidate
        if self._effort == "fast":
            return
        alone = list(candidates.neighbours())
        yield from alone
        # Neighbours that tell nothing alone hardly tell more beside scales.
        worth, plain = _NEIGHBOURS_WORTH[self._effort], candidates.without_context()
        if best and best.scales and (worth == 1.0 or any(each.bits * worth < plain.bits for each in alone)):
            yield from candidates.both(best.scales)

    def coding(self, candidate: Candidate | None) -> RansCoding:
        """The coding with a context model, its tables fitted to all values."""
        class_of_cell = candidate.class_of_cell if candidate else (0,)
        classes = self.classes(candidate) if candidate else None
        counts = self._statistics(None).counts(classes, max(class_of_cell) + 1)
        counts = counts.reshape(-1, counts.shape[-1])
        tables = self._tables(counts, class_of_cell)
        return RansCoding(
            self._run_length,
            self._total_bits(tables, counts),
            tables.to_bytes(self._quantizers),
            _context(candidate) if candidate else None,
            self._trellis_states,
        )

    def classes(self, candidate: Candidate) -> Array:
        """The class of each element."""
        cells: Array = np.zeros(self._values.size, np.uint8)
        if candidate.scales:
            cells += buckets_of(candidate.scales.sums(cells.size), candidate.scale_thresholds)
        if candidate.neighbours:
            cells *= np.uint8(len(candidate.neighbour_thresholds) + 1)
            sums = candidate.neighbours.sums(self._magnitudes(), self._run_length)
            cells += buckets_of(sums, candidate.neighbour_thresholds)
        return np.array(candidate.class_of_cell, np.uint8)[cells]

    def _tables(self, counts: Array, class_of_cell: tuple[int, ...]) -> FrequencyTables:
        chosen, escapes = self._range, []
        rows = fit_rows(
            counts[:, : chosen.symbols],
            chosen.lowest,
            chosen.low_bits,
            self._quantizers,
            effort=THOROUGH if self._effort == "smallest" else QUICK,
        )
        if chosen.escapes:
            for row, of_row in zip(rows, counts, strict=True):
                escapes.append(_escape_level(row.levels, int(of_row[:-1].sum()), int(of_row[-1])))
        return FrequencyTables(chosen.lowest, chosen.low_bits, class_of_cell, rows, tuple(escapes))

    def _total_bits(self, tables: FrequencyTables, counts: Array) -> int:
        """The smallest total of frequencies that costs next to nothing: small tables are looked up faster."""
        used, costs, levels = counts > 0, {}, tables.table_levels
        most = min(_MOST_TOTAL_BITS[self._effort], MAX_SLOT_BITS - tables.low_bits)
        for total_bits in range(MIN_TOTAL_BITS, most + 1):
            if counts.shape[1] < 1 << total_bits:
                frequencies = levels.kernel_tables(total_bits, self._quantizers).frequencies[:, : counts.shape[1]]
                costs[total_bits] = float((counts[used] * (total_bits - np.log2(frequencies[used]))).sum())
        least = min(costs.values())
        return min(bits for bits, cost in costs.items() if cost <= least * (1 + _NEGLIGIBLE) + 16)

    def _statistics(self, most: int | None) -> Statistics:
        return Statistics(self._symbols, self._range.symbols + self._range.escapes, self._quantizer, most)

    def _magnitudes(self) -> Array:
        """The magnitude of each element for neighbour contexts, uint8."""
        if self._signed:
            levels = magnitudes_of(self._codes, 0 if self._quantizer is None else self._quantizer, self._quantizers)
            sizes = levels >> self._range.low_bits
        else:
            sizes = self._symbols
        magnitudes: Array = np.minimum(sizes, MAX_MAGNITUDE).astype(np.uint8)
        if self._range.escapes:
            magnitudes[self._symbols == self._range.symbols] = MAX_MAGNITUDE
        return magnitudes

    def _sizes(self) -> Array:
        """How large each element is, as float32: unsigned ones are large far from their median."""
        if self._signed:
            levels = magnitudes_of(self._codes, 0 if self._quantizer is None else self._quantizer, self._quantizers)
            return levels.astype(np.float32)
        away: Array = self._codes.astype(np.float32)
        away -= np.partition(away, away.size // 2)[away.size // 2]
        return np.abs(away)


def _escape_level(levels: tuple[int, ...], inside: int, outside: int) -> int:
    """The level of an escape that occurs so often beside symbols with these levels."""
    if not outside:
        return 0
    squares = sum(level * level for level in levels)
    return min(MAX_LEVEL, max(1, round(sqrt(outside * squares / max(inside, 1)))))


def _context(candidate: Candidate) -> ContextModel | None:
    scales, neighbours = candidate.scales, candidate.neighbours
    if not scales and not neighbours:
        return None
    return ContextModel(
        scales.columns if scales else 0,
        SeparableContext(scales.row_bytes, scales.column_bytes, candidate.scale_thresholds) if scales else None,
        NeighbourContext(neighbours.distance, neighbours.weight, candidate.neighbour_thresholds)
        if neighbours
        else None,
    )
