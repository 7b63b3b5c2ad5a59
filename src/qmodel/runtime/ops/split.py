"""The operator Split."""

from __future__ import annotations

import itertools

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.registry import Ints, operator


@operator("Split", since=13)
def split(
    x: Array, lengths: Array | None = None, /, *, output_count: int, axis: int = 0, num_outputs: int | None = None
) -> tuple[Array, ...]:
    """Views of consecutive pieces along an axis; without lengths equal ones, the last one possibly shorter."""
    if num_outputs is not None and num_outputs != output_count:
        raise GraphError(f"num_outputs is {num_outputs}, but the node names {output_count} outputs")
    if num_outputs is not None and lengths is not None:
        raise GraphError("num_outputs and the input split exclude each other")
    return _pieces(x, None if lengths is None else tuple(int(n) for n in lengths), axis, output_count)


@operator("Split", until=12)
def split_by_attribute(
    x: Array, /, *, output_count: int, axis: int = 0, split: Ints | None = None
) -> tuple[Array, ...]:
    """As `split`, the lengths given as an attribute."""
    return _pieces(x, split, axis, output_count)


def _pieces(x: Array, lengths: Ints | None, axis: int, count: int) -> tuple[Array, ...]:
    axis = positive_axis(axis, x.ndim)
    total = x.shape[axis]
    if lengths is None:
        each = -(-total // count)
        lengths = (*(each,) * (count - 1), total - each * (count - 1))
    if len(lengths) != count or sum(lengths) != total or min(lengths) < 0:
        raise GraphError(f"axis {axis} of length {total} cannot be split into {count} pieces of lengths {lengths}")
    bounds = (0, *itertools.accumulate(lengths))
    return tuple(x[(slice(None),) * axis + (slice(a, b),)] for a, b in itertools.pairwise(bounds))
