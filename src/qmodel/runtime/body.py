"""What an operator sees of a graph in one of its attributes."""

from __future__ import annotations

from typing import Protocol

from qmodel.dtypes import Array
from qmodel.graph import Value


class Body(Protocol):
    """A graph that the operator's function calls as often as it needs; values of the graphs around are bound to it."""

    @property
    def outputs(self) -> tuple[Value, ...]:
        """The names, element types and shapes that the graph declares of what a call returns."""

    def __call__(self, *inputs: Array) -> tuple[Array, ...]:
        """Run the graph.

        Args:
            inputs: one for each input of the graph, in its order.

        Returns:
            The outputs in the graph's order. They may share memory with inputs, tensors and values around the graph,
            so they must be copied before they leave the operator.

        Raises:
            GraphError: a node of the body failed.
            LimitError: bodies have run more often than the step limit of the whole run allows.
        """

    def owned(self, *inputs: Array) -> tuple[Array, ...]:
        """As a call; what would share memory is copied."""
