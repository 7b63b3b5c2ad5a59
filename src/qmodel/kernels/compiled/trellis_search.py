"""Compiled twin of `qmodel.kernels.trellis_search`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.trellis_search import BLOCK_STEPS, NEAREST_TO_ZERO, REMAINDERS


@jit
def search(
    scaled: Array,
    weights: Array | None,
    classes: Array | None,
    penalties: Array,
    lowest: int,
    edges: Array,
    run_length: int,
    out: Array,
) -> None:
    """As `qmodel.kernels.trellis_search.search`."""
    half = edges.size
    blocks = (run_length + BLOCK_STEPS - 1) // BLOCK_STEPS
    paths, extended = np.empty(2 * half, np.float32), np.empty(2 * half, np.float32)
    # A word for each state and block: a bit for each step, the earliest highest.
    decisions = np.zeros((blocks, 2, half), np.uint32)
    costs = np.empty((BLOCK_STEPS, 4), np.float32)
    codes = np.empty((blocks * BLOCK_STEPS, 4), np.int32)
    for start in range(0, scaled.size, run_length):
        length = min(run_length, scaled.size - start)
        paths[:] = np.inf
        paths[0] = 0
        for block in range((length + BLOCK_STEPS - 1) // BLOCK_STEPS):
            first = block * BLOCK_STEPS
            count = min(BLOCK_STEPS, length - first)
            part = slice(start + first, start + first + count)
            part_weights = None if weights is None else weights[part]
            part_classes = None if classes is None else classes[part]
            find_candidates(
                scaled[part], part_weights, part_classes, penalties, lowest, costs, codes[first : first + count]
            )
            costs[count:] = 0
            from_high_0, from_high_1 = decisions[block, 0], decisions[block, 1]
            for step in range(0, BLOCK_STEPS, 2):
                extend(costs[step], edges, paths, extended, from_high_0, from_high_1)
                extend(costs[step + 1], edges, extended, paths, from_high_0, from_high_1)
            paths -= paths.min()
        trace_back(np.argmin(paths), decisions, codes, edges, out[start : start + length])


@jit
def extend(costs: Array, edges: Array, paths: Array, extended: Array, from_high_0: Array, from_high_1: Array) -> None:
    """The cost of the best path to each state one step on, and whether it came from the upper half.

    The four costs are chosen by comparisons, not looked up, so that the loop is compiled to vector instructions.
    """
    half = edges.size
    low, high = paths[:half], paths[half:]
    even_0, odd_0, even_1, odd_1 = costs[0], costs[1], costs[2], costs[3]
    for i in range(half):
        even = even_1 if edges[i] & 2 else even_0
        odd = odd_1 if edges[i] & 2 else odd_0
        straight = odd if edges[i] & 1 else even
        crossed = even if edges[i] & 1 else odd
        by_low, by_high = low[i] + straight, high[i] + crossed
        extended[2 * i] = by_high if by_high < by_low else by_low
        from_high_0[i] = (from_high_0[i] << np.uint32(1)) | np.uint32(by_high < by_low)
        by_low, by_high = low[i] + crossed, high[i] + straight
        extended[2 * i + 1] = by_high if by_high < by_low else by_low
        from_high_1[i] = (from_high_1[i] << np.uint32(1)) | np.uint32(by_high < by_low)


@jit
def trace_back(state: np.integer, decisions: Array, codes: Array, edges: Array, out: Array) -> None:
    """Follow the best path back from its last state."""
    half = edges.size
    steps = (out.size + BLOCK_STEPS - 1) // BLOCK_STEPS * BLOCK_STEPS
    for step in range(steps - 1, -1, -1):
        origin, bit = state >> 1, state & 1
        word = decisions[step // BLOCK_STEPS, bit, origin]
        from_high = np.int64((word >> np.uint32(BLOCK_STEPS - 1 - step % BLOCK_STEPS)) & np.uint32(1))
        if step < out.size:
            out[step] = codes[step, edges[origin] ^ bit ^ from_high]
        state = origin + half * from_high


@jit
def find_candidates(
    scaled: Array,
    weights: Array | None,
    classes: Array | None,
    penalties: Array,
    lowest: int,
    costs: Array,
    codes: Array,
) -> None:
    """Cost and code of the best level of each subset."""
    for i in range(scaled.size):
        value = np.float64(scaled[i])
        weight = np.float32(1) if weights is None else weights[i]
        rows = penalties[0 if classes is None else classes[i]]
        for subset in range(4):
            quantizer, row = subset >> 1, rows[subset >> 1]
            quarter = np.floor((value - REMAINDERS[subset]) * 0.25)
            code = np.int32(2 * quarter) + np.int32(subset & 1)
            other = code + np.int32(2)
            cost = cost_of(value, code, quantizer, weight, row, lowest)
            other_cost = cost_of(value, other, quantizer, weight, row, lowest)
            if other_cost < cost:
                cost, code = other_cost, other
            if weights is not None:
                other = np.int32(NEAREST_TO_ZERO[subset][0 if value < 0 else 1])
                other_cost = cost_of(value, other, quantizer, weight, row, lowest)
                if other_cost < cost:
                    cost, code = other_cost, other
            costs[i, subset], codes[i, subset] = cost, code


@jit
def cost_of(
    value: np.float64, code: np.int32, quantizer: int, weight: np.float32, penalties: Array, lowest: int
) -> np.float32:
    """Weighted squared error and penalty of a code."""
    error = np.float32(value - (2.0 * code + quantizer))
    place = min(max(int(code) - lowest + 1, 0), penalties.size - 1)
    cost: np.float32 = weight * (error * error) + penalties[place]
    return cost
