"""What the rANS kernels need to know of a stream: frequencies, and how a table is found for each element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array

MAX_NEIGHBOURS = 4
MAX_MAGNITUDE = 255


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How the magnitudes of elements to the left in a run choose the class.

    Attributes:
        distances: how far left each neighbour is, at least 1; int64 of shape (4,).
        weights: of each neighbour; int64 of shape (4,), 0 for a neighbour that does not count.
        classes: uint8 of shape (separable classes, `MAX_MAGNITUDE` * sum of weights + 1): the class for each weighted
            sum of magnitudes.
        magnitudes: uint8 of shape (quantizers, indices). Elements before the run have magnitude 0.
    """

    distances: Array
    weights: Array
    classes: Array
    magnitudes: Array

    @property
    def reach(self) -> int:
        """How far left the farthest neighbour is."""
        return int(self.distances.max())


@dataclass(frozen=True, slots=True)
class Contexts:
    """How the table of an element is found: it is class * quantizers + quantizer.

    Attributes:
        run_length: elements in each lane but the last, at least 1.
        classes: uint8, the separable class of each element; None: 0 for all.
        transitions: uint8 of shape (states, 2), the trellis whose quantizers double the tables; None: one quantizer.
            The parity of an index is that of the code it stands for.
        neighbours: how neighbours turn the separable class into the class; None: it is the class.
    """

    run_length: int
    classes: Array | None = None
    transitions: Array | None = None
    neighbours: Neighbours | None = None

    @property
    def quantizers(self) -> int:
        """Tables of each class."""
        return 1 if self.transitions is None else 2

    @property
    def is_empty(self) -> bool:
        """Whether there is one table for all elements."""
        return self.classes is None and self.transitions is None and self.neighbours is None


@dataclass(frozen=True, slots=True)
class Tables:
    """Frequencies of symbols. An element's index is its symbol, then `low_bits` bits that are coded as they are.

    Attributes:
        frequencies: uint32 of shape (tables, symbols); each row sums to 2^total_bits.
        total_bits: 8 to 16.
        low_bits: 0 to 16 - total_bits.
        escapes: how many symbols, the last ones, stand for every index that has no frequency: 0, 1, or 2, one for each
            parity.
    """

    frequencies: Array
    total_bits: int
    low_bits: int = 0
    escapes: int = 0

    @property
    def first_escape(self) -> int:
        """The lowest index that is an escape."""
        return int(self.frequencies.shape[1] - self.escapes) << self.low_bits

    @property
    def kept_bits(self) -> int:
        """Mask of the bits of an index that its escape keeps."""
        return max((1 << self.low_bits) - 1, self.escapes - 1)

    def starts(self) -> Array:
        """The first slot of each symbol: uint32, of the shape of frequencies."""
        return (np.cumsum(self.frequencies, axis=1) - self.frequencies).astype(np.uint32)
