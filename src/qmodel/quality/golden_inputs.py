"""The inputs of golden samples, from the arrays that a user has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Value
from qmodel.limits import MAX_GOLDEN_SAMPLES
from qmodel.quality.network_input import NetworkInput, converted_input
from qmodel.runtime.inputs import check_inputs

GoldenInputs: TypeAlias = Mapping[str, Array]

DEFAULT_GOLDEN_SAMPLES = 4
IMAGES = "images"


def golden_inputs(
    graph: Graph, given: Mapping[str, Array] | Sequence[Mapping[str, Array]], /, *, most: int
) -> tuple[GoldenInputs, ...]:
    """The inputs of each run.

    Args:
        graph: the network.
        given: arrays by input name, with samples along the first axis: each run takes as many as the input's first axis
            is long, or 1 where that length is open. An array with enough for one run alone serves all runs. Or `images`
            in place of the only input. Or a list of mappings, each the inputs of one run.
        most: number of runs at most; the first ones are taken.

    Raises:
        InvalidInputError: the arrays do not fit the inputs or each other; there are none; `most` is out of range.
    """
    if not 1 <= most <= MAX_GOLDEN_SAMPLES:
        raise InvalidInputError(f"a file has 1 to {MAX_GOLDEN_SAMPLES} golden samples, not {most}")
    if not isinstance(given, Mapping):
        runs = [{name: np.asarray(array) for name, array in run.items()} for run in given[:most]]
    elif len(graph.inputs) == 1 and IMAGES in given and graph.inputs[0].name not in given:
        runs = _runs_of_images(graph, np.asarray(given[IMAGES]), most)
    else:
        runs = _runs_of_arrays(graph.inputs, given, most)
    if not runs:
        raise InvalidInputError("golden samples: there is no sample in what is given")
    return tuple(check_inputs(graph.inputs, run) for run in runs)


def _runs_of_images(graph: Graph, images: Array, most: int) -> list[dict[str, Array]]:
    value = graph.inputs[0]
    prepared = NetworkInput.of(graph, value).prepare(images[: most * _samples_a_run(value)])
    return _runs_of_arrays((value,), {value.name: prepared}, most)


def _runs_of_arrays(declared: Sequence[Value], given: Mapping[str, Array], most: int) -> list[dict[str, Array]]:
    parts: dict[str, list[Array]] = {}
    for value in declared:
        if value.name not in given:
            raise InvalidInputError(f"golden samples: there is no array {value.name!r}, only {list(given)[:5]}")
        parts[value.name] = _parts(value, converted_input(value, np.asarray(given[value.name])), most)
    runs = max(map(len, parts.values()), default=0)
    for name, found in parts.items():
        if len(found) not in (1, runs):
            raise InvalidInputError(f"golden samples: {name!r} has enough for {len(found)} runs, others for {runs}")
    return [{name: found[number if len(found) > 1 else 0] for name, found in parts.items()} for number in range(runs)]


def _parts(value: Value, array: Array, most: int) -> list[Array]:
    """The array of each run."""
    if not array.ndim or value.shape == ():
        return [array]
    step = _samples_a_run(value)
    return [array[start : start + step] for start in range(0, min(len(array) // step, most) * step, step)]


def _samples_a_run(value: Value) -> int:
    first = value.shape[0] if value.shape else None
    return max(first, 1) if isinstance(first, int) else 1
