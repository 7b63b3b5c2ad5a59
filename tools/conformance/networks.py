"""Graphs that valid and invalid files share."""

from qmodel import dtypes
from qmodel.graph import Graph, Node, Value

OPSET = 17
CONDITION = Value("c", dtypes.BOOL, ())
NUMBER = Value("x", dtypes.F32, ())


def nested_bodies(depth: int) -> Graph:
    """An `If` in an `If`, bodies `depth` deep; each body gives the value `x` of the outermost graph."""
    nodes = (identity(f"then{depth}"),)
    for level in reversed(range(depth)):
        branches = {
            "else_branch": body(f"else{level + 1}", (identity(f"else{level + 1}"),)),
            "then_branch": body(f"then{level + 1}", nodes),
        }
        nodes = (Node("", "If", ("c",), (f"then{level}",), branches),)
    return Graph("", OPSET, nodes, (CONDITION, NUMBER), (Value("then0", dtypes.F32),))


def body(output: str, nodes: tuple[Node, ...]) -> Graph:
    """A body with one output."""
    return Graph("", OPSET, nodes, (), (Value(output, dtypes.F32),))


def identity(output: str) -> Node:
    """A copy of `x`."""
    return Node("", "Identity", ("x",), (output,))
