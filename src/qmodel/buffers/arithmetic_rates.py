"""What codes of a trellis will cost in an arithmetic stream, for a search that chooses among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.buffers.arithmetic import ELEMENTS_PER_CHUNK, ArithmeticCoding
from qmodel.dtypes import Array, ElementType
from qmodel.kernels import arithmetic
from qmodel.kernels.arithmetic_rates import element_bits

# Classes are quantiles of the scale, times quantiles of the mean relative to it.
_SCALES, _MEANS = 4, 16


@dataclass(frozen=True, slots=True, eq=False)
class ElementRates:
    """Bits of elements, by what is expected of them.

    Attributes:
        bits: float32 of shape (classes, 2, elements), by quantizer, in the order of the elements.
        lowest: the first element.
        classes: the class of each element, uint8, at most 64 of them.
    """

    bits: Array
    lowest: int
    classes: Array


def element_rates(
    codes: Array, element_type: ElementType, coding: ArithmeticCoding, lowest: int, highest: int, /
) -> ElementRates:
    """Bits of codes beside those that are there now.

    Args:
        codes: of a trellis, storage of a type, 1-D, not empty.
        element_type: the type.
        coding: that the codes will have.
        lowest: first code of which the bits are wanted.
        highest: last code.
    """
    stream = coding.stream(element_type)
    elements = codes.astype(np.int64)
    chunks = [
        arithmetic.observe(elements[start : start + ELEMENTS_PER_CHUNK], stream)
        for start in range(0, elements.size, ELEMENTS_PER_CHUNK)
    ]
    expected = np.concatenate([chunk.expected for chunk in chunks])
    classes = _classes(expected)
    sizes = np.bincount(classes)
    averages = np.stack([np.bincount(classes, each) / sizes for each in expected.T], axis=1)
    bits = element_bits(chunks[0], np.rint(averages).astype(np.int64), lowest, highest)
    return ElementRates(bits, lowest, classes)


def _classes(expected: Array) -> Array:
    """Classes of about equal expectation, numbered without gaps: uint8."""
    means, scales = expected.T
    number = _quantile_of(scales, _SCALES) * _MEANS + _quantile_of((means << 8) // scales, _MEANS)
    class_of_number = np.cumsum(np.bincount(number) > 0) - 1
    classes: Array = class_of_number.astype(np.uint8)[number]
    return classes


def _quantile_of(values: Array, count: int) -> Array:
    """Which of `count` parts of about equal size each value is in; equal values are in one."""
    ranks = -(-values.size * np.arange(1, count) // count) - 1
    borders = np.partition(values, ranks)[ranks]
    return np.searchsorted(borders, values)
