"""The operator RNN."""

from __future__ import annotations

from functools import partial

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.activations import clipped
from qmodel.runtime.recurrence import DirectionWeights, RecurrentOptions, State, Step, run_recurrence
from qmodel.runtime.registry import Floats, Strings, operator


@operator("RNN", since=7, fresh=True)
def rnn(
    x: Array,
    w: Array,
    r: Array,
    b: Array | None = None,
    sequence_lens: Array | None = None,
    initial_h: Array | None = None,
    /,
    *,
    activation_alpha: Floats = (),
    activation_beta: Floats = (),
    activations: Strings = (),
    clip: float = 0.0,
    direction: str = "forward",
    hidden_size: int = 0,
    layout: int = 0,
) -> tuple[Array, Array]:
    """Plain recurrent layer. Y and the last h."""
    options = RecurrentOptions(
        activations=activations,
        activation_alpha=activation_alpha,
        activation_beta=activation_beta,
        direction=direction,
        hidden_size=hidden_size,
        layout=layout,
        default_activations=("Tanh",),
    )
    make_step = partial(_make_step, clip=clip)
    y, last_h = run_recurrence(x, w, r, b, sequence_lens, (initial_h,), None, make_step, options)
    return y, last_h


def _make_step(weights: DirectionWeights, batch: int, *, clip: float) -> Step:
    activation = clipped(weights.activations[0], clip)

    def step(projected: Array, states: State, new: State) -> None:
        (h,), (new_h,) = states, new
        np.matmul(weights.r, h, out=new_h)
        np.add(new_h, projected, out=new_h)
        activation(new_h)

    return step
