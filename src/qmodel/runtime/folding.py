"""Constant folding: nodes whose inputs never change are computed once, when the session is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import LimitError
from qmodel.runtime.binding import BoundNode
from qmodel.runtime.execution import apply_node
from qmodel.runtime.weight_cache import WeightCache

# A folded constant stays in memory outside the weight cache's budget.
_MOST_BYTES_FOLDED = 1 << 20


def fold_constants(
    nodes: Iterable[BoundNode], weights: WeightCache, known: Mapping[str, Array] = MappingProxyType({}), /
) -> tuple[list[BoundNode], dict[str, Array]]:
    """Compute what depends on tensors and constants alone. Nodes with bodies are left as they are.

    Args:
        nodes: in order.
        weights: the tensors.
        known: constants of the graphs around.

    Returns:
        The nodes that remain, in order, and the constants by name, those known before included.

    Raises:
        GraphError: a folded node fails; it would fail in every run.
    """
    remaining: list[BoundNode] = []
    constants = dict(known)
    for bound in nodes:
        names = [name for name in bound.inputs if name]
        if bound.bodies or not all(name in constants or name in weights for name in names):
            remaining.append(bound)
            continue
        found = {name: constants[name] if name in constants else weights.get(name) for name in names}
        made = _outputs(bound, [found.get(name) for name in bound.inputs], weights)
        if made is None or sum(array.nbytes for array in made) > _MOST_BYTES_FOLDED:
            remaining.append(bound)
        else:
            constants.update((name, array) for name, array in zip(bound.outputs, made, strict=False) if name)
    return remaining, constants


def _outputs(bound: BoundNode, arguments: list[Array | None], weights: WeightCache) -> tuple[Array, ...] | None:
    """What a node makes; None where that may be far larger than its inputs, and too large to be held."""
    if not bound.operator.grows:
        with np.errstate(all="ignore"):
            return apply_node(bound, arguments, weights)
    limit = min(bound.keywords["memory_limit"], _MOST_BYTES_FOLDED)
    limited = replace(bound, keywords={**bound.keywords, "memory_limit": limit})
    try:
        with np.errstate(all="ignore"):
            return apply_node(limited, arguments, weights)
    except LimitError:
        return None
