"""How each coding will code the codes of a trellis: what the search for them must know, and the coding at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Protocol

from qmodel import dtypes
from qmodel.buffers import Coding, CodingChoice
from qmodel.buffers.arithmetic import ELEMENTS_PER_CHUNK, ArithmeticCoding
from qmodel.buffers.arithmetic_fit import MOST_ELEMENTS_OF_CHOICE, Arithmetic, fit_arithmetic
from qmodel.buffers.arithmetic_rates import element_rates
from qmodel.buffers.rans import MIN_RUN_LENGTH
from qmodel.buffers.rans_candidates import Candidate
from qmodel.buffers.rans_fit import Rans, RansFit, default_run_length, fit_rans
from qmodel.buffers.sizes import BUFFER_BYTES
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.node import Shape
from qmodel.encodings.trellis_rates import BITS_BEYOND, CodeRates, RateModel, code_range, counted_rates
from qmodel.errors import InvalidInputError

# The type of codes while they are searched for.
_SEARCHED_TYPE = dtypes.signed(24)
_USUAL_RUN_LENGTH = 4096
_ELEMENTS_OF_A_PROMISE = 1 << 17


class CodingModel(RateModel, Protocol):
    """What a coding is going to do with the codes of one array."""

    def coding(self, codes: Array, code_type: ElementType, /) -> Coding:
        """The coding of codes that were found, storage of a type."""

    def promised_bytes(self, codes: Array, code_type: ElementType, /) -> float:
        """About the fewest bytes that a file would need for codes that were found for another coding; 0: unknown."""


@dataclass(frozen=True, slots=True)
class CountedModel:
    """Of any coding that knows nothing of trellises: codes cost what they would cost by their counts.

    Attributes:
        choice: finds the coding.
        columns: length of a row; 0: there are no rows.
        run_length: see `RateModel`.
    """

    choice: CodingChoice
    columns: int
    run_length: int

    def rates(self, codes: Array, quantizers: Array, /, *, rough: bool) -> CodeRates:
        """See `RateModel.rates`."""
        return counted_rates(codes, quantizers)

    def coding(self, codes: Array, code_type: ElementType, /) -> Coding:
        """See `CodingModel.coding`."""
        return self.choice.fit(codes, code_type, columns=self.columns)

    def promised_bytes(self, codes: Array, code_type: ElementType, /) -> float:
        """See `CodingModel.promised_bytes`."""
        return 0.0


@dataclass(slots=True)
class RansModel:
    """Of `rans` with the contexts that it will have.

    Attributes:
        effort: how much is tried, see `Rans`.
        columns: length of a row; 0: there are no rows.
        states: number of states of the trellis.
        run_length: see `RateModel`.
    """

    effort: str
    columns: int
    states: int
    run_length: int
    _known: Candidate | None = field(default=None, init=False)
    _classes: Array | None = field(default=None, init=False)

    def rates(self, codes: Array, quantizers: Array, /, *, rough: bool) -> CodeRates:
        """See `RateModel.rates`."""
        if rough:
            return counted_rates(codes, quantizers)
        fit = RansFit(codes, _SEARCHED_TYPE, self.run_length, self.states, self.effort)
        if self._known is None or self.effort == "smallest":
            self._known = fit.best_candidate((self.columns,) if self.columns else ())
            self._classes = None
        if self._classes is None or self._known.neighbours:
            self._classes = fit.classes(self._known)
        return counted_rates(codes, quantizers, self._classes)

    def coding(self, codes: Array, code_type: ElementType, /) -> Coding:
        """See `CodingModel.coding`."""
        if self._known and self.effort != "smallest":  # the contexts that the codes were searched with
            return RansFit(codes, code_type, self.run_length, self.states, self.effort).coding(self._known)
        return fit_rans(
            codes,
            code_type,
            row_lengths=(self.columns,),
            run_length=self.run_length,
            trellis_states=self.states,
            effort=self.effort,
        )

    def promised_bytes(self, codes: Array, code_type: ElementType, /) -> float:
        """See `CodingModel.promised_bytes`: found quickly, of a part of many codes."""
        part = codes[:_ELEMENTS_OF_A_PROMISE]
        fit = RansFit(part, code_type, self.run_length, self.states, "fast")
        found = fit.best_candidate((self.columns,) if 0 < self.columns <= part.size else ())
        return (found.bits + fit.plain_bits) / 8 * codes.size / part.size + BUFFER_BYTES


@dataclass(slots=True)
class ArithmeticModel:
    """Of `arithmetic`, whose chunks are the runs.

    Attributes:
        columns: length of a row; 0: there are no rows.
        states: number of states of the trellis.
    """

    columns: int
    states: int
    _known: ArithmeticCoding | None = field(default=None, init=False)

    @property
    def run_length(self) -> int:
        """See `RateModel.run_length`."""
        return ELEMENTS_PER_CHUNK

    def rates(self, codes: Array, quantizers: Array, /, *, rough: bool) -> CodeRates:
        """See `RateModel.rates`."""
        if rough:
            return counted_rates(codes, quantizers)
        if self._known is None:
            self._known = self.coding(codes, _SEARCHED_TYPE)
        found = element_rates(codes, _SEARCHED_TYPE, self._known, *code_range(codes))
        beyond = found.bits[..., [0, -1]].max(axis=2) + BITS_BEYOND
        return CodeRates(found.bits, beyond, found.lowest, found.classes)

    def coding(self, codes: Array, code_type: ElementType, /) -> ArithmeticCoding:
        """See `CodingModel.coding`: that with which the codes were searched for, if they were."""
        return self._known or fit_arithmetic(codes, code_type, columns=self.columns, trellis_states=self.states)

    def promised_bytes(self, codes: Array, code_type: ElementType, /) -> float:
        """See `CodingModel.promised_bytes`."""
        return 0.0


def coding_models(
    choices: Sequence[CodingChoice], shape: Shape, states: int, run_length: int, /
) -> Sequence[CodingModel]:
    """The models of codings that an array may have.

    Args:
        choices: of the coding, at least one; of several, `Arithmetic` is left out where the array is large.
        shape: of the array.
        states: number of states of the trellis.
        run_length: elements of each run, where the coding leaves it open; 0: what suits the size.

    Raises:
        InvalidInputError: runs do not suit a coding.
    """
    if len(choices) > 1 and prod(shape) > MOST_ELEMENTS_OF_CHOICE:
        choices = [choice for choice in choices if not isinstance(choice, Arithmetic)] or choices
    return [_model(choice, shape, states, run_length) for choice in choices]


def row_length(shape: Shape, /) -> int:
    """Elements of a row, which is one index of the first axis that has several; 0: there are no rows."""
    for axis, length in enumerate(shape):
        if length > 1:
            columns = prod(shape[axis + 1 :])
            return columns if columns > 1 else 0
    return 0


def _model(choice: CodingChoice, shape: Shape, states: int, run_length: int) -> CodingModel:
    columns = row_length(shape)
    if isinstance(choice, Arithmetic):
        if run_length:
            raise InvalidInputError(f"runs of arithmetic are its chunks; they cannot have {run_length} elements")
        return ArithmeticModel(columns, states)
    if not isinstance(choice, Rans):
        return CountedModel(choice, columns, run_length or _USUAL_RUN_LENGTH)
    run_length = run_length or choice.run_length or default_run_length(prod(shape), choice.effort)
    if run_length < MIN_RUN_LENGTH:
        raise InvalidInputError(f"runs of rans have {MIN_RUN_LENGTH} elements at least, not {run_length}")
    return RansModel(choice.effort, columns, states, run_length)
