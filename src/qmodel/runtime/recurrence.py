"""What LSTM, GRU and RNN share: directions, layouts, sequence lengths, and the projection of the inputs.

A state is held as (features, batch): gates are then contiguous blocks of rows, each step is one matrix product without
transposes, and activations run in place over whole blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.activations import Activation, make_activations
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import Floats, Strings

_PROJECTION_BYTES = 8 << 20

State: TypeAlias = tuple[Array, ...]
# Turns (projected inputs, states) of one step into new states, written to the arrays given last.
Step: TypeAlias = Callable[[Array, State, State], None]


@dataclass(frozen=True, slots=True)
class DirectionWeights:
    """The weights of one direction; `gates` is 4, 3 or 1.

    Attributes:
        w: (gates * hidden, input size).
        r: (gates * hidden, hidden).
        w_bias: (gates * hidden, 1), of the inputs.
        r_bias: (gates * hidden, 1), of the recurrence.
        peepholes: (3 * hidden, 1) in the order i, o, f; None without.
        activations: in ONNX's order.
    """

    w: Array
    r: Array
    w_bias: Array
    r_bias: Array
    peepholes: Array | None
    activations: tuple[Activation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentOptions:
    """Attributes that the three operators share, and the activations of one direction when none are given."""

    activations: Strings
    activation_alpha: Floats
    activation_beta: Floats
    direction: str
    hidden_size: int
    layout: int
    default_activations: Strings


def run_recurrence(
    x: Array,
    w: Array,
    r: Array,
    b: Array | None,
    sequence_lens: Array | None,
    initial: tuple[Array | None, ...],
    peepholes: Array | None,
    make_step: Callable[[DirectionWeights, int], Step],
    options: RecurrentOptions,
    /,
    *,
    bias_of_recurrence_apart: bool = False,
) -> tuple[Array, ...]:
    """Run all directions over all steps.

    Args:
        x: (steps, batch, input size), or (batch, steps, input size) with layout 1.
        w: (directions, gates * hidden, input size).
        r: (directions, gates * hidden, hidden).
        b: (directions, 2 * gates * hidden), or None.
        sequence_lens: (batch,) integers, or None for full length.
        initial: for each state (directions, batch, hidden), batch first with layout 1, or None for 0.
        peepholes: (directions, 3 * hidden), or None.
        make_step: makes the function of one step from the weights and the batch size.
        options: attributes.
        bias_of_recurrence_apart: whether the step adds `r_bias` itself.

    Returns:
        Y (steps, directions, batch, hidden), then the last value of each state (directions, batch, hidden); batch first
        with layout 1.
    """
    sequence = widened(x if options.layout == 0 else x.swapaxes(0, 1))
    steps, batch, _ = sequence.shape
    hidden = _checked_hidden(r, options)
    backward = _directions(options.direction, w.shape[0])
    y = np.zeros((steps, len(backward), hidden, batch), dtype=sequence.dtype)
    last = [np.empty((len(backward), hidden, batch), dtype=sequence.dtype) for _ in initial]
    for d, is_backward in enumerate(backward):
        weights = _direction_weights(d, len(backward), w, r, b, peepholes, options)
        states = tuple(_initial_state(state, d, hidden, batch, sequence.dtype, options.layout) for state in initial)
        step = make_step(weights, batch)
        bias = weights.w_bias if bias_of_recurrence_apart else weights.w_bias + weights.r_bias
        order = range(steps - 1, -1, -1) if is_backward else range(steps)
        projections = _projections(sequence, order, weights.w, bias)
        final = _run_direction(projections, order, step, states, y[:, d], sequence_lens)
        for whole, state in zip(last, final, strict=True):
            whole[d] = state
    return _in_layout(y, last, options.layout, x.dtype)


def _run_direction(
    projections: Iterator[Array], order: range, step: Step, states: State, y: Array, sequence_lens: Array | None
) -> State:
    for t, projected in zip(order, projections, strict=True):
        # The first state is Y itself, written where it belongs; the others alternate between two buffers at most.
        new = (y[t], *(np.empty_like(state) for state in states[1:]))
        step(projected, states, new)
        if sequence_lens is not None:
            ended = t >= sequence_lens
            kept = tuple(np.where(ended, old, fresh) for old, fresh in zip(states, new, strict=True))
            y[t][:, ended] = 0
            new = kept
        states = new
    return states


def _projections(sequence: Array, order: range, w: Array, bias: Array) -> Iterator[Array]:
    """W x + bias of each step, (gates * hidden, batch), by one matrix product for as many steps as fit a cache."""
    steps, batch, _ = sequence.shape
    at_once = max(1, _PROJECTION_BYTES // max(1, w.shape[0] * batch * sequence.dtype.itemsize))
    for start in range(0, steps, at_once):
        chunk = sequence[np.asarray(order[start : start + at_once])]
        projected = w @ chunk.reshape(-1, chunk.shape[-1]).T
        projected += bias
        yield from projected.reshape(w.shape[0], len(chunk), batch).swapaxes(0, 1)


def _checked_hidden(r: Array, options: RecurrentOptions) -> int:
    hidden = int(r.shape[-1])
    if options.hidden_size not in (0, hidden):
        raise GraphError(f"hidden_size is {options.hidden_size}, but R has shape {r.shape}")
    if options.layout not in (0, 1):
        raise GraphError(f"layout must be 0 or 1, got {options.layout}")
    return hidden


def _directions(direction: str, count: int) -> tuple[bool, ...]:
    """For each direction whether it runs backward."""
    known = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
    if direction not in known:
        raise GraphError(f"direction must be forward, reverse or bidirectional, got {direction!r}")
    if len(known[direction]) != count:
        raise GraphError(f"direction {direction!r} needs {len(known[direction])} sets of weights, W has {count}")
    return known[direction]


def _direction_weights(
    d: int, directions: int, w: Array, r: Array, b: Array | None, peepholes: Array | None, options: RecurrentOptions
) -> DirectionWeights:
    rows = w.shape[1]
    both = np.zeros(2 * rows, dtype=w.dtype) if b is None else b[d]
    if both.shape != (2 * rows,):
        raise GraphError(f"B must have {2 * rows} entries for each direction, got shape {both.shape}")
    names = options.activations or options.default_activations * directions
    if len(names) != directions * len(options.default_activations):
        raise GraphError(f"wanted {directions * len(options.default_activations)} activations, got {names}")
    functions = make_activations(names, options.activation_alpha, options.activation_beta)
    each = len(options.default_activations)
    column = widened(both).reshape(-1, 1)
    return DirectionWeights(
        w=widened(w[d]),
        r=widened(r[d]),
        w_bias=column[:rows],
        r_bias=column[rows:],
        peepholes=None if peepholes is None else widened(peepholes[d]).reshape(-1, 1),
        activations=functions[d * each : (d + 1) * each],
    )


def _initial_state(
    state: Array | None, d: int, hidden: int, batch: int, dtype: np.dtype[np.generic], layout: int
) -> Array:
    if state is None:
        return np.zeros((hidden, batch), dtype=dtype)
    mine = state[d] if layout == 0 else state[:, d]
    if mine.shape != (batch, hidden):
        raise GraphError(f"an initial state must be (batch, hidden) = {(batch, hidden)}, got {mine.shape}")
    return np.ascontiguousarray(mine.T, dtype=dtype)


def _in_layout(y: Array, last: list[Array], layout: int, dtype: np.dtype[np.generic]) -> tuple[Array, ...]:
    if layout == 0:
        made = (y.transpose(0, 1, 3, 2), *(state.transpose(0, 2, 1) for state in last))
    else:
        made = (y.transpose(3, 0, 1, 2), *(state.transpose(2, 0, 1) for state in last))
    return tuple(array.astype(dtype, copy=False) for array in made)
