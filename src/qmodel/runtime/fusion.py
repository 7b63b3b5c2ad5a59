"""Fusion: what follows a node is done by it.

What is added to a Conv's result becomes its bias, and a batch normalization scales its kernels: when they are needed,
and the cache of the weights holds the scaled ones instead of those of the file. Where numbers are quantized only to be
dequantized, as networks in QDQ form have it, no integers are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from qmodel.runtime.binding import BoundNode
from qmodel.runtime.known_values import KnownValues
from qmodel.runtime.normalized_weights import MakeNormalized, Normalization
from qmodel.runtime.round_trip import Quantizer, quantized_and_back
from qmodel.runtime.weight_cache import Facts

_FLOATS = ("f32", "f64")
# Attributes of QuantizeLinear and DequantizeLinear that ask for blocks, or for other types than those of the inputs.
_OTHER_TYPES = ("block_size", "output_dtype", "precision")


def fuse_biases(nodes: Sequence[BoundNode], outputs: Collection[str], known: KnownValues, /) -> list[BoundNode]:
    """Merge each Add of a number for each channel into the Conv before it, as its bias, where it has none.

    The weights of both have to be known and of one type, float32 or float64.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
        known: values that never change.
    """
    taken = {name for bound in nodes for name in (*bound.reads, *bound.outputs)}

    def merged(bound: BoundNode, following: BoundNode) -> BoundNode | None:
        if (bound.node.operator, following.node.operator) != ("Conv", "Add") or any(bound.inputs[2:]):
            return None
        added = following.inputs[1]
        of_kernels, of_added = known.facts(bound.inputs[1]), known.facts(added)
        if of_kernels is None or of_added is None or of_kernels[0].name not in _FLOATS:
            return None
        kind, (channels, *others) = of_kernels
        one_each = (channels, *(1,) * (len(others) - 1))
        if of_added not in ((kind, one_each), (kind, (1, *one_each))):
            return None
        name = f"bias {known.label(added)}"
        if name in taken or not known.weights.derive(name, (kind, (channels,)), lambda: known.borrowed(added).ravel()):
            return None
        return replace(bound, inputs=(*bound.inputs[:2], name), outputs=following.outputs)

    return _fused(nodes, outputs, merged)


def fuse_batch_normalization(
    nodes: Sequence[BoundNode], outputs: Collection[str], known: KnownValues, /
) -> list[BoundNode]:
    """Merge each BatchNormalization into the Conv before it, where nothing else reads the value between them.

    The weights of both have to be known and of one type, float32 or float64; narrower floats would be rounded
    elsewhere. Those of the Conv are replaced by normalized ones.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
        known: values that never change.
    """
    taken = {name for bound in nodes for name in (*bound.reads, *bound.outputs)}

    def derived(source: str, by: Normalization, facts: Facts, make: MakeNormalized) -> str | None:
        """The name of a normalized weight."""
        name = " after normalization by ".join((known.label(source), *map(known.label, by.names), repr(by.epsilon)))
        free = name not in taken and known.weights.derive(name, facts, partial(make, source, known.borrowed))
        return name if free else None

    def merged(bound: BoundNode, following: BoundNode) -> BoundNode | None:
        if (bound.node.operator, following.node.operator) != ("Conv", "BatchNormalization"):
            return None
        w, b = (*bound.inputs[1:], "")[:2]
        by = Normalization(following.inputs[1:], following.keywords.get("epsilon", 1e-5))
        of_kernels, *others = (known.facts(name) for name in (w, *by.names, *filter(None, [b])))
        if of_kernels is None or of_kernels[0].name not in _FLOATS or following.keywords.get("training_mode"):
            return None
        of_channels = (of_kernels[0], of_kernels[1][:1])
        if any(facts != of_channels for facts in others):
            return None
        kernels, bias = derived(w, by, of_kernels, by.kernels), derived(b, by, of_channels, by.bias)
        if kernels is None or bias is None:
            return None
        return replace(bound, inputs=(bound.inputs[0], kernels, bias), outputs=following.outputs[:1])

    return _fused(nodes, outputs, merged)


def fuse_round_trips(nodes: Sequence[BoundNode], outputs: Collection[str], known: KnownValues, /) -> list[BoundNode]:
    """Merge each DequantizeLinear into the QuantizeLinear before it, where both have one equal scale and zero point.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
        known: values that never change.
    """

    def merged(bound: BoundNode, following: BoundNode) -> BoundNode | None:
        if (bound.node.operator, following.node.operator) != ("QuantizeLinear", "DequantizeLinear"):
            return None
        if any(node.keywords.get(name) for node in (bound, following) for name in _OTHER_TYPES):
            return None
        forth, back = (Quantizer.of(*map(known.value, (*node.inputs, "")[1:3])) for node in (bound, following))
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
