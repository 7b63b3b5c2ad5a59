"""Fusion: a Relu that follows a Conv or Gemm is done by it, while the result is still in the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from qmodel.runtime.binding import BoundNode


def fuse_relu(nodes: Sequence[BoundNode], outputs: Collection[str], /) -> list[BoundNode]:
    """Merge each Relu into the node before it, where nothing else reads the value between them.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
    """
    reads = Counter(name for bound in nodes for name in bound.reads)
    relu_of = {bound.inputs[0]: bound for bound in nodes if bound.node.operator == "Relu"}
    merged: dict[str, BoundNode] = {}
    for bound in nodes:
        value = bound.outputs[0]
        if "relu" in bound.operator.keywords and value in relu_of and reads[value] == 1 and value not in outputs:
            merged[value] = relu_of[value]
    absorbed = {id(bound) for bound in merged.values()}
    fused = []
    for bound in nodes:
        if id(bound) in absorbed:
            continue
        following = merged.get(bound.outputs[0])
        if following is None:
            fused.append(bound)
        else:
            fused.append(replace(bound, outputs=following.outputs, keywords={**bound.keywords, "relu": True}))
    return fused
