"""Makes golden samples: runs a network as it is stored, and says how far others may be off (spec/golden.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import frexp
from typing import NamedTuple

import numpy as np

from qmodel.buffers import CodingChoice, store
from qmodel.buffers.choices import coding_named
from qmodel.dtypes import Array, ElementType, element_type_of_value
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Node
from qmodel.quality.golden_inputs import GoldenInputs
from qmodel.runtime.session import Session
from qmodel.typed_array import TypedArray
from qmodel.wire import GoldenOutput, GoldenSample, GoldenValue

_DEVIATIONS_ALLOWED = 4.0


class Precision(NamedTuple):
    """How exact a float type is; the larger of two is the coarser.

    Attributes:
        unit: exponent of the distance of two floats next to each other above 1.
        allowed: exponent of how many of these others may be off.
    """

    unit: int
    allowed: int

    @classmethod
    def of(cls, element_type: ElementType) -> Precision:
        """That of a float type."""
        return _PRECISIONS.get(element_type.name, _NARROWER)


_PRECISIONS = {
    "f64": Precision(-52, 9),
    "f32": Precision(-23, 9),
    "f16": Precision(-10, 3),
    "bf16": Precision(-7, 3),
}
_NARROWER = Precision(-2, 1)


def golden_samples(
    graph: Graph, weights: Mapping[str, Array], runs: Sequence[GoldenInputs], /, *, coding: str | None
) -> Iterator[GoldenSample]:
    """Run a network on each of some inputs, and again on the same with their last bits changed.

    Of a float output whose elements are at most m, with floats 2^p apart at 1, each element e may be off by
    r · |e| + a: r is 2^9 · 2^p for floats of 32 bits and more, 2^3 · 2^p for 16 bits; a is the least power of two that
    is neither below r · m / 4 nor below 4 times what the second run is off. Coarser floats that are made inside the
    network count for its inputs and outputs, as spec/golden.md says. Where an output of integers changes, it is left
    out.

    Args:
        graph: the network.
        weights: as a reader decodes them.
        runs: an array for each input.
        coding: name of the coding of the arrays; None: zstd where that pays.

    Raises:
        InvalidInputError: an output does not have the type or shape that the graph says, or all were left out.
        GraphError: the network cannot be run.
    """
    session = Session(graph, weights)
    choice = coding_named(coding) if coding else None
    inside = _coarsest_inside(session, runs[0]) if runs else _PRECISIONS["f64"]
    for inputs in runs:
        made = session.run(inputs)
        shaken_inputs = {name: _shaken(array, inside) for name, array in inputs.items()}
        shaken = session.run(shaken_inputs)
        outputs = [_output(name, array, shaken[name], inside, choice) for name, array in made.items()]
        kept = tuple(output for output in outputs if output)
        if not kept:
            raise InvalidInputError("golden samples: no output stays the same when last bits of the input change")
        yield GoldenSample(tuple(_value(value.name, inputs[value.name], choice) for value in graph.inputs), kept)


def _coarsest_inside(session: Session, inputs: GoldenInputs) -> Precision:
    """Of the floats that nodes make; those narrower than bfloat16 count as bfloat16."""
    found = {_PRECISIONS["f64"]}

    def see(_node: Node, _name: str, value: Array) -> None:
        element_type = element_type_of_value(value.dtype)
        if element_type.is_float:
            found.add(Precision.of(element_type))

    session.run(inputs, observe=see)
    return min(max(found), _PRECISIONS["bf16"])


def tolerances(precision: Precision, values: Array, shaken: Array, /) -> tuple[float, float]:
    """The absolute and the relative tolerance of a float output; see `golden_samples`.

    Args:
        precision: with which it is computed.
        values: the output.
        shaken: the same of the second run; of another shape, it says nothing.
    """
    relative = 2.0 ** (precision.unit + precision.allowed)
    wide = values.astype(np.float64)
    largest = float(np.abs(wide[np.isfinite(wide)]).max(initial=0.0))
    deviation = 0.0
    if values.shape == shaken.shape:
        with np.errstate(invalid="ignore"):
            differences = np.abs(wide - shaken.astype(np.float64))
        deviation = float(differences[np.isfinite(differences)].max(initial=0.0))
    return _power_of_two(max(relative * largest / 4, _DEVIATIONS_ALLOWED * deviation)), relative


def _power_of_two(number: float) -> float:
    """The least one that is not below a number, within the range of normal numbers of 32 bits; 0 for 0."""
    if not number:
        return 0.0
    mantissa, exponent = frexp(number)
    return float(2.0 ** min(max(exponent - (mantissa == 0.5), -126), 127))


def _shaken(array: Array, inside: Precision) -> Array:
    """Floats times 1 + s and 1 − s in turn, s being 8 times the distance of floats at 1, as coarse as those inside."""
    element_type = TypedArray.of(array).element_type
    if not element_type.is_float:
        return array
    unit = max(Precision.of(element_type), inside).unit
    step = 2.0 ** (unit + 3) * (1 - 2 * (np.arange(array.size) % 2)).reshape(array.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((array.astype(np.float64) * (1 + step)).astype(array.dtype))


def _output(
    name: str, values: Array, shaken: Array, inside: Precision, coding: CodingChoice | None
) -> GoldenOutput | None:
    value = _value(name, values, coding)
    if value.values.element_type.is_float:
        precision = max(Precision.of(value.values.element_type), inside)
        return GoldenOutput(value, *tolerances(precision, values, shaken))
    return GoldenOutput(value) if np.array_equal(values, shaken) else None


def _value(name: str, array: Array, coding: CodingChoice | None) -> GoldenValue:
    typed = TypedArray.of(array)
    return GoldenValue(name, array.shape, store(typed.storage, typed.element_type, coding=coding))
