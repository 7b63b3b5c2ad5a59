"""Compiled twin of `qmodel.kernels.vector_kmeans`: the nearest entry of each vector."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def assign(vectors: Array, weights: Array, columns: Array, indices: Array, errors: Array) -> None:
    """As `qmodel.kernels.vector_kmeans.assign`."""
    length, count = columns.shape
    distances = np.empty(count, np.float32)
    # Floats of one sign ascend with their bits, and the smallest of integers is found in vector registers.
    bits = distances.view(np.int32)
    each = weights.shape[0] > 1
    for i in range(vectors.shape[0]):
        distances[:] = 0
        for axis in range(length):
            value, share = vectors[i, axis], weights[i if each else 0, axis]
            column = columns[axis]
            for k in range(count):
                apart = value - column[k]
                distances[k] += apart * apart * share
        smallest = bits[0]
        for k in range(count):
            smallest = min(smallest, bits[k])
        found = 0
        while bits[found] != smallest:
            found += 1
        indices[i] = found
        errors[i] = distances[found]
