"""Nodes that change each number of one value by itself, as the steps of a chain."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TypeAlias

import numpy as np

from qmodel.kernels.chains import Code, Step
from qmodel.runtime.binding import BoundNode
from qmodel.runtime.known_values import KnownValues

Steps: TypeAlias = tuple[Step, ...]

_PLAIN: Mapping[str, Steps] = {
    "Relu": (Step(Code.RELU),),
    "Sigmoid": (Step(Code.SIGMOID),),
    "Erf": (Step(Code.ERF),),
    "HardSwish": (
        Step(Code.KEEP),
        Step(Code.DIVIDE, 6.0),
        Step(Code.SHIFT, 0.5),
        Step(Code.CLIP, 0.0, 1.0),
        Step(Code.TIMES_KEPT),
    ),
}
_BY_A_NUMBER = {"Mul": Code.SCALE, "Add": Code.SHIFT, "Sub": Code.SHIFT, "Div": Code.DIVIDE}
_COMMUTATIVE = ("Mul", "Add")


def steps_of(bound: BoundNode, value: str, known: KnownValues, /) -> Steps | None:
    """The steps that a node takes with a value to make its only output; None where it does anything else.

    Args:
        bound: the node.
        value: one of its inputs.
        known: values that never change.
    """
    if bound.inputs.count(value) != 1 or len(bound.outputs) != 1:
        return None
    name = bound.operator.name
    if name in _BY_A_NUMBER:
        return _by_a_number(bound, value, known)
    if bound.inputs[0] != value:
        return None
    if name == "Clip":
        return _clip(bound, known)
    if name == "HardSigmoid":
        alpha, beta = bound.keywords.get("alpha", 0.2), bound.keywords.get("beta", 0.5)
        return Step(Code.SCALE, alpha), Step(Code.SHIFT, beta), Step(Code.CLIP, 0.0, 1.0)
    return _PLAIN.get(name)


def _by_a_number(bound: BoundNode, value: str, known: KnownValues) -> Steps | None:
    name, (left, right) = bound.operator.name, bound.inputs
    if right == value and name not in _COMMUTATIVE:
        return None
    number = _number(right if left == value else left, known)
    return None if number is None else (Step(_BY_A_NUMBER[name], -number if name == "Sub" else number),)


def _clip(bound: BoundNode, known: KnownValues) -> Steps | None:
    if "min" in bound.operator.attributes:
        return None
    names = (*bound.inputs[1:], "", "")[:2]
    low, high = (_number(name, known) if name else limit for name, limit in zip(names, (-inf, inf), strict=True))
    return None if low is None or high is None else (Step(Code.CLIP, low, high),)


def _number(name: str, known: KnownValues) -> float | None:
    """One that leaves the shape of a vector as it is."""
    found = known.scalar(name)
    if found is None or found.ndim > 1 or found.dtype not in (np.float32, np.float64):
        return None
    return float(found.reshape(-1)[0])
