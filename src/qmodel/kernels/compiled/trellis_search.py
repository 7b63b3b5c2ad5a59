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
            if half == 4:
                extend_8_states(costs, edges, paths, decisions[block])
            else:
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
def extend_8_states(costs: Array, edges: Array, paths: Array, decisions: Array) -> None:
    """As `extend`, for all steps of a block: eight paths fit into registers."""
    edge_0, edge_1, edge_2, edge_3 = edges[0], edges[1], edges[2], edges[3]
    p0, p1, p2, p3 = paths[0], paths[1], paths[2], paths[3]
    p4, p5, p6, p7 = paths[4], paths[5], paths[6], paths[7]
    d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = np.uint32(0)
    for step in range(BLOCK_STEPS):
        straight, crossed = costs[step, edge_0], costs[step, edge_0 ^ 1]
        n0, d0 = least(p0 + straight, p4 + crossed, d0)
        n1, d1 = least(p0 + crossed, p4 + straight, d1)
        straight, crossed = costs[step, edge_1], costs[step, edge_1 ^ 1]
        n2, d2 = least(p1 + straight, p5 + crossed, d2)
        n3, d3 = least(p1 + crossed, p5 + straight, d3)
        straight, crossed = costs[step, edge_2], costs[step, edge_2 ^ 1]
        n4, d4 = least(p2 + straight, p6 + crossed, d4)
        n5, d5 = least(p2 + crossed, p6 + straight, d5)
        straight, crossed = costs[step, edge_3], costs[step, edge_3 ^ 1]
        n6, d6 = least(p3 + straight, p7 + crossed, d6)
        n7, d7 = least(p3 + crossed, p7 + straight, d7)
        p0, p1, p2, p3, p4, p5, p6, p7 = n0, n1, n2, n3, n4, n5, n6, n7
    paths[0], paths[1], paths[2], paths[3] = p0, p1, p2, p3
    paths[4], paths[5], paths[6], paths[7] = p4, p5, p6, p7
    decisions[0, 0], decisions[0, 1], decisions[0, 2], decisions[0, 3] = d0, d2, d4, d6
    decisions[1, 0], decisions[1, 1], decisions[1, 2], decisions[1, 3] = d1, d3, d5, d7


@jit
def least(by_low: np.float32, by_high: np.float32, decisions: np.uint32) -> tuple[np.float32, np.uint32]:
    """The lesser of two costs, and a bit more of decisions: whether it is the second."""
    is_high = by_high < by_low
    return (by_high if is_high else by_low), np.uint32((decisions << np.uint32(1)) | np.uint32(is_high))


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
