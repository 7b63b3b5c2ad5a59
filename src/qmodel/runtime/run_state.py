"""What one run carries along, through its bodies too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from qmodel.dtypes import Array
from qmodel.errors import LimitError
from qmodel.graph import Node
from qmodel.runtime.weight_cache import WeightCache

Observer: TypeAlias = Callable[[Node, str, Array], None]

DEFAULT_STEP_LIMIT = 1_000_000


class ObserverFailed(BaseException):
    """An observer raised an exception. No `Exception`, so that operators around a body do not take it for theirs."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@dataclass(slots=True)
class RunState:
    """The tensors, the observer, and how often bodies have run.

    Attributes:
        weights: the tensors.
        observe: called with every value made, or None.
        step_limit: how often bodies may run, all of them together.
        steps: how often they have.
    """

    weights: WeightCache
    observe: Observer | None = None
    step_limit: int = DEFAULT_STEP_LIMIT
    steps: int = 0

    def count_step(self) -> None:
        """Count a run of a body.

        Raises:
            LimitError: it is one too many.
        """
        self.steps += 1
        if self.steps > self.step_limit:
            raise LimitError(
                f"bodies have run {self.step_limit} times in this run, which is the limit; "
                "if the network is meant to loop so often, give Session a higher step_limit"
            )

    def show(self, node: Node, name: str, array: Array) -> None:
        """Call the observer, if there is one."""
        if self.observe is None:
            return
        try:
            self.observe(node, name, array)
        except Exception as error:
            raise ObserverFailed(error) from error
