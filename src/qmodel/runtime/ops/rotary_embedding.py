"""The operator RotaryEmbedding."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("RotaryEmbedding", since=23, fresh=True)
def rotary_embedding(
    x: Array,
    cos_cache: Array,
    sin_cache: Array,
    position_ids: Array | None = None,
    /,
    *,
    interleaved: int = 0,
    num_heads: int = 0,
    rotary_embedding_dim: int = 0,
) -> Array:
    """Pairs of each head's elements rotated by the angles of their position (arXiv:2104.09864).

    X is (N, heads, sequence, head size), or (N, sequence, heads * head size) with `num_heads`. A pair is two
    neighbours when `interleaved`, else one of the first half and one of the second; elements from
    `rotary_embedding_dim` on, unless that is 0, stay.
    """
    require_floats(x)
    require_one_dtype(x, cos_cache, sin_cache)
    heads = _by_head(x, num_heads)
    size = rotary_embedding_dim or heads.shape[-1]
    if size > heads.shape[-1] or size % 2:
        raise GraphError(f"rotary_embedding_dim must be even and at most {heads.shape[-1]}, got {size}")
    cosine, sine = (_angles(cache, position_ids, heads, size) for cache in (cos_cache, sin_cache))
    made = heads.copy()
    pairs = (slice(0, size, 2), slice(1, size, 2)) if interleaved else (slice(0, size // 2), slice(size // 2, size))
    first, second = (heads[..., half] for half in pairs)
    made[..., pairs[0]] = cosine * first - sine * second
    made[..., pairs[1]] = sine * first + cosine * second
    return made.reshape(x.shape) if x.ndim == 3 else np.moveaxis(made, 2, 1)


def _by_head(x: Array, num_heads: int) -> Array:
    """As (N, sequence, heads, head size)."""
    if x.ndim == 4:
        return np.moveaxis(x, 1, 2)
    if x.ndim != 3 or num_heads < 1 or x.shape[2] % num_heads:
        raise GraphError(f"X must have 4 axes, or 3 and num_heads that divides the last; got {x.shape}, {num_heads}")
    return x.reshape(*x.shape[:2], num_heads, -1)


def _angles(cache: Array, position_ids: Array | None, heads: Array, size: int) -> Array:
    """A cosine or sine for each pair, as (N, sequence, 1, pairs)."""
    chosen = cache if position_ids is None else cache[position_ids]
    wanted = (*heads.shape[:2], size // 2)
    if chosen.shape != wanted:
        raise GraphError(f"wanted cosines and sines of shape {wanted}, got {chosen.shape}")
    return chosen[:, :, None]
