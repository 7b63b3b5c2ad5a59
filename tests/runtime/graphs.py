"""Small graphs for tests of binding, planning and running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qmodel.dtypes import F32, parse
from qmodel.graph import Graph, Node, Value


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str], name: str = "", **attributes: Any) -> Node:
    return Node(name, operator, tuple(inputs), tuple(outputs), attributes)


def graph(
    nodes: Sequence[Node],
    inputs: Sequence[str] | Mapping[str, tuple[int | str | None, ...] | None] = ("x",),
    outputs: Sequence[str] = ("y",),
    *,
    opset: int = 17,
    element_type: str = "f32",
) -> Graph:
    shapes = inputs if isinstance(inputs, Mapping) else dict.fromkeys(inputs)
    return Graph(
        name="",
        opset_version=opset,
        nodes=tuple(nodes),
        inputs=tuple(Value(name, parse(element_type), shape) for name, shape in shapes.items()),
        outputs=tuple(Value(name, F32) for name in outputs),
    )
