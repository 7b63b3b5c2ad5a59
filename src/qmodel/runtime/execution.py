"""Run one step: call the operator, and say which node failed when it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError, LimitError, QModelError
from qmodel.runtime.binding import BoundNode
from qmodel.runtime.body import Body
from qmodel.runtime.weight_cache import WeightCache


def apply_node(
    bound: BoundNode,
    arguments: Sequence[Array | None],
    weights: WeightCache,
    reusable: Sequence[int] = (),
    bodies: Mapping[str, Body] = MappingProxyType({}),
    /,
) -> tuple[Array, ...]:
    """The outputs of a node, in order; there may be more than it names.

    Args:
        bound: the node.
        arguments: its inputs, None for one left out.
        weights: holds the tensors that are attributes.
        reusable: positions of inputs that may be overwritten with the result.
        bodies: the attributes that are graphs, ready to be called.

    Raises:
        GraphError: the operator failed; the error it met is the cause.
        LimitError: it would have needed too much memory, or ran bodies too often.
    """
    keywords = bound.keywords
    if bodies or bound.tensor_keywords:
        tensors = {keyword: weights.get(name) for keyword, name in bound.tensor_keywords.items()}
        keywords = {**keywords, **bodies, **tensors}
    try:
        if reusable:
            keywords = {**keywords, "out": _overwritable(arguments, reusable)}
        made = bound.operator.function(*arguments, **keywords)
    except Exception as error:
        shapes = ", ".join("-" if a is None else f"{a.dtype}{list(a.shape)}" for a in arguments)
        kind = "" if isinstance(error, QModelError) else f"{type(error).__name__}: "
        wrapped = LimitError if isinstance(error, LimitError) else GraphError
        raise wrapped(f"{bound.node}: {kind}{error} (inputs: {shapes or 'none'})") from error
    if type(made) is np.ndarray:
        return (made,)
    return tuple(np.asarray(array) for array in made) if isinstance(made, tuple) else (np.asarray(made),)


def _overwritable(arguments: Sequence[Array | None], positions: Sequence[int]) -> Array | None:
    """An input of the shape and dtype that the broadcast result has."""
    if len(arguments) == 1:
        (only,) = arguments
        return only if only is not None and only.flags.writeable else None
    given = [array for array in arguments if array is not None]
    if len({array.dtype for array in given}) > 1:
        return None
    shapes = {array.shape for array in given}
    shape = np.broadcast_shapes(*shapes) if len(shapes) > 1 else given[0].shape
    for position in positions:
        candidate = arguments[position]
        if candidate is not None and candidate.shape == shape and candidate.flags.writeable:
            return candidate
    return None
