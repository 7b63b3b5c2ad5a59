"""What is measured. Needs no library: peers tell in the same words."""

from __future__ import annotations

import math
from dataclasses import dataclass

# The knob of files whose error or size nothing was solved for.
STEP = "step"


@dataclass(frozen=True, slots=True)
class QuantizedFile:
    """One of our files with loss.

    Attributes:
        recipe: that made it.
        knob: that its quality was asked for by: `relative_mse` or `bits_per_weight`; or `step`.
        wanted: what the knob was set to; the relative mean square error that the step was guessed for.
        weights: number of values in it.
        size: bytes of the whole file on disk.
        error: relative mean square error of all values together.
        seconds: that writing it took, the search for the quality included where the knob has one.
    """

    recipe: str
    knob: str
    wanted: float
    weights: int
    size: int
    error: float
    seconds: float

    @property
    def bits(self) -> float:
        """Bits of the file for each weight."""
        return self.size * 8 / self.weights

    @property
    def gap(self) -> float:
        """Bits above what a Gaussian source needs at this error (Shannon 1959): half a bit for each factor of two."""
        return self.bits + 0.5 * math.log2(self.error)

    @property
    def miss(self) -> float:
        """How far from what was wanted it is, as a part of it."""
        reached = self.bits if self.knob == "bits_per_weight" else self.error
        return abs(reached / self.wanted - 1)


@dataclass(frozen=True, slots=True)
class LosslessSize:
    """A set without loss.

    Attributes:
        codec: one of our recipes, a peer, or a bound.
        kind: the float type.
        raw: bytes before.
        size: bytes after.
        exact: whether every bit came back.
    """

    codec: str
    kind: str
    raw: int
    size: float
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Timing:
    """The shortest time that something took.

    Attributes:
        codec: one of our recipes, or a peer.
        task: what it did.
        subject: the weight set.
        threads: at most so many.
        amount: weights, or bytes before compression, as the task has it.
        seconds: of the quickest round.
        size: bytes after compression.
    """

    codec: str
    task: str
    subject: str
    threads: int
    amount: int
    seconds: float
    size: int

    @property
    def rate(self) -> float:
        """Millions a second."""
        return self.amount / self.seconds / 1e6


@dataclass(frozen=True, slots=True)
class Absent:
    """What this version does not do.

    Attributes:
        what: was asked for.
        reason: what the library said.
    """

    what: str
    reason: str
