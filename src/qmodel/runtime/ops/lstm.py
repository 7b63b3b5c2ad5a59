"""The operator LSTM."""

from __future__ import annotations

from functools import partial

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.activations import clipped
from qmodel.runtime.recurrence import DirectionWeights, RecurrentOptions, State, Step, run_recurrence
from qmodel.runtime.registry import Floats, Strings, operator


@operator("LSTM", since=7, fresh=True)
def lstm(
    x: Array,
    w: Array,
    r: Array,
    b: Array | None = None,
    sequence_lens: Array | None = None,
    initial_h: Array | None = None,
    initial_c: Array | None = None,
    p: Array | None = None,
    /,
    *,
    activation_alpha: Floats = (),
    activation_beta: Floats = (),
    activations: Strings = (),
    clip: float = 0.0,
    direction: str = "forward",
    hidden_size: int = 0,
    layout: int = 0,
    input_forget: int = 0,
) -> tuple[Array, Array, Array]:
    """Long short-term memory; gates in the order i, o, f, c. Y, the last h and the last c."""
    options = RecurrentOptions(
        activations=activations,
        activation_alpha=activation_alpha,
        activation_beta=activation_beta,
        direction=direction,
        hidden_size=hidden_size,
        layout=layout,
        default_activations=("Sigmoid", "Tanh", "Tanh"),
    )
    make_step = partial(_make_step, clip=clip, input_forget=bool(input_forget))
    y, last_h, last_c = run_recurrence(x, w, r, b, sequence_lens, (initial_h, initial_c), p, make_step, options)
    return y, last_h, last_c


def _make_step(weights: DirectionWeights, batch: int, *, clip: float, input_forget: bool) -> Step:
    hidden = weights.r.shape[1]
    of_gates, of_candidate = (clipped(activation, clip) for activation in weights.activations[:2])
    of_output = weights.activations[2]
    gates = np.empty((4 * hidden, batch), dtype=weights.r.dtype)
    i, o, f, candidate = gates.reshape(4, hidden, batch)
    peepholes = None if weights.peepholes is None else weights.peepholes.reshape(3, hidden, 1)

    def step(projected: Array, states: State, new: State) -> None:
        (h, c), (new_h, new_c) = states, new
        np.matmul(weights.r, h, out=gates)
        np.add(gates, projected, out=gates)
        if peepholes is None:
            of_gates(gates[: 3 * hidden])
        else:
            np.add(i, peepholes[0] * c, out=i)
            of_gates(i)
            np.add(f, peepholes[2] * c, out=f)
            of_gates(f)
        of_candidate(candidate)
        np.multiply(1 - i if input_forget else f, c, out=new_c)
        np.multiply(candidate, i, out=candidate)
        np.add(new_c, candidate, out=new_c)
        if peepholes is not None:  # the output gate sees the new c
            np.add(o, peepholes[1] * new_c, out=o)
            of_gates(o)
        np.copyto(new_h, new_c)
        of_output(new_h)
        np.multiply(new_h, o, out=new_h)

    return step
