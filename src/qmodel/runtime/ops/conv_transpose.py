"""The operator ConvTranspose."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.kernels.transposed_convolution import convolve_transposed
from qmodel.runtime.batch_last import from_batch_last, to_batch_last
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import window_geometry


@operator("ConvTranspose", fresh=True, grows=True)
def conv_transpose(
    x: Array,
    w: Array,
    b: Array | None = None,
    /,
    *,
    memory_limit: int,
    auto_pad: str = "NOTSET",
    dilations: Ints = (),
    group: int = 1,
    kernel_shape: Ints = (),
    output_padding: Ints = (),
    output_shape: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Transposed cross-correlation of (N, C, ...) with (C, M / group, ...) plus a bias (M,); batch-last in memory."""
    require_one_dtype(x, w, b)
    _check(x, w, b, group, kernel_shape)
    rank = x.ndim - 2
    given = window_geometry(
        x.shape[2:], w.shape[2:], strides=strides, dilations=dilations, pads=pads, auto_pad="NOTSET"
    )
    extra = output_padding or (0,) * rank
    if len(extra) != rank or min(extra) < 0 or (output_shape and len(output_shape) != rank):
        raise GraphError(f"output_padding {output_padding} or output_shape {output_shape} do not fit {rank} axes")
    full = tuple(
        stride * (length - 1) + more + dilation * (size - 1) + 1
        for length, size, stride, dilation, more in zip(
            x.shape[2:], given.kernel, given.strides, given.dilations, extra, strict=True
        )
    )
    before, space = _output_space(x.shape[2:], full, given, output_shape, auto_pad)
    require_memory((x.shape[0], w.shape[1] * group, *space), widened(x[:0]).dtype, memory_limit)
    geometry = ConvolutionGeometry(given.kernel, given.strides, given.dilations, before, (0,) * rank)
    bias = None if b is None else widened(b)
    made = convolve_transposed(to_batch_last(widened(x)), widened(w), bias, geometry, space, groups=group)
    return from_batch_last(made).astype(x.dtype, copy=False)


def _output_space(
    space: Ints, full: Ints, given: ConvolutionGeometry, output_shape: Ints, auto_pad: str
) -> tuple[Ints, Ints]:
    """What is cut off before each axis of the full output, and the lengths that remain."""
    if auto_pad not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise GraphError(f"auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got {auto_pad!r}")
    if output_shape or auto_pad.startswith("SAME"):
        wanted = output_shape or tuple(n * stride for n, stride in zip(space, given.strides, strict=True))
        totals = [max(0, length - n) for length, n in zip(full, wanted, strict=True)]
        before = tuple(total // 2 if auto_pad == "SAME_UPPER" else total - total // 2 for total in totals)
    elif auto_pad == "VALID":
        before, wanted = (0,) * len(full), full
    else:
        before = given.pads_before
        wanted = tuple(n - a - b for n, a, b in zip(full, before, given.pads_after, strict=True))
    if min(wanted) < 1:
        raise GraphError(f"the output would have the spatial shape {wanted}")
    return before, wanted


def _check(x: Array, w: Array, b: Array | None, group: int, kernel_shape: Ints) -> None:
    if x.ndim < 3 or w.ndim != x.ndim:
        raise GraphError(f"X and W must have the same rank of at least 3, got shapes {x.shape} and {w.shape}")
    if group < 1 or w.shape[0] != x.shape[1] or x.shape[1] % group:
        raise GraphError(f"W of shape {w.shape} in {group} groups does not fit X of shape {x.shape}")
    if kernel_shape and kernel_shape != w.shape[2:]:
        raise GraphError(f"kernel_shape is {kernel_shape}, but W has shape {w.shape}")
    if b is not None and b.shape != (w.shape[1] * group,):
        raise GraphError(f"B must have shape {(w.shape[1] * group,)}, got {b.shape}")
