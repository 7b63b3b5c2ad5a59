"""All lanes of a rANS stream step by step, in NumPy: which are left at a step, and which tables code their elements."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.rans_model import Contexts


class Lanes:
    """The runs of an array.

    Attributes:
        count: number of elements.
        steps: elements of every lane but the last, which may have fewer.
        lanes: number of lanes.
        steps_of_last: elements of the last lane.
    """

    def __init__(self, count: int, run_length: int) -> None:
        self.count = count
        self.steps = min(run_length, count)
        self.lanes = -(-count // self.steps) if count else 0
        self.steps_of_last = count - max(self.lanes - 1, 0) * self.steps

    def active(self, step: int) -> int:
        """How many lanes, the first ones, have an element at a step."""
        return self.lanes - (step >= self.steps_of_last)

    def by_step(self, values: Array) -> Array:
        """Values of shape (count,) as (steps, lanes), zero where the last lane has none."""
        padded = np.zeros(self.steps * self.lanes, values.dtype)
        padded[: self.count] = values
        return np.ascontiguousarray(padded.reshape(self.lanes, self.steps).T)

    def store(self, block: Array, first_step: int, out: Array) -> None:
        """Put a block of shape (some steps, lanes) into an array of shape (count,)."""
        full = self.lanes - (self.count < self.lanes * self.steps)
        stop = first_step + len(block)
        out[: full * self.steps].reshape(full, self.steps)[:, first_step:stop] = block[:, :full].T
        if full < self.lanes:
            last = out[full * self.steps :][first_step:stop]
            last[:] = block[: last.size, -1]


class ContextWalk:
    """Finds the tables of a step from the indices of the steps before."""

    def __init__(self, contexts: Contexts, lanes: Lanes) -> None:
        self._classes = None if contexts.classes is None else lanes.by_step(contexts.classes)
        self._neighbours = neighbours = contexts.neighbours
        self._transitions = None if contexts.transitions is None else contexts.transitions.reshape(-1).astype(np.intp)
        self._states = np.zeros(lanes.lanes, np.intp)
        if neighbours:
            self._reach = neighbours.reach
            self._history = np.zeros((self._reach + lanes.steps, lanes.lanes), np.uint8)
            self._pairs = [(d, w) for d, w in zip(neighbours.distances, neighbours.weights, strict=True) if w]

    @property
    def has_neighbours(self) -> bool:
        """Whether classes follow from the elements before."""
        return self._neighbours is not None

    def separable(self, first: int, count: int, active: int) -> Array | None:
        """The classes of some steps where they follow from places alone: uint8 of shape (steps, active).

        Returns:
            None where they do not, or all are 0.
        """
        if self._neighbours or self._classes is None:
            return None
        return self._classes[first : first + count, :active]

    def classes(self, step: int, active: int) -> Array | int:
        """The class of each of the first lanes at a step; 0: class 0 for all."""
        found: Array | int = 0 if self._classes is None else self._classes[step, :active].astype(np.intp)
        return self._class_of_neighbours(step, active, found) if self._neighbours else found

    def tables(self, step: int, active: int) -> Array | int:
        """The table of each of the first lanes at a step; 0: table 0 for all."""
        found = self.classes(step, active)
        return found if self._transitions is None else found * 2 + self._quantizers(active)

    def advance(self, step: int, indices: Array) -> None:
        """Go on to the next step, when the first lanes have these indices."""
        self.remember(step, indices, self._quantizers(indices.size))
        if self._transitions is not None:
            states = self._states[: indices.size]
            self._transitions.take(states * 2 + (indices & 1), out=states, mode="clip")

    def remember(self, step: int, indices: Array, quantizers: Array | int) -> None:
        """Keep what neighbours need to know of the indices of the first lanes."""
        if self._neighbours:
            magnitudes = self._neighbours.magnitudes[quantizers, indices]
            self._history[step + self._reach, : indices.size] = magnitudes

    def _quantizers(self, active: int) -> Array | int:
        return 0 if self._transitions is None else self._states[:active] & 1

    def _class_of_neighbours(self, step: int, active: int, separable: Array | int) -> Array:
        assert self._neighbours
        total = np.zeros(active, np.intp)
        for distance, weight in self._pairs:
            total += self._history[step + self._reach - distance, :active] * weight
        classes = self._neighbours.classes
        found: Array = classes.reshape(-1)[total + separable * classes.shape[1]].astype(np.intp)
        return found
