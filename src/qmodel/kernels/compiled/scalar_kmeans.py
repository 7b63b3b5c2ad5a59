"""Compiled twin of `qmodel.kernels.scalar_kmeans`: the layers of its dynamic program."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def next_layer(gain: Array, weights: Array, totals: Array, starts: Array) -> Array:
    """As `qmodel.kernels.scalar_kmeans.next_layer`."""
    atoms = gain.size - 1
    best = gain.copy()
    best[0] = 0.0
    step = 1
    while 2 * step <= atoms:
        step *= 2
    while step:
        for end in range(step, atoms + 1, 2 * step):
            highest = end - 1
            if end + step <= atoms:
                highest = min(highest, starts[end + step])
            top = -np.inf
            for start in range(starts[end - step], highest + 1):
                inner = totals[end] - totals[start]
                reached = gain[start] + inner * inner / (weights[end] - weights[start])
                if reached > top:
                    top = reached
                    starts[end] = start
            best[end] = top
        step //= 2
    return best
