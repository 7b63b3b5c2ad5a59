"""Small constants: nodes that depend on tensors alone are computed once, and their results become tensors."""

from __future__ import annotations

from dataclasses import replace

from qmodel.errors import GraphError
from qmodel.model import Model
from qmodel.rewriting.overlay import DerivedTensor, OverlayWeights
from qmodel.runtime.binding import bind_nodes
from qmodel.runtime.folding import fold_constants
from qmodel.runtime.weight_cache import WeightCache
from qmodel.typed_array import TypedArray

# Larger ones stay nodes: stored, a weight that a node unpacks takes less room than the result.
_MOST_BYTES_STORED = 1 << 10

_CACHE_BYTES = 1 << 24


def fold_small_constants(model: Model, /) -> Model:
    """Store what the interpreter computes from tensors alone, such as shapes and scales, when it is 1 KiB or less.

    Bit-exact: the interpreter would compute the same. A graph that it cannot run (bodies, operators it does not know, a
    node that fails) is left alone.
    """
    if model.graph is None:
        return model
    weights = WeightCache(model.weights, _CACHE_BYTES)
    try:
        bound = bind_nodes(model.graph, weights.__contains__)
        _, constants = fold_constants(bound, weights)
    except GraphError:
        return model
    small = {name: array for name, array in constants.items() if array.nbytes <= _MOST_BYTES_STORED}
    nodes = tuple(node for node in model.graph.nodes if not all(name in small for name in node.outputs if name))
    left = {name for node in nodes for name in node.outputs}
    stored = {n: DerivedTensor.held(TypedArray.of(array)) for n, array in small.items() if n not in left}
    if not stored:
        return model
    return replace(
        model, graph=replace(model.graph, nodes=nodes), weights=OverlayWeights(model.weights, derived=stored)
    )
