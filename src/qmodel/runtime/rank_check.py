"""Numbers of axes checked before anything runs, where the shapes of graph inputs and tensors tell them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qmodel.errors import GraphError
from qmodel.graph import Graph
from qmodel.runtime.binding import BoundNode

Shape = tuple[int | str | None, ...]
ShapeOfWeight = Callable[[str], Shape | None]

_POOLS = frozenset({"AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool"})
_CONVOLUTIONS = frozenset({"Conv", "ConvTranspose"})
# The first output has as many axes as the first input.
_SAME_RANK = frozenset(
    {*_POOLS, *_CONVOLUTIONS, "BatchNormalization", "Clip", "Elu", "Identity", "LeakyRelu", "Relu", "Sigmoid", "Tanh"}
)


def check_ranks(graph: Graph, nodes: Sequence[BoundNode], shape_of_weight: ShapeOfWeight, /) -> None:
    """Check Conv, ConvTranspose, Gemm, MatMul, BatchNormalization and pools of the main graph.

    Args:
        graph: whose inputs' shapes are declared.
        nodes: bound, in order.
        shape_of_weight: shape of a tensor; None when it is not known, or no tensor has the name.

    Raises:
        GraphError: a number of axes, or of channels, that the operator does not take; the message names the node, the
            input, what was wanted and what was got.
    """
    shapes: dict[str, Shape] = {value.name: value.shape for value in graph.inputs if value.shape is not None}
    for bound in nodes:
        given = [shapes[name] if name in shapes else shape_of_weight(name) for name in bound.inputs]
        try:
            _check_node(bound, given)
        except GraphError as error:
            raise GraphError(f"{bound.node}: {error}") from None
        if bound.node.operator in _SAME_RANK and given and given[0] is not None and bound.outputs[0]:
            shapes[bound.outputs[0]] = (None,) * len(given[0])


def _check_node(bound: BoundNode, given: Sequence[Shape | None]) -> None:
    def require(position: int, wanted: str, fits: Callable[[int], bool]) -> None:
        shape = given[position] if position < len(given) else None
        if shape is not None and not fits(len(shape)):
            raise GraphError(
                f"input {position} ({bound.inputs[position]!r}): wanted {wanted}, got {len(shape)}: {_show(shape)}"
            )

    operator = bound.node.operator
    if operator in _POOLS:
        require(0, "at least 3 axes", lambda rank: rank >= 3)
    elif operator == "Gemm":
        require(0, "2 axes", lambda rank: rank == 2)
        require(1, "2 axes", lambda rank: rank == 2)
        require(2, "at most 2 axes", lambda rank: rank <= 2)
    elif operator == "MatMul":
        require(0, "at least 1 axis", lambda rank: rank >= 1)
        require(1, "at least 1 axis", lambda rank: rank >= 1)
    elif operator == "BatchNormalization":
        for position in range(1, 5):
            require(position, "1 axis", lambda rank: rank == 1)
    elif operator in _CONVOLUTIONS:
        require(0, "at least 3 axes", lambda rank: rank >= 3)
        rank = next((len(shape) for shape in given[:1] if shape is not None), None)
        require(1, f"{rank or 'at least 3'} axes", lambda found: found >= 3 and rank in (None, found))
        require(2, "1 axis", lambda rank: rank == 1)


def _show(shape: Shape) -> str:
    return f"({', '.join('?' if length is None else str(length) for length in shape)})"
