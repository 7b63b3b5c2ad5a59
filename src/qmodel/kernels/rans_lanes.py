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
    """

    def __init__(self, count: int, run_length: int) -> None:
        self.count = count
        self.steps = min(run_length, count)
        self.lanes = -(-count // self.steps) if count else 0

    def active(self, step: int) -> int:
        """How many lanes, the first ones, have an element at a step."""
        last = self.count - (self.lanes - 1) * self.steps
        return self.lanes - (step >= last)

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

    def tables(self, step: int, active: int) -> Array | int:
        """The table of each of the first lanes at a step; 0: table 0 for all."""
        found: Array | int = 0 if self._classes is None else self._classes[step, :active].astype(np.intp)
        if self._neighbours:
            found = self._class_of_neighbours(step, active, found)
        if self._transitions is not None:
            found = found * 2 + self.quantizers(active)
        return found

    def quantizers(self, active: int) -> Array | int:
        """The quantizer of each of the first lanes."""
        return 0 if self._transitions is None else self._states[:active] & 1

    def advance(self, step: int, indices: Array) -> None:
        """Go on to the next step, when the first lanes have these indices."""
        active = indices.size
        if self._neighbours:
            magnitudes = self._neighbours.magnitudes[self.quantizers(active), indices]
            self._history[step + self._reach, :active] = magnitudes
        if self._transitions is not None:
            states = self._states[:active]
            self._transitions.take(states * 2 + (indices & 1), out=states, mode="clip")

    def _class_of_neighbours(self, step: int, active: int, separable: Array | int) -> Array:
        assert self._neighbours
        total = np.zeros(active, np.intp)
        for distance, weight in self._pairs:
            total += self._history[step + self._reach - distance, :active] * weight
        classes = self._neighbours.classes
        found: Array = classes.reshape(-1)[total + separable * classes.shape[1]].astype(np.intp)
        return found
