"""Fusion: what follows a node is done by it.

A batch normalization scales
a Conv's kernels, one layer at a time and in each run, so that no second copy of the weights is held. Where numbers
are quantized only to be dequantized, as networks in QDQ form have it, no integers are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from qmodel.dtypes import Array
from qmodel.runtime.binding import BoundNode
from qmodel.runtime.normalized_convolution import convolve_normalized
from qmodel.runtime.round_trip import Quantizer, quantized_and_back

_FLOATS = ("f32", "f64")
# Attributes of QuantizeLinear and DequantizeLinear that ask for blocks, or for other types than those of the inputs.
_OTHER_TYPES = ("block_size", "output_dtype", "precision")


def fuse_batch_normalization(
    nodes: Sequence[BoundNode], outputs: Collection[str], type_of: Callable[[str], str | None], /
) -> list[BoundNode]:
    """Merge each BatchNormalization into the Conv before it, where nothing else reads the value between them.

    Both have to have weights of one type, float32 or float64; narrower floats would be rounded elsewhere.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
        type_of: the element type of a tensor or constant by its name; None for any other value.
    """

    def merged(bound: BoundNode, following: BoundNode) -> BoundNode | None:
        if (bound.node.operator, following.node.operator) != ("Conv", "BatchNormalization"):
            return None
        weights = (*bound.inputs[1:], *following.inputs[1:])
        types = {type_of(name) for name in weights if name}
        if len(types) != 1 or not types <= {*_FLOATS} or following.keywords.get("training_mode"):
            return None
        operator = replace(bound.operator, function=convolve_normalized, named_inputs=7, max_inputs=7)
        inputs = (*bound.inputs, "")[:3] + following.inputs[1:]
        keywords = {**bound.keywords, "epsilon": following.keywords.get("epsilon", 1e-5)}
        return replace(bound, operator=operator, inputs=inputs, outputs=following.outputs[:1], keywords=keywords)

    return _fused(nodes, outputs, merged)


def fuse_round_trips(
    nodes: Sequence[BoundNode], outputs: Collection[str], value_of: Callable[[str], Array | None], /
) -> list[BoundNode]:
    """Merge each DequantizeLinear into the QuantizeLinear before it, where both have one equal scale and zero point.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
        value_of: a tensor or constant by its name; None for any other value.
    """

    def merged(bound: BoundNode, following: BoundNode) -> BoundNode | None:
        if (bound.node.operator, following.node.operator) != ("QuantizeLinear", "DequantizeLinear"):
            return None
        if any(node.keywords.get(name) for node in (bound, following) for name in _OTHER_TYPES):
            return None
        forth, back = (Quantizer.of(*map(value_of, (*node.inputs, "")[1:3])) for node in (bound, following))
        if forth is None or back is None or not forth.equals(back):
            return None
        supplied = frozenset({"out"})
        operator = replace(bound.operator, function=quantized_and_back, keywords=supplied)
        keywords = {"quantizer": forth}
        return replace(bound, operator=operator, inputs=bound.inputs[:1], outputs=following.outputs, keywords=keywords)

    return _fused(nodes, outputs, merged)


def _fused(
    nodes: Sequence[BoundNode],
    outputs: Collection[str],
    merged: Callable[[BoundNode, BoundNode], BoundNode | None],
) -> list[BoundNode]:
    """The nodes, each merged with the one behind it where that alone reads it and `merged` gives a node for both."""
    reads = Counter(name for bound in nodes for name in bound.reads)
    reader_of = {name: bound for bound in nodes for name in bound.inputs[:1]}
    made: dict[int, BoundNode] = {}
    absorbed: set[int] = set()
    for bound in nodes:
        value = bound.outputs[0]
        following = reader_of.get(value)
        if following is None or reads[value] != 1 or value in outputs:
            continue
        both = merged(bound, following)
        if both is not None:
            made[id(bound)] = both
            absorbed.add(id(following))
    return [made.get(id(bound), bound) for bound in nodes if id(bound) not in absorbed]
