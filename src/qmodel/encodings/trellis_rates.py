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
    """How a coding will code the codes of a tensor."""

    def rates(self, codes: Array, quantizers: Array, /) -> CodeRates:
        """What codes will cost if the coding is fitted to codes like these.

        Args:
            codes: of all elements, int32.
            quantizers: that they belong to, uint8, 0 or 1.
        """


class CountedRates:
    """Rates by counts of the codes of each quantizer, whatever the coding will be."""

    def rates(self, codes: Array, quantizers: Array, /) -> CodeRates:
        """See `RateModel.rates`."""
        lowest, highest = int(codes.min(initial=0)) - _MARGIN, int(codes.max(initial=0)) + _MARGIN
        return counted_rates(codes, quantizers, None, lowest, highest)


def counted_rates(codes: Array, quantizers: Array, classes: Array | None, lowest: int, highest: int, /) -> CodeRates:
    """Rates by counts of codes.

    Args:
        codes: of all elements, int32.
        quantizers: that they belong to, uint8, 0 or 1.
        classes: of each element, uint8; None: one.
        lowest: least code that is counted.
        highest: greatest code that is counted.
    """
    width = highest - lowest + 1
    tables = quantizers.astype(np.int64)
    if classes is not None:
        tables += 2 * classes.astype(np.int64)
    class_count = 1 if classes is None else int(classes.max(initial=0)) + 1
    places = tables * width + np.clip(codes, lowest, highest) - lowest
    counts = np.bincount(places, minlength=2 * class_count * width).reshape(class_count, 2, width)
    totals = counts.sum(axis=2) + _SMOOTHING * (width + 1)
    bits = np.log2(totals[..., None] / (counts + _SMOOTHING))
    beyond = np.log2(totals / _SMOOTHING) + np.log2(width)
    return CodeRates(bits.astype(np.float32), beyond.astype(np.float32), lowest, classes)
