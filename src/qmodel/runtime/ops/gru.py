"""The operator GRU."""

from __future__ import annotations

from functools import partial

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.activations import clipped
from qmodel.runtime.recurrence import DirectionWeights, RecurrentOptions, State, Step, run_recurrence
from qmodel.runtime.registry import Floats, Strings, operator


@operator("GRU", since=7, fresh=True)
def gru(
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
    linear_before_reset: int = 0,
) -> tuple[Array, Array]:
    """Gated recurrent unit; gates in the order z, r, h. Y and the last h."""
    options = RecurrentOptions(
        activations=activations,
        activation_alpha=activation_alpha,
        activation_beta=activation_beta,
        direction=direction,
        hidden_size=hidden_size,
        layout=layout,
        default_activations=("Sigmoid", "Tanh"),
    )
    make_step = partial(_linear_before_reset if linear_before_reset else _linear_after_reset, clip=clip)
    y, last_h = run_recurrence(
        x, w, r, b, sequence_lens, (initial_h,), None, make_step, options, bias_of_recurrence_apart=True
    )
    return y, last_h


def _linear_before_reset(weights: DirectionWeights, batch: int, *, clip: float) -> Step:
    """The reset gate scales what the recurrent product, its bias included, gives."""
    hidden = weights.r.shape[1]
    of_gates, of_candidate = (clipped(activation, clip) for activation in weights.activations)
    product = np.empty((3 * hidden, batch), dtype=weights.r.dtype)
    gates, candidate = product[: 2 * hidden], product[2 * hidden :]
    z, reset = gates[:hidden], gates[hidden:]

    def step(projected: Array, states: State, new: State) -> None:
        (h,), (new_h,) = states, new
        np.matmul(weights.r, h, out=product)
        np.add(product, weights.r_bias, out=product)
        np.add(gates, projected[: 2 * hidden], out=gates)
        of_gates(gates)
        np.multiply(candidate, reset, out=candidate)
        np.add(candidate, projected[2 * hidden :], out=candidate)
        of_candidate(candidate)
        _blend(h, candidate, z, new_h)

    return step


def _linear_after_reset(weights: DirectionWeights, batch: int, *, clip: float) -> Step:
    """The reset gate scales the state that the recurrent product reads."""
    hidden = weights.r.shape[1]
    of_gates, of_candidate = (clipped(activation, clip) for activation in weights.activations)
    product = np.empty((3 * hidden, batch), dtype=weights.r.dtype)
    gates, candidate = product[: 2 * hidden], product[2 * hidden :]
    z, reset = gates[:hidden], gates[hidden:]

    def step(projected: Array, states: State, new: State) -> None:
        (h,), (new_h,) = states, new
        np.matmul(weights.r[: 2 * hidden], h, out=gates)
        np.add(gates, weights.r_bias[: 2 * hidden], out=gates)
        np.add(gates, projected[: 2 * hidden], out=gates)
        of_gates(gates)
        np.multiply(reset, h, out=reset)
        np.matmul(weights.r[2 * hidden :], reset, out=candidate)
        np.add(candidate, weights.r_bias[2 * hidden :], out=candidate)
        np.add(candidate, projected[2 * hidden :], out=candidate)
        of_candidate(candidate)
        _blend(h, candidate, z, new_h)

    return step


def _blend(h: Array, candidate: Array, z: Array, new_h: Array) -> None:
    """(1 - z) * candidate + z * h, with one multiplication."""
    np.subtract(h, candidate, out=new_h)
    np.multiply(new_h, z, out=new_h)
    np.add(new_h, candidate, out=new_h)
