"""Arrays of one shape, one for each iteration, put one after another in memory that grows with them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.graph import Value
from qmodel.runtime.memory import require_memory

_FIRST_CAPACITY = 4


class Collected:
    """What a body returns in its iterations for one output.

    Args:
        declared: the output as the body declares it; its shape tells that of no iterations.
        memory_limit: most bytes of all arrays together.
    """

    def __init__(self, declared: Value, memory_limit: int) -> None:
        self._declared = declared
        self._memory_limit = memory_limit
        self._held: Array | None = None
        self._count = 0

    def append(self, array: Array, /) -> None:
        """Copy one more array.

        Raises:
            GraphError: its shape or dtype is not that of those before.
            LimitError: it does not fit into the limit any more.
        """
        held = np.empty((0, *array.shape), array.dtype) if self._held is None else self._held
        if held.shape[1:] != array.shape or held.dtype != array.dtype:
            raise GraphError(
                f"body output {self._declared.name!r} must keep its type and shape, was {held.dtype}"
                f"{list(held.shape[1:])}, is {array.dtype}{list(array.shape)}"
            )
        if self._count == len(held):
            held = self._grown(held)
        held[self._count] = array
        self._held = held
        self._count += 1

    def stacked(self) -> Array:
        """All arrays, along a new axis 0; lengths that nothing tells are 0."""
        if self._held is not None:
            return self._held[: self._count]
        lengths = (length if isinstance(length, int) else 0 for length in self._declared.shape or ())
        return np.empty((0, *lengths), self._declared.element_type.storage)

    def _grown(self, held: Array) -> Array:
        require_memory((self._count + 1, *held.shape[1:]), held.dtype, self._memory_limit)
        element_bytes = max(prod(held.shape[1:]) * held.itemsize, 1)
        capacity = min(max(2 * self._count, _FIRST_CAPACITY), self._memory_limit // element_bytes)
        grown = np.empty((capacity, *held.shape[1:]), held.dtype)
        grown[: self._count] = held
        return grown


def collected_outputs(declared: Sequence[Value], memory_limit: int, /) -> list[Collected]:
    """One for each output."""
    return [Collected(value, memory_limit) for value in declared]
