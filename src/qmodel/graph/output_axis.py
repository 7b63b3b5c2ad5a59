"""Which axis of a weight counts the output channels: the axis along which scales differ most."""

from __future__ import annotations

from collections.abc import Iterator

from qmodel.graph.structure import Graph, Node


def output_axes(graph: Graph, /) -> dict[str, int]:
    """Output-channel axis of each tensor that is a weight of a Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU or RNN.

    Returns:
        Axis by tensor name; -1 or -2 for MatMul, whose operands may have any rank. A tensor that nodes use with
        different axes is left out.
    """
    made = {value.name for value in graph.inputs} | {name for node in graph.nodes for name in node.outputs}
    axes: dict[str, int] = {}
    conflicting = set()
    for node in graph.nodes:
        for name, axis in _weight_axes(node):
            if name and name not in made and axes.setdefault(name, axis) != axis:
                conflicting.add(name)
    return {name: axis for name, axis in axes.items() if name not in conflicting}


def _weight_axes(node: Node) -> Iterator[tuple[str, int]]:
    weight, recurrence = (*node.inputs[1:3], "", "")[:2]
    match node.operator:
        case "Conv":
            yield weight, 0
        case "ConvTranspose":
            yield weight, 1
        case "Gemm":
            yield weight, 0 if node.attributes.get("transB") else 1
        case "MatMul":
            yield from ((node.inputs[0], -2), (weight, -1)) if node.inputs else ()
        case "LSTM" | "GRU" | "RNN":
            yield weight, 1
            yield recurrence, 1
