"""Resize: the values, axis after axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.resampling import Taps, cubic, resample, taps_of, triangle
from qmodel.runtime.precision import widened
from qmodel.runtime.resize_axes import ResizedAxis


@dataclass(frozen=True, slots=True)
class Interpolation:
    """How positions between elements are filled; the fields are ONNX's attributes of Resize.

    Attributes:
        mode: nearest, linear or cubic.
        coordinates: coordinate_transformation_mode.
        nearest: nearest_mode.
        cubic_a: cubic_coeff_a.
        antialias: whether a shortened axis is averaged over all that it covers.
        exclude_outside: whether positions outside the input weigh nothing.
        extrapolation_value: for positions outside the input, with tf_crop_and_resize.
    """

    mode: str
    coordinates: str
    nearest: str = "round_prefer_floor"
    cubic_a: float = -0.75
    antialias: bool = False
    exclude_outside: bool = False
    extrapolation_value: float = 0.0


def resize_by(x: Array, axes: Sequence[ResizedAxis], how: Interpolation, /) -> Array:
    """The resized array, of x's dtype: integers by way of float32 (32 bits and more: float64), rounded to the nearest.

    Args:
        x: not empty.
        axes: those that change, in the order in which to resize them.
        how: the interpolation.

    Raises:
        GraphError: a mode is unknown.
    """
    if how.mode not in ("nearest", "linear", "cubic"):
        raise GraphError(f"mode must be nearest, linear or cubic, got {how.mode!r}")
    made = x if how.mode == "nearest" else _as_floats(x)
    outside: list[tuple[int, Array]] = []
    for axis in axes:
        centres = axis.centres(how.coordinates)
        if how.coordinates == "tf_crop_and_resize":
            outside.append((axis.axis, (centres < 0) | (centres > axis.length - 1)))
        if how.mode == "nearest":
            made = np.take(made, _nearest(centres, axis.length, how.nearest), axis=axis.axis)
        else:
            made = resample(made, axis.axis, _taps(centres, axis, how))
    made = _converted(made, x.dtype)
    for number, is_outside in outside:
        made[(slice(None),) * number + (is_outside,)] = how.extrapolation_value
    return made


def _taps(centres: Array, axis: ResizedAxis, how: Interpolation) -> Taps:
    weigh, reach = (triangle, 1) if how.mode == "linear" else (cubic(how.cubic_a), 2)
    # The scale and the lengths agree but for rounding, unless a hostile roi lies between them.
    stretch = max(1.0, min(1 / axis.scale, 2 * axis.length / axis.resized)) if how.antialias else 1.0
    return taps_of(centres, axis.length, weigh, reach, stretch=stretch, exclude_outside=how.exclude_outside)


def _nearest(centres: Array, length: int, mode: str) -> Array:
    if mode == "round_prefer_floor":
        places = np.ceil(centres - 0.5)
    elif mode == "round_prefer_ceil":
        places = np.floor(centres + 0.5)
    elif mode == "floor":
        places = np.floor(centres)
    elif mode == "ceil":
        places = np.ceil(centres)
    else:
        raise GraphError(f"nearest_mode must be round_prefer_floor, round_prefer_ceil, floor or ceil, got {mode!r}")
    return np.clip(places, 0, length - 1).astype(np.int64)


def _as_floats(x: Array) -> Array:
    if x.dtype.kind in "iub":
        return x.astype(np.float32 if x.dtype.itemsize < 4 else np.float64)
    return widened(x)


def _converted(made: Array, dtype: np.dtype[Any]) -> Array:
    if dtype.kind in "iu" and made.dtype.kind == "f":
        bounds = np.iinfo(dtype)
        made = np.clip(np.rint(made), float(bounds.min), float(bounds.max))
    return made.astype(dtype, copy=False)
