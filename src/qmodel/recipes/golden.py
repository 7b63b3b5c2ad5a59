"""Makes golden samples: runs a network as it is stored, and says how far others may be off (spec/golden.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import frexp

import numpy as np

from qmodel.buffers import CodingChoice, store
from qmodel.buffers.choices import coding_named
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.golden_inputs import GoldenInputs
from qmodel.runtime.session import Session
from qmodel.typed_array import TypedArray
from qmodel.wire import GoldenOutput, GoldenSample, GoldenValue

# The distance of two floats next to each other above 1, and the share of that by which others may be off.
_PRECISIONS = {"f64": (-52, 9), "f32": (-23, 9), "f16": (-10, 3), "bf16": (-7, 3)}
_NARROWER = (-2, 1)
_DEVIATIONS_ALLOWED = 4.0


def golden_samples(
    graph: Graph, weights: Mapping[str, Array], runs: Sequence[GoldenInputs], /, *, coding: str | None
) -> Iterator[GoldenSample]:
    """Run a network on each of some inputs, and again on the same with their last bits changed.

    Of a float output whose elements are at most m, with floats 2^p apart at 1, each element e may be off by
    r · |e| + a: r is 2^9 · 2^p for floats of 32 bits and more, 2^3 · 2^p for 16 bits; a is the least power of two that
    is neither below r · m / 4 nor below 4 times what the second run is off. Where an output of integers changes, it is
    left out.

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
    for inputs in runs:
        made = session.run(inputs)
        shaken_inputs = {name: _shaken(array) for name, array in inputs.items()}
        shaken = session.run(shaken_inputs)
        outputs = [_output(name, array, shaken[name], choice) for name, array in made.items()]
        kept = tuple(output for output in outputs if output)
        if not kept:
            raise InvalidInputError("golden samples: no output stays the same when last bits of the input change")
        yield GoldenSample(tuple(_value(value.name, inputs[value.name], choice) for value in graph.inputs), kept)


def tolerances(element_type: ElementType, values: Array, shaken: Array, /) -> tuple[float, float]:
    """The absolute and the relative tolerance of a float output; see `golden_samples`.

    Args:
        element_type: of the output.
        values: the output.
        shaken: the same of the second run; of another shape, it says nothing.
    """
    unit, allowed = _PRECISIONS.get(element_type.name, _NARROWER)
    relative = 2.0 ** (unit + allowed)
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


def _shaken(array: Array) -> Array:
    """Floats times 1 + s and 1 − s in turn, s being 8 times the distance of floats at 1."""
    element_type = TypedArray.of(array).element_type
    if not element_type.is_float:
        return array
    unit, _ = _PRECISIONS.get(element_type.name, _NARROWER)
    step = 2.0 ** (unit + 3) * (1 - 2 * (np.arange(array.size) % 2)).reshape(array.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((array.astype(np.float64) * (1 + step)).astype(array.dtype))


def _output(name: str, values: Array, shaken: Array, coding: CodingChoice | None) -> GoldenOutput | None:
    value = _value(name, values, coding)
    if value.values.element_type.is_float:
        return GoldenOutput(value, *tolerances(value.values.element_type, values, shaken))
    return GoldenOutput(value) if np.array_equal(values, shaken) else None


def _value(name: str, array: Array, coding: CodingChoice | None) -> GoldenValue:
    typed = TypedArray.of(array)
    return GoldenValue(name, array.shape, store(typed.storage, typed.element_type, coding=coding))
