"""Convolution with ONNX's attributes, checked."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.convolution import convolve
from qmodel.kernels.convolution_geometry import Finish
from qmodel.kernels.depthwise import convolve_depthwise
from qmodel.runtime.batch_last import from_batch_last, to_batch_last
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import Ints
from qmodel.runtime.windows import window_geometry


def convolved(
    x: Array,
    w: Array,
    b: Array | None = None,
    /,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints = (),
    group: int = 1,
    kernel_shape: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
    finish: Finish | None = None,
    exact: bool = False,
) -> Array:
    """Cross-correlation of (N, C, ...) with (M, C / group, ...) plus a bias (M,); batch-last in memory.

    Args:
        x: what is convolved.
        w: the kernels, of its dtype.
        b: likewise, or None.
        auto_pad: as all of the next an attribute of Conv.
        dilations: likewise.
        group: likewise.
        kernel_shape: likewise.
        pads: likewise.
        strides: likewise.
        finish: changes the result in place, element by element; or None.
        exact: whether the results are sums of products in some order, exact for integers that fit.

    Raises:
        GraphError: shapes, dtypes or attributes do not fit.
    """
    require_one_dtype(x, w, b)
    _check(x, w, b, group, kernel_shape)
    geometry = window_geometry(
        x.shape[2:], w.shape[2:], strides=strides, dilations=dilations, pads=pads, auto_pad=auto_pad
    )
    source, weight, bias = to_batch_last(widened(x)), widened(w), None if b is None else widened(b)
    if group == x.shape[1] == w.shape[0] and group > 1:
        made = convolve_depthwise(source, weight[:, 0], bias, geometry, finish=finish)
    else:
        made = convolve(source, weight, bias, geometry, groups=group, finish=finish, exact=exact)
    return from_batch_last(made).astype(x.dtype, copy=False)


def _check(x: Array, w: Array, b: Array | None, group: int, kernel_shape: Ints) -> None:
    if x.ndim < 3 or w.ndim != x.ndim:
        raise GraphError(f"X and W must have the same rank of at least 3, got shapes {x.shape} and {w.shape}")
    if group < 1 or w.shape[1] * group != x.shape[1] or w.shape[0] % group:
        raise GraphError(f"W of shape {w.shape} in {group} groups does not fit X of shape {x.shape}")
    if kernel_shape and kernel_shape != w.shape[2:]:
        raise GraphError(f"kernel_shape is {kernel_shape}, but W has shape {w.shape}")
    if b is not None and b.shape != w.shape[:1]:
        raise GraphError(f"B must have shape {w.shape[:1]}, got {b.shape}")
