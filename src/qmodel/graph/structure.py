"""Graph, node and value: immutable descriptions without any array (spec/graph.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from qmodel.dtypes import ElementType
from qmodel.graph.image_input import ImageInput

AttributeValue: TypeAlias = (
    "float | int | bytes | tuple[float, ...] | tuple[int, ...] | tuple[bytes, ...] | TensorReference | Graph"
)


@dataclass(frozen=True, slots=True)
class TensorReference:
    """An attribute of ONNX type TENSOR: the name of a tensor of the file, which holds the constant."""

    name: str


@dataclass(frozen=True, slots=True)
class Node:
    """One application of an operator of the default ONNX domain.

    Attributes:
        name: may be empty.
        operator: as `Conv`.
        inputs: names of the values read; empty for an optional input left out.
        outputs: names of the values made; empty for an output nobody reads.
        attributes: by name. A float is ONNX's FLOAT, an int INT, bytes STRING, tuples the list types.
    """

    name: str
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)

    def __str__(self) -> str:
        label = self.name or next((name for name in self.outputs if name), "")
        return f"{self.operator} node {label!r}"


@dataclass(frozen=True, slots=True)
class Value:
    """The type and shape of a graph input or output.

    Attributes:
        name: not empty.
        element_type: type of the elements.
        shape: each axis an int, a symbol, or None where unknown; None when the number of axes is unknown.
    """

    name: str
    element_type: ElementType
    shape: tuple[int | str | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A directed acyclic graph of operators in topological order.

    Attributes:
        name: information only.
        opset_version: version of the operator set of the default ONNX domain.
        nodes: each after those that make its inputs.
        inputs: what the caller gives.
        outputs: what the caller gets.
        image_inputs: how images become inputs, at most one for each input, sorted by input name.
    """

    name: str
    opset_version: int
    nodes: tuple[Node, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    image_inputs: tuple[ImageInput, ...] = ()
