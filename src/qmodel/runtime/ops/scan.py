"""The operator Scan."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.collecting import collected_outputs
from qmodel.runtime.registry import Body, Ints, operator
from qmodel.runtime.states import require_same_dtypes


@operator("Scan", since=9, fresh=True, grows=True)
def scan(
    *values: Array,
    memory_limit: int,
    body: Body,
    num_scan_inputs: int,
    scan_input_axes: Ints = (),
    scan_input_directions: Ints = (),
    scan_output_axes: Ints = (),
    scan_output_directions: Ints = (),
) -> tuple[Array, ...]:
    """The last states, then what the body returns beyond them for each slice of the scanned inputs, put together.

    Direction 0 reads or writes slices from the first to the last, 1 from the last to the first.
    """
    states = values[: len(values) - num_scan_inputs]
    scanned = [
        _from_first(array, axis, backwards)
        for array, axis, backwards in zip(
            values[len(states) :],
            scan_input_axes or (0,) * num_scan_inputs,
            scan_input_directions or (0,) * num_scan_inputs,
            strict=True,
        )
    ]
    lengths = {len(array) for array in scanned}
    if len(lengths) > 1:
        raise GraphError(f"scanned inputs must be equally long, got {[len(array) for array in scanned]}")
    collected = collected_outputs(body.outputs[len(states) :], memory_limit)
    for slices in zip(*scanned, strict=True):
        made = body(*states, *map(np.asarray, slices))
        require_same_dtypes(states, made)
        states = made[: len(states)]
        for one, array in zip(collected, made[len(states) :], strict=True):
            one.append(array)
    count = len(collected)
    stacked = [
        _along(one.stacked(), axis, backwards)
        for one, axis, backwards in zip(
            collected, scan_output_axes or (0,) * count, scan_output_directions or (0,) * count, strict=True
        )
    ]
    return (*(state.copy() for state in states), *stacked)


def _from_first(array: Array, axis: int, backwards: int) -> Array:
    """The axis in front, in the order of the scan."""
    moved = np.moveaxis(array, positive_axis(axis, array.ndim), 0)
    return moved[::-1] if backwards else moved


def _along(stacked: Array, axis: int, backwards: int) -> Array:
    """Axis 0 put where it belongs, in its order."""
    ordered = stacked[::-1] if backwards else stacked
    return np.moveaxis(ordered, 0, positive_axis(axis, ordered.ndim))
