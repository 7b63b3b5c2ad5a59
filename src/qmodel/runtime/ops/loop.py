"""The operator Loop."""

from __future__ import annotations

from itertools import count

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.collecting import collected_outputs
from qmodel.runtime.registry import Body, operator
from qmodel.runtime.scalars import truth, whole_number
from qmodel.runtime.states import require_same_dtypes


@operator("Loop", fresh=True, grows=True)
def loop(
    trip_count: Array | None = None,
    condition: Array | None = None,
    /,
    *states: Array,
    memory_limit: int,
    body: Body,
) -> tuple[Array, ...]:
    """The states after the last iteration, then what the body returns beyond them, stacked along a new axis 0.

    The body's condition ends the loop also where the node's own is left out, as in onnxruntime and ONNX's reference.
    """
    collected = collected_outputs(body.outputs[1 + len(states) :], memory_limit)
    trips = count() if trip_count is None else range(whole_number(trip_count))
    going = condition is None or truth(condition)
    for trip in trips:
        if not going:
            break
        keep_going, *made = body(np.array(trip, np.int64), np.array(going), *states)
        going = truth(keep_going)
        require_same_dtypes(states, made)
        states = tuple(made[: len(states)])
        for one, array in zip(collected, made[len(states) :], strict=True):
            one.append(array)
    return (*(state.copy() for state in states), *(one.stacked() for one in collected))
