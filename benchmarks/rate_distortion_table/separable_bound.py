"""The ideal size of floats whose exponents are coded by static tables of separable classes, and all else stored raw.

The bound of a tensor: each element has a scale, that of its row plus that of its column; the scales are cut into K
intervals, the classes; the exponents of class c cost their empirical entropy H(exponent | c), as an ideal coder with
one fixed table a class would spend; sign and mantissa cost their bits. Nothing is counted for tables, for the scales
themselves, for names, shapes or checksums: what a file takes more is the overhead of a real coder.

- Rows are the first axis longer than 1, columns all others flattened. The scales are the least-squares fit of row +
  column to the exponents (for a full two-way table: row mean + column mean − mean) in quarter octaves. Rows alone and
  columns alone are tried too, and no scale at all.
- K is 1, 2, 4, 8 or 16; intervals are of equal width or of equal population.
- With a scale for each element, or enough classes for a small tensor, this entropy goes to zero while scales and tables
  would cost more than they save. Which scales and K a tensor *uses* is therefore chosen by description length (Rissanen
  1978): the entropy of the scales and half the logarithm of the class's size for each free frequency are added when
  candidates are compared. They are left out of the bound itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from rate_distortion_table.float_fields import Array, FloatType

CLASS_COUNTS = (1, 2, 4, 8, 16)
STEPS_PER_OCTAVE = 4


@dataclass(frozen=True, slots=True)
class Ideal:
    """What exponents cost with some classes.

    Attributes:
        entropy: bits of all exponents, tables and classes known.
        description: bits of the tables and scales, asymptotically.
    """

    entropy: float
    description: float


@dataclass(frozen=True, slots=True)
class Scales:
    """A scale for each element.

    Attributes:
        steps: in quarter octaves from the least, broadcast to the matrix.
        description: bits of the rows' and columns' own scales.
    """

    steps: Array
    description: float


def separable_bound(bits: Array, kind: FloatType) -> float:
    """Bits of one tensor, given the bits of its numbers as unsigned integers of the tensor's shape."""
    if not bits.size:
        return 0.0
    exponents = as_matrix(kind.exponents(bits))
    best = min(candidates(exponents), key=lambda ideal: ideal.entropy + ideal.description)
    return best.entropy + bits.size * (kind.bits - kind.exponent_bits)


def as_matrix(array: Array) -> Array:
    """Rows are the first axis longer than 1."""
    rows = next((length for length in array.shape if length > 1), 1)
    return array.reshape(rows, prod(array.shape) // rows)


def candidates(exponents: Array) -> Iterator[Ideal]:
    """Every choice of scales and classes for a matrix of exponents."""
    for scales in all_scales(exponents):
        counted = joint_counts(scales.steps, exponents)
        for count in CLASS_COUNTS:
            for starts in (equal_widths(counted, count), equal_populations(counted, count)):
                tables = np.add.reduceat(counted, starts, axis=0)
                yield Ideal(float(entropies(tables).sum()), table_bits(tables) + scales.description)


def all_scales(exponents: Array) -> Iterator[Scales]:
    """None, rows, columns, and rows and columns together."""
    mean = exponents.mean()
    none = np.zeros((1, 1), np.intp)
    rows = in_steps(exponents.mean(axis=1, keepdims=True) - mean)
    columns = in_steps(exponents.mean(axis=0, keepdims=True) - mean)
    for parts in ((none,), (rows,), (columns,), (rows, columns)):
        steps = np.broadcast_to(sum(parts), exponents.shape)
        yield Scales(steps - steps.min(), sum(own_bits(part) for part in parts))


def in_steps(scale: Array) -> Array:
    return np.rint(scale * STEPS_PER_OCTAVE).astype(np.intp)


def own_bits(steps: Array) -> float:
    """Bits of scales coded by one table of their own."""
    table = np.bincount(steps.reshape(-1) - steps.min())[None, :].astype(np.float64)
    return float(entropies(table)[0]) + table_bits(table)


def joint_counts(steps: Array, exponents: Array) -> Array:
    """How often each exponent occurs at each scale; float64 (scales, 256)."""
    flat = (steps * 256 + exponents).reshape(-1)
    return np.bincount(flat, minlength=(int(steps.max()) + 1) * 256).reshape(-1, 256).astype(np.float64)


def equal_widths(counted: Array, count: int) -> Array:
    """The first scale of each class."""
    return np.unique(np.arange(count) * len(counted) // count)


def equal_populations(counted: Array, count: int) -> Array:
    """The first scale of each class."""
    below = np.cumsum(counted.sum(axis=1)) - counted.sum(axis=1)
    wanted = np.arange(count) * (counted.sum() / count)
    return np.unique(np.minimum(np.searchsorted(below, wanted), len(counted) - 1))


def entropies(tables: Array) -> Array:
    """Bits of all that each row of a table counts."""
    sizes = tables.sum(axis=1)
    return sizes * logarithm(sizes) - (tables * logarithm(tables)).sum(axis=1)


def table_bits(tables: Array) -> float:
    """Bits that the tables' frequencies take, to the precision that is worth sending."""
    free = np.maximum((tables > 0).sum(axis=1) - 1, 0)
    return float(free @ logarithm(tables.sum(axis=1))) / 2


def logarithm(counts: Array) -> Array:
    """To base 2; 0 where nothing is counted."""
    return np.log2(np.maximum(counts, 1))
