"""The operator GroupNormalization."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator
from qmodel.runtime.standardization import scaled_and_moved, standardized


@operator("GroupNormalization", since=21, fresh=True)
def group_normalization(
    x: Array, scale: Array, bias: Array, /, *, num_groups: int, epsilon: float = 1e-5, stash_type: int = 1
) -> Array:
    """Groups of channels of (N, C, ...) standardized, then scaled and moved by channel (arXiv:1803.08494)."""
    require_one_dtype(x, scale, bias)
    made = _in_groups(x, num_groups, epsilon).reshape(x.shape)
    channels = (-1, *(1,) * (x.ndim - 2))
    return scaled_and_moved(made, scale.reshape(channels), bias.reshape(channels))


@operator("GroupNormalization", since=18, until=20, fresh=True)
def group_normalization_by_group(
    x: Array, scale: Array, bias: Array, /, *, num_groups: int, epsilon: float = 1e-5
) -> Array:
    """As `group_normalization`, one scale and one bias for each group."""
    require_one_dtype(x, scale, bias)
    groups = (-1, 1, *(1,) * (x.ndim - 2))
    made = _in_groups(x, num_groups, epsilon)
    return scaled_and_moved(made, scale.reshape(groups), bias.reshape(groups)).reshape(x.shape)


def _in_groups(x: Array, num_groups: int, epsilon: float) -> Array:
    """Standardized, of x's dtype, as (N, groups, channels of a group, ...)."""
    if x.ndim < 2 or num_groups < 1 or x.shape[1] % num_groups:
        raise GraphError(f"the channels of an array of shape {x.shape} do not fall into {num_groups} groups")
    view = x.reshape(x.shape[0], num_groups, x.shape[1] // num_groups, *x.shape[2:])
    made, _, _ = standardized(view, tuple(range(2, view.ndim)), epsilon)
    return made.astype(x.dtype, copy=False)
