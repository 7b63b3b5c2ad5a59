"""GridSample: where the points of a grid lie in the input, and what they read along an axis."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.point_sampling import PointTaps
from qmodel.kernels.resampling import cubic, triangle

# Farther than any array reaches, so that what is not finite, or not an int64, stays outside.
_FARTHEST = float(1 << 40)
_CUBIC = cubic(-0.75)


def axis_taps(grid: Array, length: int, /, *, mode: str, padding_mode: str, align_corners: bool) -> PointTaps:
    """What points read along one axis.

    A cubic curve goes on past the border through elements like the outermost one, as in PyTorch and onnxruntime; ONNX's
    reference moves the point itself to the border first.

    Args:
        grid: float (points,), -1 for one end of the axis and 1 for the other.
        length: of the axis.
        mode: nearest, linear or cubic.
        padding_mode: zeros, border or reflection.
        align_corners: whether the ends are the centres of the outermost elements, not their outer edges.

    Raises:
        GraphError: a mode is unknown.
    """
    if padding_mode not in ("zeros", "border", "reflection"):
        raise GraphError(f"padding_mode must be zeros, border or reflection, got {padding_mode!r}")
    scaled = (grid + 1) / 2 * (length - 1) if align_corners else ((grid + 1) * length - 1) / 2
    positions = np.clip(np.nan_to_num(scaled, nan=-1.0), -_FARTHEST, _FARTHEST)
    if mode == "nearest":
        positions = np.rint(positions)
    if (mode, padding_mode) != ("cubic", "border"):
        positions = _inside(positions, length, padding_mode, align_corners=align_corners)
    if mode == "nearest":
        places = np.trunc(positions)[:, None]
        weights = np.ones_like(places)
    elif mode in ("linear", "cubic"):
        reach, weigh = (1, triangle) if mode == "linear" else (2, _CUBIC)
        places = np.floor(positions)[:, None] + np.arange(1 - reach, reach + 1)
        weights = weigh(places - positions[:, None])
    else:
        raise GraphError(f"mode must be nearest, linear or cubic, got {mode!r}")
    if padding_mode == "zeros":
        weights = np.where((places < 0) | (places >= length), 0, weights)
    else:
        places = np.trunc(_inside(places, length, padding_mode, align_corners=align_corners))
    return PointTaps(np.clip(places, 0, length - 1).astype(np.int64), weights)


def _inside(positions: Array, length: int, padding_mode: str, *, align_corners: bool) -> Array:
    if padding_mode == "zeros":
        return positions
    first, last = (0.0, length - 1.0) if align_corners else (-0.5, length - 0.5)
    is_outside = (positions < first) | (positions > last)
    if padding_mode == "border":
        return np.where(is_outside, np.clip(positions, 0, length - 1), positions)
    span = last - first
    if span == 0:
        return np.zeros_like(positions)
    distance = np.mod(positions - first, 2 * span)
    return np.where(is_outside, first + np.minimum(distance, 2 * span - distance), positions)
