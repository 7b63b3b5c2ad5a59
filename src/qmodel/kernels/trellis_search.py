"""The search for the best trellis codes (spec/encodings/trellis.md, "What an encoder should do").

Viterbi's algorithm (1967) over the trellis of Marcellin and Fischer (1990, "Trellis coded quantization of memoryless
and Gauss-Markov sources", IEEE Trans. Comm. 38), with the bits of the codes in the cost as in entropy-constrained TCQ
(Fischer and Wang 1992). Both quantizers fall into two subsets, by the parity of the code: levels with one remainder
modulo 4. Of each subset only one level can be on the best path. It is one of the two around the value: all others are
farther away by so much that no real code pays for it. Where error weights differ it may also be the one nearest to 0.

The states are numbered as a shift register holds them: with b(t) such that the parities' sequence is h0(D) · b and the
quantizers' h1(D) · b, state n is the last b's, the latest lowest. Then states i and i + half lead to 2i and 2i + 1, and
a step needs no look-up of states.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolutional_code import PARITY_CHECKS
from qmodel.kernels.dispatch import compiled

# Costs are made small again, and decisions are kept, for so many steps at once; every run is filled up to a multiple.
BLOCK_STEPS = 32
# By subset, which is twice the quantizer plus the parity of the code: its levels modulo 4, and the codes of its level
# nearest to 0 for values below 0 and for others.
REMAINDERS = (0, 2, 1, 3)
NEAREST_TO_ZERO = ((0, 0), (-1, 1), (0, 0), (-1, -1))
# Costs, candidates and decisions of the runs that NumPy searches at once.
_BATCH_BYTES = 64 << 20


def search(
    scaled: Array,
    weights: Array | None,
    classes: Array | None,
    penalties: Array,
    lowest: int,
    states: int,
    run_length: int,
    /,
) -> Array:
    """The codes of least total cost: weight · (value − level)² + penalty of the code.

    Costs are float32, compared after each step, so that ties and the last digits of long runs are decided by rounding;
    both versions round alike.

    Args:
        scaled: values divided by the step, float32 or float64, 1-D, of magnitudes up to 2^24.
        weights: error weights, float32, at least 0; None: all 1.
        classes: which penalties apply to each element, uint8; None: the first.
        penalties: of codes, in the unit of squared scaled values, finite; float32, of shape (classes, 2, codes + 2): by
            quantizer, and in the order of the codes, between a first and a last one for all codes beyond.
        lowest: the code of the second penalty.
        states: number of states of the convolutional code.
        run_length: elements of each run but the last, which may be shorter; at least 1.

    Returns:
        int32 of the shape of scaled.
    """
    out = np.empty(scaled.shape, np.int32)
    run_length = min(run_length, max(scaled.size, 1))
    edges = edge_subsets(states)
    if module := compiled("trellis_search", scaled.size * states):
        module.search(scaled, weights, classes, penalties, lowest, edges, run_length, out)
        return out
    for part, runs in _batches(scaled.size, run_length, states):
        costs, codes = _candidates(
            scaled[part],
            None if weights is None else weights[part],
            None if classes is None else classes[part],
            penalties,
            lowest,
        )
        out[part] = _best_paths(costs.reshape(runs, -1, 4), codes.reshape(runs, -1, 4), edges).reshape(-1)
    return out


@cache
def edge_subsets(states: int) -> Array:
    """Which subset an edge of the trellis belongs to: twice the quantizer plus the parity.

    Returns:
        int32 of shape (states / 2,): of the edge from state i to state 2i. From i + half to 2i + 1 it is the same, and
        on the two edges between those states it has the other parity. Read-only.
    """
    checks = np.array(PARITY_CHECKS[states]) >> 1
    parity_sum, chosen = (np.bitwise_count(np.arange(states // 2)[:, None] & checks) & 1).T
    subsets: Array = (2 * chosen + (parity_sum ^ chosen)).astype(np.int32)
    subsets.flags.writeable = False
    return subsets


def _candidates(
    scaled: Array, weights: Array | None, classes: Array | None, penalties: Array, lowest: int
) -> tuple[Array, Array]:
    """Cost and code of the best level of each subset, float32 and int32 of shape (elements, 4)."""
    values = scaled.astype(np.float64)
    costs = np.full((scaled.size, 4), np.inf, np.float32)
    codes = np.empty((scaled.size, 4), np.int32)
    for subset, remainder in enumerate(REMAINDERS):
        quarters = np.floor((values - remainder) * 0.25)
        below = 2 * quarters.astype(np.int32) + (subset & 1)
        choices = [below, below + 2]
        if weights is not None:
            choices.append(np.where(values < 0, *NEAREST_TO_ZERO[subset]).astype(np.int32))
        codes[:, subset] = below
        for code in choices:
            places = np.clip(code - (lowest - 1), 0, penalties.shape[2] - 1)
            cost = np.square((values - (2.0 * code + (subset >> 1))).astype(np.float32))
            if weights is not None:
                cost *= weights
            cost += penalties[0 if classes is None else classes, subset >> 1, places]
            np.copyto(codes[:, subset], code, where=cost < costs[:, subset])
            np.minimum(costs[:, subset], cost, out=costs[:, subset])
    return costs, codes


def _best_paths(costs: Array, codes: Array, edges: Array) -> Array:
    """The codes on the best path of each run: costs and codes of shape (runs, elements, 4)."""
    runs, length, _ = costs.shape
    states = 2 * edges.size
    decisions = np.empty((-(-length // BLOCK_STEPS) * BLOCK_STEPS, runs, states // 8 or 1), np.uint8)
    paths = np.full((runs, states), np.inf, np.float32)
    paths[:, 0] = 0
    idle = np.zeros((runs, 4), np.float32)
    for step in range(len(decisions)):
        paths = _extended(paths, costs[:, step] if step < length else idle, edges, decisions[step])
        if (step + 1) % BLOCK_STEPS == 0:
            paths -= paths.min(axis=1, keepdims=True)
    return _traced_back(paths.argmin(axis=1), decisions, codes, edges)


def _extended(paths: Array, costs: Array, edges: Array, decisions: Array) -> Array:
    """The cost of the best path to each state one step on, and by bits whether it came from the upper half."""
    straight, crossed = costs[:, edges], costs[:, edges ^ 1]
    low, high = paths[:, : edges.size], paths[:, edges.size :]
    extended, from_high = np.empty_like(paths), np.empty(paths.shape, bool)
    for bit, (of_low, of_high) in enumerate(((straight, crossed), (crossed, straight))):
        by_low, by_high = low + of_low, high + of_high
        np.less(by_high, by_low, out=from_high[:, bit::2])
        np.minimum(by_low, by_high, out=extended[:, bit::2])
    decisions[:] = np.packbits(from_high, axis=1, bitorder="little")
    return extended


def _traced_back(ends: Array, decisions: Array, codes: Array, edges: Array) -> Array:
    runs, length, _ = codes.shape
    out = np.empty((runs, length), np.int32)
    every, state = np.arange(runs), ends
    for step in range(len(decisions) - 1, -1, -1):
        from_high = decisions[step, every, state >> 3] >> (state & 7) & 1
        origin = state >> 1
        if step < length:
            out[:, step] = codes[every, step, edges[origin] ^ (state & 1) ^ from_high]
        state = origin + edges.size * from_high.astype(np.intp)
    return out


def _batches(size: int, run_length: int, states: int) -> Iterator[tuple[slice, int]]:
    """Slices of elements that are runs of one length, and how many."""
    batch = max(_BATCH_BYTES // (run_length * (64 + states // 8)), 1) * run_length
    whole = size // run_length * run_length
    for start in range(0, whole, batch):
        stop = min(start + batch, whole)
        yield slice(start, stop), (stop - start) // run_length
    if whole < size:
        yield slice(whole, size), 1
