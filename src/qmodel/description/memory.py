"""What a file's network holds in memory while it runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.container import Reader
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Value
from qmodel.runtime.session import Session


def describe_memory(reader: Reader, /) -> dict[str, Any]:
    """The memory plan of one run on zeros; lengths that the graph leaves open are 1.

    Raises:
        InvalidInputError: the file has no network, or an input declares no shape.
        GraphError: the network cannot be run so.
        LimitError: likewise, by its memory.
    """
    if reader.graph is None:
        raise InvalidInputError("the file has no network, weights alone; there is no memory to show")
    inputs = {value.name: _zeros(value) for value in reader.graph.inputs}
    plan = Session(reader.graph, reader).memory_plan(inputs)
    return {
        "inputs": {name: list(array.shape) for name, array in inputs.items()},
        "peak_bytes": plan.peak_bytes,
        "nodes": [
            {
                "node": use.node.name or next(filter(None, use.node.outputs), ""),
                "operator": use.node.operator,
                "output_bytes": use.output_bytes,
                "held_bytes": use.held_bytes,
                "reuses": use.reuses,
            }
            for use in plan.nodes
        ],
    }


def _zeros(value: Value) -> Array:
    if value.shape is None:
        raise InvalidInputError(f"input {value.name!r} declares no shape, so nothing can be run without data")
    shape = [length if isinstance(length, int) else 1 for length in value.shape]
    return np.zeros(shape, value.element_type.storage)
