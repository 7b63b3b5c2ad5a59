"""A few element-wise steps one after another: each block of an array takes them all while it is in the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.error_function import erf
from qmodel.kernels.rectify import rectify
from qmodel.kernels.tiling import tiles

# Worked on at once by NumPy, step after step.
_BLOCK = 1 << 15


class Code(IntEnum):
    """What a step does to each number y; a and b are the step's own."""

    SCALE = 0  # y · a
    SHIFT = 1  # y + a
    DIVIDE = 2  # y / a
    CLIP = 3  # max(y, a), then min(y, b)
    RELU = 4  # max(y, 0)
    SIGMOID = 5  # 1 / (1 + e^−y)
    KEEP = 6  # y, which is remembered
    TIMES_KEPT = 7  # y times what was last remembered
    ERF = 8  # the error function of y


class Step(NamedTuple):
    """One step."""

    code: Code
    a: float = 0.0
    b: float = 0.0


@dataclass(frozen=True)
class Chain:
    """Steps to be taken in order.

    Attributes:
        steps: what to do; a KEEP comes before each TIMES_KEPT.
    """

    steps: tuple[Step, ...]

    def __call__(self, values: Array, /) -> None:
        """Change an array in place.

        Each step is rounded, as float32 where floats are narrower; the compiled twin's e^y differs from NumPy's by a
        few units in the last place.

        Args:
            values: floats of any shape; of any other type for RELU alone.
        """
        if [step.code for step in self.steps] == [Code.RELU]:
            rectify(values, out=values)
            return
        twin = compiled("chains", values.size) if values.dtype == np.float32 else None
        rows = None if twin is None else _as_rows(values)
        if twin is not None and rows is not None:
            twin.apply_steps(*rows, *self._coded)
            return
        if values.dtype.itemsize < np.float32().itemsize and values.dtype.kind not in "biu":
            for place in tiles(values.shape, _BLOCK):
                wide = np.array(values[place], dtype=np.float32)
                _apply(self.steps, wide)
                values[place] = wide
            return
        if values.size <= _BLOCK:
            _apply(self.steps, values)
            return
        for place in tiles(values.shape, _BLOCK):
            _apply(self.steps, values[place])

    @cached_property
    def _coded(self) -> tuple[Array, Array, Array]:
        codes = np.array([step.code for step in self.steps], dtype=np.int64)
        a, b = (np.array([step[which] for step in self.steps], dtype=np.float32) for which in (1, 2))
        return codes, a, b


def _as_rows(values: Array) -> tuple[Array, int, int, int] | None:
    """Its memory from the first number to the last, how many rows lie in it, how far apart and how long each is.

    None where that cannot be said of it without a copy.
    """
    if values.flags.c_contiguous:
        return values.reshape(-1), 1, values.size, values.size
    if 0 in values.shape or values.strides[-1] != values.itemsize:
        return None
    rows = values.reshape(-1, values.shape[-1])
    pitch = rows.strides[0] // rows.itemsize
    if pitch < rows.shape[1] or not np.may_share_memory(rows, values):
        return None
    extent = pitch * (rows.shape[0] - 1) + rows.shape[1]
    return np.lib.stride_tricks.as_strided(rows, (extent,), (rows.itemsize,)), rows.shape[0], pitch, rows.shape[1]


def _apply(steps: tuple[Step, ...], values: Array) -> None:
    kept = values
    for step in steps:
        if step.code is Code.KEEP:
            kept = values.copy()
        elif step.code is Code.TIMES_KEPT:
            np.multiply(values, kept, out=values)
        else:
            _IN_PLACE[step.code](values, step.a, step.b)


def _sigmoid(values: Array, _a: float, _b: float) -> None:
    """Keeps its relative precision for very negative numbers, which a form by tanh would lose."""
    np.negative(values, out=values)
    np.exp(values, out=values)
    values += 1
    np.reciprocal(values, out=values)


def _erf(values: Array, _a: float, _b: float) -> None:
    np.copyto(values, erf(values))


_IN_PLACE: dict[Code, Callable[[Array, float, float], object]] = {
    Code.SCALE: lambda values, a, _: np.multiply(values, a, out=values),
    Code.SHIFT: lambda values, a, _: np.add(values, a, out=values),
    Code.DIVIDE: lambda values, a, _: np.divide(values, a, out=values),
    Code.CLIP: lambda values, a, b: np.clip(values, values.dtype.type(a), values.dtype.type(b), out=values),
    Code.RELU: lambda values, _a, _b: rectify(values, out=values),
    Code.SIGMOID: _sigmoid,
    Code.ERF: _erf,
}
