"""The operator Attention."""

from __future__ import annotations

import math

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.attention_bias import AttentionRules, attention_bias
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator

_RAW, _CAPPED, _BIASED, _SOFTMAX = range(4)


@operator("Attention", since=23)
def attention(
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None = None,
    past_key: Array | None = None,
    past_value: Array | None = None,
    nonpad_kv_seqlen: Array | None = None,
    /,
    *,
    output_count: int,
    is_causal: int = 0,
    kv_num_heads: int | None = None,
    left_window_size: int = -1,
    q_num_heads: int | None = None,
    qk_matmul_output_mode: int = 0,
    right_window_size: int = -1,
    scale: float | None = None,
    softcap: float = 0.0,
    softmax_precision: int | None = None,
) -> tuple[Array, Array, Array, Array]:
    """Softmax of the scaled products of queries and keys, times the values (arXiv:1706.03762), for groups of heads.

    Q, K and V are (N, heads, sequence, head size), or (N, sequence, heads * head size) with the numbers of heads. There
    may be fewer heads of keys and values than of queries. Every stage is rounded to Q's type, as ONNX has it; products
    of narrower floats are summed in float32.

    Returns:
        The result in Q's layout; keys and values with those of the past before them, with heads; and the scores, at the
        stage that `qk_matmul_output_mode` names, empty where the node does not name them.
    """
    _check(q, k, v, past_key, past_value, nonpad_kv_seqlen)
    queries = _with_heads(q, q_num_heads)
    keys, values = _joined(past_key, _with_heads(k, kv_num_heads)), _joined(past_value, _with_heads(v, kv_num_heads))
    rules = AttentionRules(
        bool(is_causal),
        left_window_size,
        right_window_size,
        0 if past_key is None else past_key.shape[2],
        nonpad_kv_seqlen,
    )
    root = q.dtype.type(math.sqrt(1 / math.sqrt(queries.shape[3]) if scale is None else scale))
    scores = _grouped_matmul(queries * root, np.swapaxes(keys * root, 2, 3))
    bias = attention_bias(mask, scores.shape[2], scores.shape[3], rules, scores.dtype)
    kept = _Kept(qk_matmul_output_mode if output_count > 3 else -1, q.dtype)
    kept.offer(_RAW, scores)
    if softcap > 0:
        cap = scores.dtype.type(softcap)
        scores = np.tanh(scores / cap) * cap
    kept.offer(_CAPPED, scores)
    if bias is not None:
        scores = scores + bias
    kept.offer(_BIASED, scores)
    weights = _softmax(scores if softmax_precision is None else scores.astype(dtype_of(softmax_precision)), bias)
    kept.offer(_SOFTMAX, weights)
    made = _grouped_matmul(weights.astype(q.dtype, copy=False), values)
    if q.ndim == 3:
        made = np.swapaxes(made, 1, 2).reshape(*q.shape[:2], -1)
    return made, keys, values, kept.scores


class _Kept:
    """The scores of the stage that was asked for."""

    def __init__(self, stage: int, dtype: np.dtype[np.generic]) -> None:
        self._stage = stage
        self.scores: Array = np.empty(0, dtype)

    def offer(self, stage: int, scores: Array) -> None:
        if stage == self._stage:
            self.scores = scores.astype(self.scores.dtype)


def _check(
    q: Array, k: Array, v: Array, past_key: Array | None, past_value: Array | None, valid_keys: Array | None
) -> None:
    require_floats(q, k, v)
    require_one_dtype(q, k, past_key)
    require_one_dtype(v, past_value)
    if q.ndim not in (3, 4) or k.ndim != q.ndim or v.ndim != q.ndim:
        raise GraphError(f"Q, K and V must have 3 axes each or 4 each, got {q.shape}, {k.shape} and {v.shape}")
    if (past_key is None) != (past_value is None):
        raise GraphError("past_key and past_value must be given together")
    if valid_keys is not None and (past_key is not None or valid_keys.shape != q.shape[:1]):
        raise GraphError(f"nonpad_kv_seqlen excludes past_key, and must have shape {q.shape[:1]}")


def _with_heads(x: Array, heads: int | None) -> Array:
    """As (N, heads, sequence, head size)."""
    if x.ndim == 4:
        return x
    if not heads or heads < 0 or x.shape[2] % heads:
        raise GraphError(f"an array of shape {x.shape} does not fall into {heads} heads")
    return np.swapaxes(x.reshape(*x.shape[:2], heads, -1), 1, 2)


def _joined(past: Array | None, new: Array) -> Array:
    return new if past is None else np.concatenate((past, new), axis=2)


def _grouped_matmul(a: Array, b: Array) -> Array:
    """(N, heads, n, m) times (N, fewer heads, m, p), of a's dtype: a head of b serves consecutive heads of a."""
    if not b.shape[1] or a.shape[1] % b.shape[1]:
        raise GraphError(f"{a.shape[1]} heads of queries cannot share {b.shape[1]} heads of keys and values")
    grouped = a.reshape(a.shape[0], b.shape[1], -1, *a.shape[2:])
    product = np.asarray(np.matmul(widened(grouped), widened(b[:, :, None])))
    return product.reshape(*a.shape[:3], b.shape[3]).astype(a.dtype, copy=False)


def _softmax(scores: Array, bias: Array | None) -> Array:
    """Along the last axis; zeros for a query whose bias allows no key."""
    peak = np.max(scores, axis=-1, keepdims=True, initial=-np.inf)
    weights: Array = np.exp(scores - np.where(np.isneginf(peak), scores.dtype.type(0), peak))
    total = weights.sum(-1, keepdims=True)
    weights /= np.where(total == 0, total.dtype.type(1), total)
    if bias is not None:
        may_attend = np.max(bias, axis=-1, keepdims=True, initial=-np.inf) > -np.inf
        weights = np.where(may_attend, weights, weights.dtype.type(0))
    return weights
