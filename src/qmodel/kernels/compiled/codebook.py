"""Compiled twin of `qmodel.kernels.codebook`."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

# With so few limits, comparing with all of them in vector registers beats a search.
_FEW_LIMITS = 64
_BLOCK = 4096


@jit
def lookup_scalars(indices: Array, entries: Array, out: Array) -> None:
    """As `qmodel.kernels.codebook.lookup_scalars`."""
    groups, length = indices.shape
    for group in range(groups):
        palette = entries[group]
        for i in range(length):
            out[group, i] = palette[indices[group, i]]


@jit
def lookup_vectors(indices: Array, entries: Array, out: Array) -> None:
    """As `qmodel.kernels.codebook.lookup_vectors`."""
    groups, length = indices.shape
    for group in range(groups):
        for i in range(length):
            index = indices[group, i]
            for k in range(entries.shape[2]):
                out[group, i, k] = entries[group, index, k]


def count_below(values: Array, limits: Array, out: Array) -> None:
    """As `qmodel.kernels.codebook.count_below`."""
    (compare_with_all if limits.shape[1] <= _FEW_LIMITS else search)(values, limits, out)


@jit
def compare_with_all(values: Array, limits: Array, out: Array) -> None:
    """As `count_below`, the quicker for few limits."""
    for group in range(values.shape[0]):
        for start in range(0, values.shape[1], _BLOCK):
            part = values[group, start : start + _BLOCK]
            counts = out[group, start : start + _BLOCK]
            counts[:] = 0
            for limit in limits[group]:
                for i in range(part.size):
                    counts[i] += part[i] > limit


@jit
def search(values: Array, limits: Array, out: Array) -> None:
    """As `count_below`, searching without branches: `base` limits are below the value, `left` are undecided."""
    for group in range(values.shape[0]):
        ascending = limits[group]
        for i in range(values.shape[1]):
            value = values[group, i]
            base = 0
            left = ascending.size
            while left > 1:
                half = left // 2
                base += half * (ascending[base + half - 1] < value)
                left -= half
            out[group, i] = base + (left == 1 and ascending[base] < value)
