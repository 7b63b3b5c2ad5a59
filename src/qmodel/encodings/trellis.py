"""`trellis`: codes whose quantizer depends on those before, close to the Shannon bound (spec/encodings/trellis.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, CodingChoice, encode_buffer, load
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.buffers.pieces import Pieces
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.rans_fit import Rans
from qmodel.buffers.sizes import file_bytes
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import widen
from qmodel.encodings.importance import checked_importance
from qmodel.encodings.node import Encoder, Node, Shape, Surroundings, TensorSource, check_size, check_stored
from qmodel.encodings.step import check_quality, largest_magnitude
from qmodel.encodings.trellis_fit import USUAL_SLOPE, TrellisFit
from qmodel.encodings.trellis_models import CodingModel, coding_models
from qmodel.encodings.trellis_rounds import LARGEST_VALUE, SMALLEST_STEP, TrellisCodes, TrellisValues
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.convolutional_code import STATE_COUNTS
from qmodel.kernels.trellis import reconstruct
from qmodel.typed_array import TypedArray

DEFAULT_RELATIVE_MSE = 1e-3
_MOST_CODE_BITS = 24
_CODE_TYPES = tuple(map(dtypes.signed, (8, 16, _MOST_CODE_BITS)))


@dataclass(frozen=True, slots=True)
class TrellisNode(Node):
    """(2k + q) · step, with q chosen by the codes before; see the message `Trellis` for the fields."""

    codes: Buffer
    step: float
    states: int
    run_length: int
    kind: ClassVar[str] = "trellis"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return dtypes.F32

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if not (SMALLEST_STEP <= self.step < math.inf):
            raise CorruptError(f"trellis step {self.step} is not a positive, finite, normal number")
        code_type = self.codes.element_type
        if code_type.kind != "signed" or code_type.bits > _MOST_CODE_BITS:
            raise CorruptError(f"trellis codes are {code_type}, not s1 to s{_MOST_CODE_BITS}")
        if self._coding is None:
            if self.states not in STATE_COUNTS:
                raise CorruptError(f"trellis of {self.states} states; {', '.join(map(str, STATE_COUNTS))} can be")
            if not self.run_length:
                raise CorruptError("trellis without a run length")
        elif self.states or self.run_length:
            raise CorruptError("trellis and the coding of its codes both say its states or run length")
        check_stored(self.codes, shape, around)
        check_size(shape, dtypes.F32, around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        step = np.float32(self.step)
        if not self.codes.count:
            values = np.empty(0, np.float32)
        elif coding := self._coding:
            scaled = coding.scaled_decoder(self.codes.element_type, step)
            values = Pieces(self.codes, source, decode=scaled, dtype=dtypes.F32.storage).decode_all()
        else:
            values = reconstruct(load(self.codes, source), step, self.states, self.run_length)
        return TypedArray(dtypes.F32, values.reshape(shape))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        states = self._coding.trellis_states if self._coding else self.states
        return f"trellis({self.codes.element_type}, {states} states)"

    @property
    def follows_coding(self) -> bool:
        """Whether the coding of the codes knows the states and runs."""
        return self._coding is not None

    @property
    def _coding(self) -> RansCoding | ArithmeticCoding | None:
        """The coding of the codes, if it follows the trellis itself."""
        coding = self.codes.coding
        return coding if isinstance(coding, RansCoding | ArithmeticCoding) and coding.trellis_states else None


@dataclass(frozen=True, slots=True)
class Trellis(Encoder):
    """Trellis-coded quantization: the fewest bits at an error, for an entropy stage to code.

    The codes are searched for together with the bits that they cost (Marcellin and Fischer 1990; Fischer and Wang
    1992). With 8 states a Gaussian array takes 0.075 bits a value more than Shannon's bound, with 256 states 0.034; a
    scalar quantizer with the same entropy stage takes 0.255 more at high rates.

    Attributes:
        relative_mse: squared error wanted, as a part of the sum of squares, both weighted by importance; the step is
            solved for, within 1 %.
        step: distance between neighbouring points of the two quantizers together, instead; where values are not much
            larger than that, a smaller one at which a bit saves as much error.
        states: of the convolutional code: 4, 8, 16, 32, 64, 128 or 256; more take longer to encode, not to decode.
        run_length: elements of each run, which decode one after another; 0: what suits the size and the coding.
        slope: squared steps of error that a bit must save, at high rates.
        rounds: fewest searches, each with the bits that the codes of the one before would cost.
        coding: how the codes are stored; None: `Rans()`; of several, what takes the fewest bytes: codes are searched
            for with the first, and with each other that they do not show to take more.

    With neither error nor step, `relative_mse` is 0.001, or what the recipe's quality says.

    Raises:
        InvalidInputError: both are given, or an option is out of range.
    """

    relative_mse: float | None = None
    step: float | None = None
    states: int = 8
    run_length: int = 0
    slope: float = USUAL_SLOPE
    rounds: int = 3
    coding: CodingChoice | tuple[CodingChoice, ...] | None = None
    kind: ClassVar[str] = "trellis"

    def __post_init__(self) -> None:
        check_quality(self.relative_mse, self.step)
        if self.states not in STATE_COUNTS:
            raise InvalidInputError(f"a trellis has {', '.join(map(str, STATE_COUNTS))} states, not {self.states}")
        if self.run_length < 0:
            raise InvalidInputError(f"a run has elements, not {self.run_length}")
        if not 0 < self.slope < math.inf:
            raise InvalidInputError(f"a slope is a positive number, not {self.slope}")
        if self.rounds < 1:
            raise InvalidInputError(f"a trellis is searched at least once, not {self.rounds} times")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> TrellisNode:
        """See `Encoder.encode`; refuses NaN, infinities, what is not a float, and what float32 does not hold."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"trellis codes stand for floats, not {array.element_type}")
        values = widen(array)
        weights = _mean_one(importance, values.shape)
        values = values.reshape(-1)
        _check_range(values)
        first, *others = coding_models(self._choices, array.shape, self.states, self.run_length)
        best = self._tried(values, weights, first, threads)
        for model in others:
            if best.is_beaten_by(model):
                best = min(best, self._tried(values, weights, model, threads), key=lambda each: each.cost)
        return best.node

    @property
    def _choices(self) -> tuple[CodingChoice, ...]:
        if isinstance(self.coding, tuple):
            return self.coding or (Rans(),)
        return (self.coding or Rans(),)

    def _tried(self, values: Array, weights: Array | None, model: CodingModel, threads: int) -> _Tried:
        found = self._found(values, weights, model, threads)
        largest = int(np.abs(found.codes).max(initial=0))
        code_type = next(each for each in _CODE_TYPES if largest <= each.maximum)
        codes = found.codes.astype(code_type.storage)
        stored = encode_buffer(codes, code_type, model.coding(codes, code_type), threads=threads)
        node = TrellisNode(stored, found.step, self.states, model.run_length)
        if node.follows_coding:
            node = replace(node, states=0, run_length=0)
        error_in_bits = found.error * values.size / found.price if found.price else 0.0
        return _Tried(node, codes, 8 * file_bytes(stored) + error_in_bits)

    def _found(self, values: Array, weights: Array | None, model: CodingModel, threads: int) -> TrellisCodes:
        if not values.any():
            zeros = np.zeros(values.size, np.int32)
            return TrellisCodes(zeros, zeros.astype(np.uint8), 1.0, 0.0, 0.0)
        fit = TrellisFit(TrellisValues(values, weights, self.states, self.slope, threads), model, self.rounds)
        if self.step is None:
            return fit.with_error(self.relative_mse or DEFAULT_RELATIVE_MSE)
        return fit.with_step(self.step)


@dataclass(frozen=True, slots=True)
class _Tried:
    """A node, its codes, and what it costs: the bits of a file, and those that its error is worth."""

    node: TrellisNode
    codes: Array
    cost: float

    def is_beaten_by(self, model: CodingModel) -> bool:
        """Whether another coding may take fewer bytes, as far as these codes tell."""
        if not self.codes.size:
            return False
        return model.promised_bytes(self.codes, self.node.codes.element_type) < file_bytes(self.node.codes)


def _check_range(values: Array) -> None:
    if (largest := largest_magnitude(values)) > LARGEST_VALUE:
        raise InvalidInputError(f"trellis codes stand for numbers up to 2^127, not {largest:g}")


def _mean_one(importance: Array | None, shape: Shape) -> Array | None:
    """Error weights of mean 1, float32, 1-D; None: all 1."""
    if importance is None:
        return None
    whole = np.broadcast_to(checked_importance(importance, shape), shape).reshape(-1)
    mean = float(whole.mean(dtype=np.float64)) if whole.size else 0.0
    return (whole / mean).astype(np.float32) if mean else None
