"""Nodes with inputs, and the outputs that the Python interpreter makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from google.protobuf.json_format import MessageToDict

from qmodel.dtypes import Array, element_type_of_value
from qmodel.graph import AttributeValue, Graph, Node, TensorReference, Value
from qmodel.runtime.session import Session
from qmodel.v1 import graph_pb2
from qmodel.wire.graph import graph_to_message
from tools.js_fixtures.operator_nodes import CASES, Case


def operator_cases() -> list[dict[str, Any]]:
    """All cases as JSON holds them: `name`, `graph`, `tensors`, `inputs`, `outputs`."""
    return [_described(number, case) for number, case in enumerate(CASES)]


def _described(number: int, case: Case) -> dict[str, Any]:
    arrays = _inputs(number, case)
    graph = _graph(case, arrays)
    made = Session(graph, case.tensors).run({value.name: arrays[value.name] for value in graph.inputs})
    message = graph_pb2.Graph()
    graph_to_message(graph, message)
    return {
        "name": case.title,
        "graph": MessageToDict(message),
        "tensors": _all_json(case.tensors),
        "inputs": _all_json(arrays),
        "outputs": _all_json(made),
    }


def _inputs(number: int, case: Case) -> dict[str, Array]:
    """Arrays by name: those given, and random ones of the shapes given."""
    random = np.random.RandomState(number)  # its numbers are the same in every version
    return {
        name: given if isinstance(given, np.ndarray) else np.asarray(random.normal(size=given), np.float32)
        for name, given in case.inputs.items()
    }


def _graph(case: Case, arrays: Mapping[str, Array]) -> Graph:
    names = tuple(f"y{k}" for k in range(case.outputs))
    attributes: dict[str, AttributeValue] = {name: _attribute(value) for name, value in case.attributes.items()}
    attributes |= {name: TensorReference(tensor) for name, tensor in case.references.items()}
    node = Node("", case.operator, tuple(case.wiring or arrays), names, attributes)
    values = (Value(name, element_type_of_value(array.dtype), array.shape) for name, array in arrays.items())
    outputs = tuple(Value(name, element_type_of_value(np.dtype(np.float32))) for name in names)
    return Graph(name="", opset_version=case.opset, nodes=(node,), inputs=tuple(values), outputs=outputs)


def _attribute(value: Any) -> Any:
    """As a graph holds it: texts as bytes, lists as tuples."""
    if isinstance(value, list):
        return tuple(_attribute(item) for item in value)
    return value.encode() if isinstance(value, str) else value


def _all_json(arrays: Mapping[str, Array]) -> dict[str, Any]:
    return {name: dict(_as_json(array)) for name, array in arrays.items()}


def _as_json(array: Array) -> Iterator[tuple[str, Any]]:
    yield "kind", str(element_type_of_value(array.dtype))
    yield "shape", list(array.shape)
    yield "values", [_number(value) for value in array.reshape(-1).tolist()]


def _number(value: float | int | bool) -> float | int | str:
    """Numbers as they are; those that JSON, or a reader of it, lacks as text."""
    if not np.isfinite(value) or abs(value) > 2**53:
        return str(value)
    return float(f"{value:.9g}") if isinstance(value, float) else int(value)
