"""Activation functions of the recurrent operators, in place, by their ONNX names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import Floats, Strings

Activation: TypeAlias = Callable[[Array], None]


def sigmoid(x: Array) -> None:
    """1 / (1 + e^-x) as (1 + tanh(x/2)) / 2: one transcendental function and no overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5


def tanh(x: Array) -> None:
    """Hyperbolic tangent."""
    np.tanh(x, out=x)


def relu(x: Array) -> None:
    """max(x, 0)."""
    np.maximum(x, 0, out=x)


def softsign(x: Array) -> None:
    """X / (1 + |x|)."""
    x /= 1 + np.abs(x)


def softplus(x: Array) -> None:
    """log(1 + e^x)."""
    np.logaddexp(x, 0, out=x)


def _affine(alpha: float, beta: float) -> Activation:
    def apply(x: Array) -> None:
        x *= alpha
        x += beta

    return apply


def _scaled_tanh(alpha: float, beta: float) -> Activation:
    def apply(x: Array) -> None:
        x *= beta
        np.tanh(x, out=x)
        x *= alpha

    return apply


def _hard_sigmoid(alpha: float, beta: float) -> Activation:
    def apply(x: Array) -> None:
        x *= alpha
        x += beta
        np.clip(x, 0, 1, out=x)

    return apply


def _leaky_relu(alpha: float) -> Activation:
    return lambda x: np.copyto(x, np.where(x < 0, alpha * x, x))


def _thresholded_relu(alpha: float) -> Activation:
    return lambda x: np.copyto(x, 0, where=x <= alpha)


def _elu(alpha: float) -> Activation:
    return lambda x: np.copyto(x, np.where(x < 0, alpha * np.expm1(x), x))


_PLAIN: Mapping[str, Activation] = {
    "Sigmoid": sigmoid,
    "Tanh": tanh,
    "Relu": relu,
    "Softsign": softsign,
    "Softplus": softplus,
}
_WITH_ALPHA: Mapping[str, tuple[Callable[[float], Activation], float]] = {
    "LeakyRelu": (_leaky_relu, 0.01),
    "ThresholdedRelu": (_thresholded_relu, 1.0),
    "Elu": (_elu, 1.0),
}
_WITH_ALPHA_AND_BETA: Mapping[str, tuple[Callable[[float, float], Activation], float, float]] = {
    "Affine": (_affine, 1.0, 0.0),
    "ScaledTanh": (_scaled_tanh, 1.0, 1.0),
    "HardSigmoid": (_hard_sigmoid, 0.2, 0.5),
}


def make_activations(names: Strings, alphas: Floats, betas: Floats, /) -> tuple[Activation, ...]:
    """The functions of the names; those that take parameters use up `alphas` and `betas` in order, then the defaults.

    Raises:
        GraphError: an unknown name.
    """
    alpha, beta = iter(alphas), iter(betas)
    return tuple(_make(name, alpha, beta) for name in names)


def clipped(activation: Activation, threshold: float, /) -> Activation:
    """The activation after its input was kept between -threshold and threshold; the activation itself for 0."""
    if not threshold:
        return activation

    def apply(x: Array) -> None:
        np.clip(x, -threshold, threshold, out=x)
        activation(x)

    return apply


def _make(name: str, alphas: Iterator[float], betas: Iterator[float]) -> Activation:
    if plain := _PLAIN.get(name):
        return plain
    if one := _WITH_ALPHA.get(name):
        return one[0](next(alphas, one[1]))
    if two := _WITH_ALPHA_AND_BETA.get(name):
        return two[0](next(alphas, two[1]), next(betas, two[2]))
    known = sorted([*_PLAIN, *_WITH_ALPHA, *_WITH_ALPHA_AND_BETA])
    raise GraphError(f"activation {name!r} is not supported; supported: {', '.join(known)}")
