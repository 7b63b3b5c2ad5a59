"""What values a run holds in memory, node by node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.graph import Node


@dataclass(frozen=True, slots=True)
class NodeMemory:
    """One node of a run.

    Attributes:
        node: as in the graph; the first of those that are done as one.
        output_bytes: of the values it made.
        held_bytes: of all values in memory when it had run, inputs of the network and folded constants included;
            weights are not, nor what an operator needs while it works. Values that share memory count once.
        reuses: whether an output lies in the memory of an input, overwritten or looked at in another shape.
    """

    node: Node
    output_bytes: int
    held_bytes: int
    reuses: bool


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """The memory that the values of one run took.

    Attributes:
        nodes: in the order they ran; nodes of bodies are part of theirs.
    """

    nodes: tuple[NodeMemory, ...]

    @property
    def peak_bytes(self) -> int:
        """The most bytes held at once; 0 without nodes."""
        return max((node.held_bytes for node in self.nodes), default=0)


class MemoryRecorder:
    """Takes down what each node of a run leaves in memory."""

    def __init__(self) -> None:
        self._nodes: list[NodeMemory] = []

    def note(
        self, node: Node, arguments: Sequence[Array | None], made: Iterable[Array], values: Iterable[Array], /
    ) -> None:
        """Add a node that has run.

        Args:
            node: which.
            arguments: its inputs.
            made: its outputs.
            values: all values held, those included.
        """
        outputs = list(made)
        given = {id(_owner(array)) for array in arguments if array is not None}
        owners = {id(owner): owner.nbytes for owner in map(_owner, values)}
        reuses = any(id(_owner(array)) in given for array in outputs)
        self._nodes.append(NodeMemory(node, sum(array.nbytes for array in outputs), sum(owners.values()), reuses))

    def plan(self) -> MemoryPlan:
        """All that was taken down."""
        return MemoryPlan(tuple(self._nodes))


def _owner(array: Array) -> Array:
    """The array whose memory this one looks at."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
