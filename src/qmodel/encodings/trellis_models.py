"""How each coding will code the codes of a trellis: what the search for them must know, and the coding at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Protocol

from qmodel import dtypes
from qmodel.buffers import Coding, CodingChoice
from qmodel.buffers.rans import MIN_RUN_LENGTH
from qmodel.buffers.rans_candidates import Candidate
from qmodel.buffers.rans_fit import Rans, RansFit, default_run_length, fit_rans
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.node import Shape
from qmodel.encodings.trellis_rates import CodeRates, CountedRates, RateModel, counted_rates
from qmodel.errors import InvalidInputError

# The type of codes while they are searched for.
_SEARCHED_TYPE = dtypes.signed(24)
_USUAL_RUN_LENGTH = 4096


class CodingModel(RateModel, Protocol):
    """What a coding is going to do with the codes of one array."""

    @property
    def run_length(self) -> int:
        """Elements of each run of the trellis."""

    def coding(self, codes: Array, code_type: ElementType, /) -> Coding:
        """The coding of the codes that were found, storage of a type."""


@dataclass(frozen=True, slots=True)
class CountedModel(CountedRates):
    """Of any coding that knows nothing of trellises: codes cost what they would cost by their counts.

    Attributes:
        choice: finds the coding.
        columns: length of a row; 0: there are no rows.
        run_length: see `CodingModel`.
    """

    choice: CodingChoice
    columns: int
    run_length: int

    def coding(self, codes: Array, code_type: ElementType, /) -> Coding:
        """See `CodingModel.coding`."""
        return self.choice.fit(codes, code_type, columns=self.columns)


@dataclass(slots=True)
class RansModel:
    """Of `rans` with the contexts that it will have.

    Attributes:
        effort: how much is tried, see `Rans`.
        columns: length of a row; 0: there are no rows.
        run_length: see `CodingModel`.
        states: number of states of the trellis.
    """

    effort: str
    columns: int
    run_length: int
    states: int
    _known: Candidate | None = field(default=None, init=False)

    def rates(self, codes: Array, quantizers: Array, /, *, rough: bool) -> CodeRates:
        """See `CodingModel.rates`."""
        if rough:
            return counted_rates(codes, quantizers)
        fit = RansFit(codes, _SEARCHED_TYPE, self.run_length, self.states, self.effort)
        if self._known is None or self.effort == "smallest":
            self._known = fit.best_candidate((self.columns,) if self.columns else (), 0)
        return counted_rates(codes, quantizers, fit.classes(self._known))

    def coding(self, codes: Array, code_type: ElementType, /) -> Coding:
        """See `CodingModel.coding`."""
        return fit_rans(
            codes,
            code_type,
            row_lengths=(self.columns,),
            run_length=self.run_length,
            trellis_states=self.states,
            effort=self.effort,
        )


def coding_model(choice: CodingChoice, shape: Shape, states: int, run_length: int, /) -> CodingModel:
    """The model of a choice for an array.

    Args:
        choice: of the coding.
        shape: of the array.
        states: number of states of the trellis.
        run_length: elements of each run; 0: what suits the size.

    Raises:
        InvalidInputError: runs are too short for the coding.
    """
    columns = row_length(shape)
    if isinstance(choice, Rans):
        run_length = run_length or choice.run_length or default_run_length(prod(shape), choice.effort)
        if run_length < MIN_RUN_LENGTH:
            raise InvalidInputError(f"runs of rans have {MIN_RUN_LENGTH} elements at least, not {run_length}")
        return RansModel(choice.effort, columns, run_length, states)
    return CountedModel(choice, columns, run_length or _USUAL_RUN_LENGTH)


def row_length(shape: Shape, /) -> int:
    """Elements of a row: of one index of the first axis that has several; 0: there are no rows."""
    for axis, length in enumerate(shape):
        if length > 1:
            columns = prod(shape[axis + 1 :])
            return columns if columns > 1 else 0
    return 0
