"""What codes of a trellis cost in bits, as the search for them needs to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qmodel.dtypes import Array

# Costs are rounded to such parts of a bit: last digits that differ between processors decide nothing.
_PARTS_OF_A_BIT = 64
# How many times every code counts as seen beside those that were.
_SMOOTHING = 0.25
# Room beside the smallest and largest codes that were seen.
_MARGIN = 2
# Codes farther from 0 are alike: at so many bits a code its neighbours cost as much.
_FARTHEST = 1 << 11
# What is beyond needs bits of its own to say which it is.
BITS_BEYOND = np.float32(np.log2(_FARTHEST))


@dataclass(frozen=True, slots=True)
class CodeRates:
    """Bits of every code, by class and quantizer.

    Attributes:
        bits: at least 0, finite; float32 of shape (classes, 2, codes), in the order of the codes.
        beyond: bits of any other code; float32 of shape (classes, 2).
        lowest: the first code of `bits`.
        classes: the class of each element, uint8; None: all are of the first.
    """

    bits: Array
    beyond: Array
    lowest: int
    classes: Array | None = None

    def penalties(self, slope: float, /) -> Array:
        """Costs as `kernels.trellis_search.search` takes them: a bit costs `slope` squared steps."""
        whole = np.concatenate([self.beyond[..., None], self.bits, self.beyond[..., None]], axis=2)
        rounded = np.rint(whole * np.float32(_PARTS_OF_A_BIT)) * np.float32(slope / _PARTS_OF_A_BIT)
        return np.ascontiguousarray(rounded, np.float32)


class RateModel(Protocol):
    """Knows what codes will cost."""

    @property
    def run_length(self) -> int:
        """Elements of each run of the trellis; it may change with what `rates` finds out."""

    def rates(self, codes: Array, quantizers: Array, /, *, rough: bool) -> CodeRates:
        """What codes will cost if the coding is fitted to codes like these.

        Args:
            codes: of all elements, int32, not empty.
            quantizers: that they belong to, uint8, 0 or 1.
            rough: whether the codes are not yet worth much thought.
        """


@dataclass(frozen=True, slots=True)
class CountedRates:
    """The rates of an ideal coder without contexts.

    Attributes:
        run_length: see `RateModel`.
    """

    run_length: int

    def rates(self, codes: Array, quantizers: Array, /, *, rough: bool) -> CodeRates:
        """See `RateModel.rates`."""
        return counted_rates(codes, quantizers)


def counted_rates(codes: Array, quantizers: Array, classes: Array | None = None, /) -> CodeRates:
    """Rates of an ideal coder that knows how often codes occur in each class and quantizer.

    Args:
        codes: of all elements, int32, not empty.
        quantizers: that they belong to, uint8, 0 or 1.
        classes: of each element, uint8; None: one for all.
    """
    lowest, highest = code_range(codes)
    width = highest - lowest + 1
    class_count = 1 if classes is None else int(classes.max()) + 1
    tables = quantizers.astype(np.int64)
    if classes is not None:
        tables += 2 * classes.astype(np.int64)
    places = codes - lowest
    inside = (places >= 0) & (places < width)
    keys = np.where(inside, tables * (width + 1) + places, tables * (width + 1) + width)
    counts = np.bincount(keys, minlength=2 * class_count * (width + 1)) + _SMOOTHING
    counts = counts.reshape(class_count, 2, width + 1)
    bits = np.log2(counts.sum(axis=2, keepdims=True) / counts).astype(np.float32)
    return CodeRates(bits[..., :-1], bits[..., -1] + BITS_BEYOND, lowest, classes)


def code_range(codes: Array, /) -> tuple[int, int]:
    """The first and last code whose rates matter.

    Args:
        codes: of all elements, int32, not empty.
    """
    lowest = min(max(int(codes.min()) - _MARGIN, -_FARTHEST), _FARTHEST)
    return lowest, max(min(int(codes.max()) + _MARGIN, _FARTHEST), lowest)
