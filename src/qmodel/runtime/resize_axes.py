"""Resize: how long each axis becomes, and where its positions lie in the input (ONNX operator Resize)."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import Ints

_STRETCH, _NOT_LARGER, _NOT_SMALLER = "stretch", "not_larger", "not_smaller"


@dataclass(frozen=True, slots=True)
class ResizedAxis:
    """One axis of which the length, or the part that is read, changes.

    Attributes:
        axis: from the front.
        length: of the input.
        resized: of the output.
        scale: what the length was multiplied with; `length * scale` may be no whole number.
        start: where the part begins that `tf_crop_and_resize` reads, 0 for the first element, 1 for the last.
        end: where it ends.
    """

    axis: int
    length: int
    resized: int
    scale: float
    start: float = 0.0
    end: float = 1.0

    @property
    def changes(self) -> bool:
        """Whether the output differs from the input along the axis."""
        return self.resized != self.length or self.scale != 1 or (self.start, self.end) != (0, 1)

    def centres(self, mode: str, /) -> Array:
        """Where the output's positions lie in the input, float64 (resized,).

        Raises:
            GraphError: the coordinate transformation mode is unknown.
        """
        positions = np.arange(self.resized, dtype=np.float64)
        wanted = self.length * self.scale
        if mode == "half_pixel" or (mode == "pytorch_half_pixel" and self.resized > 1):
            return (positions + 0.5) / self.scale - 0.5
        if mode == "pytorch_half_pixel":
            return np.zeros_like(positions)
        if mode == "half_pixel_symmetric":
            return self.length / 2 * (1 - self.resized / wanted) + (positions + 0.5) / self.scale - 0.5
        if mode == "asymmetric":
            return positions / self.scale
        if mode == "align_corners":
            return positions * ((self.length - 1) / (wanted - 1) if wanted != 1 else 0.0)
        if mode == "tf_crop_and_resize":
            return self._cropped(positions)
        if mode == "tf_half_pixel_for_nn":
            return (positions + 0.5) / self.scale
        raise GraphError(f"unknown coordinate_transformation_mode {mode!r}")

    def _cropped(self, positions: Array) -> Array:
        last = self.length - 1
        if self.resized == 1:
            return np.full(1, 0.5 * (self.start + self.end) * last)
        return self.start * last + positions * ((self.end - self.start) * last / (self.resized - 1))


def axes_by_scales(shape: Ints, axes: Ints, scales: Array, roi: Array | None, /) -> list[ResizedAxis]:
    """Axes whose lengths become `floor(length * (end - start) * scale)`.

    Args:
        shape: of the input.
        axes: which ones, from the front.
        scales: one for each of them.
        roi: starts, then ends, for `tf_crop_and_resize`; None to read everything.

    Raises:
        GraphError: a number of entries does not fit, or a scale is not positive and finite.
    """
    factors = [float(scale) for scale in scales.reshape(-1)]
    if len(factors) != len(axes) or not all(0 < factor < np.inf for factor in factors):
        raise GraphError(f"wanted {len(axes)} positive scales, got {factors}")
    starts, ends = _parts(axes, roi)
    return [
        ResizedAxis(axis, shape[axis], floor(shape[axis] * (end - start) * scale), scale, start, end)
        for axis, scale, start, end in zip(axes, factors, starts, ends, strict=True)
    ]


def axes_by_sizes(shape: Ints, axes: Ints, sizes: Array, roi: Array | None, policy: str, /) -> list[ResizedAxis]:
    """Axes whose lengths are given, or a bound for them that keeps the aspect ratio.

    Raises:
        GraphError: a number of entries does not fit, a length is negative, or the policy is unknown.
    """
    wanted = [int(length) for length in sizes.reshape(-1)]
    if len(wanted) != len(axes) or min(wanted, default=0) < 0:
        raise GraphError(f"wanted {len(axes)} sizes of at least 0, got {wanted}")
    scales = [length / max(1, shape[axis]) for length, axis in zip(wanted, axes, strict=True)]
    if policy in (_NOT_LARGER, _NOT_SMALLER) and scales:
        scale = min(scales) if policy == _NOT_LARGER else max(scales)
        scales = [scale] * len(axes)
        wanted = [floor(scale * shape[axis] + 0.5) for axis in axes]
    elif policy != _STRETCH:
        raise GraphError(f"keep_aspect_ratio_policy must be stretch, not_larger or not_smaller, got {policy!r}")
    starts, ends = _parts(axes, roi)
    return [
        ResizedAxis(axis, shape[axis], length, scale, start, end)
        for axis, length, scale, start, end in zip(axes, wanted, scales, starts, ends, strict=True)
    ]


def _parts(axes: Ints, roi: Array | None) -> tuple[list[float], list[float]]:
    if roi is None:
        return [0.0] * len(axes), [1.0] * len(axes)
    bounds = [float(bound) for bound in roi.reshape(-1)]
    if len(bounds) != 2 * len(axes) or not np.isfinite(bounds).all():
        raise GraphError(f"wanted {2 * len(axes)} finite numbers in roi, got {bounds}")
    return bounds[: len(axes)], bounds[len(axes) :]
