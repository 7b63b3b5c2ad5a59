"""Which keys a query may attend, as a bias added to the scores: 0, minus infinity, or what a float mask says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError


@dataclass(frozen=True, slots=True)
class AttentionRules:
    """What restricts the keys of each query (ONNX, Attention).

    Attributes:
        is_causal: whether a query attends no key after its own position.
        left_window: how many keys before its position a query attends; negative for all.
        right_window: as `left_window`, for those after.
        past_length: number of keys that were there before these queries.
        valid_keys: number of keys that count, for each entry of the batch; None for all.
    """

    is_causal: bool
    left_window: int
    right_window: int
    past_length: int
    valid_keys: Array | None


def attention_bias(
    mask: Array | None, queries: int, keys: int, rules: AttentionRules, dtype: np.dtype[Any], /
) -> Array | None:
    """The bias of a score, broadcastable to (batch, heads, queries, keys); None where it is 0 everywhere.

    Args:
        mask: bool, True for a key that may be attended, or numbers to add; its last axis may be shorter than the keys,
            and the missing ones are then not attended; None for no mask.
        queries: number of queries.
        keys: number of keys.
        rules: further restrictions.
        dtype: float dtype of the result.

    Raises:
        GraphError: the mask's last axis is longer than there are keys.
    """
    allowed = _allowed(queries, keys, rules)
    bias = None
    if mask is not None:
        padded = _padded(mask, keys)
        if padded.dtype == bool:
            allowed = padded if allowed is None else allowed & padded
        else:
            bias = padded.astype(dtype)
    if allowed is None:
        return bias
    zero = np.zeros((), dtype) if bias is None else bias
    return np.where(allowed, zero, zero.dtype.type(-np.inf))


def _allowed(queries: int, keys: int, rules: AttentionRules) -> Array | None:
    found = None
    left, right = rules.left_window, 0 if rules.is_causal else rules.right_window
    key = np.arange(keys)
    if left >= 0 or right >= 0:
        before = np.asarray(rules.past_length)
        if rules.valid_keys is not None:
            before = (rules.valid_keys - queries).reshape(-1, 1, 1, 1)
        distance = key - (before + np.arange(queries)[:, None])
        found = np.ones(distance.shape, dtype=bool)
        if left >= 0:
            found &= distance >= -left
        if right >= 0:
            found &= distance <= right
    if rules.valid_keys is None:
        return found
    valid = key < rules.valid_keys.reshape(-1, 1, 1, 1)
    return valid if found is None else found & valid


def _padded(mask: Array, keys: int) -> Array:
    missing = keys - mask.shape[-1]
    if missing < 0:
        raise GraphError(f"a mask of shape {mask.shape} is for more than {keys} keys")
    widths = [(0, 0)] * (mask.ndim - 1) + [(0, missing)]
    nothing = False if mask.dtype == bool else -np.inf
    return np.pad(mask, widths, constant_values=nothing) if missing else mask
