"""Fusion of element-wise nodes: what follows a node is done with each part of its result while that is in the cache.

Also found is the form `y · g(y)`, in which many activations are exported, such as x · sigmoid(x).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.chains import Chain, Code, Step
from qmodel.runtime.binding import BoundNode
from qmodel.runtime.elementwise_steps import Steps, steps_of
from qmodel.runtime.known_values import KnownValues

_RELU = (Step(Code.RELU),)


@dataclass(frozen=True, slots=True)
class Following:
    """Nodes that follow a value one after another, and the steps that they take.

    Attributes:
        nodes: at least one.
        steps: of all of them.
    """

    nodes: tuple[BoundNode, ...]
    steps: Steps

    @property
    def outputs(self) -> tuple[str, ...]:
        """The name of what they make of the value."""
        return self.nodes[-1].outputs


def fuse_chains(nodes: Sequence[BoundNode], outputs: Collection[str], known: KnownValues, /) -> list[BoundNode]:
    """Merge element-wise nodes into the Conv or Gemm before them; where there is none, two and more into one.

    Narrow floats would be rounded elsewhere, so that of a Conv or Gemm with such weights only a Relu is merged.

    Args:
        nodes: in topological order.
        outputs: names that must stay.
        known: values that never change.
    """
    search = _Search(nodes, outputs, known)
    instead: dict[int, BoundNode] = {}
    absorbed: set[int] = set()
    for value, maker in search.values():
        if maker is not None and (id(maker) in absorbed or id(maker) in instead):
            continue
        found = search.follow(value)
        if found is None:
            continue
        if maker is not None and "finish" in maker.operator.keywords:
            if found.steps == _RELU or known.type_name(maker.inputs[1]) in ("f32", "f64"):
                instead[id(maker)] = _finished(maker, found)
                absorbed.update(map(id, found.nodes))
        elif len(found.nodes) > 1:
            instead[id(found.nodes[0])] = _alone(value, found, known)
            absorbed.update(map(id, found.nodes[1:]))
    return [instead.get(id(bound), bound) for bound in nodes if id(bound) not in absorbed]


def apply_chain(x: Array, /, *, chain: Chain, rank: int, out: Array | None = None) -> Array:
    """What the steps of several nodes make of x, with `rank` axes at least; `out` as for any operator."""
    if out is None or not out.flags.forc:
        out = np.empty_like(x)
    if out is not x:
        np.copyto(out, x)
    in_memory_order = out.transpose(sorted(range(out.ndim), key=lambda axis: -out.strides[axis]))
    chain(in_memory_order)
    return out if out.ndim >= rank else out.reshape(1)


def _finished(bound: BoundNode, found: Following) -> BoundNode:
    return replace(bound, outputs=found.outputs, keywords={**bound.keywords, "finish": Chain(found.steps)})


def _alone(value: str, found: Following, known: KnownValues) -> BoundNode:
    first = found.nodes[0]
    supplied = frozenset({"out"})
    operator = replace(first.operator, function=apply_chain, keywords=supplied, named_inputs=1, max_inputs=1)
    numbers = (known.scalar(name) for bound in found.nodes for name in bound.inputs)
    rank = max((number.ndim for number in numbers if number is not None), default=0)
    keywords = {"chain": Chain(found.steps), "rank": rank}
    return replace(first, operator=operator, inputs=(value,), outputs=found.outputs, keywords=keywords)


class _Search:
    """Looks for chains in nodes."""

    def __init__(self, nodes: Sequence[BoundNode], outputs: Collection[str], known: KnownValues) -> None:
        self._outputs = outputs
        self._known = known
        self._makers = {name: bound for bound in nodes for name in bound.outputs if name}
        self._readers: defaultdict[str, list[BoundNode]] = defaultdict(list)
        for bound in nodes:
            for name in bound.reads:
                self._readers[name].append(bound)

    def values(self) -> list[tuple[str, BoundNode | None]]:
        """Names of all values with the nodes that make them, in order; those that no node makes first."""
        given = [(name, None) for name in self._readers if name not in self._makers]
        return [*given, *self._makers.items()]

    def follow(self, value: str) -> Following | None:
        """The longest chain that begins at a value."""
        nodes: list[BoundNode] = []
        steps: list[Step] = []
        kept: str | None = None
        found: Following | None = None
        while (taken := self._next(value, kept)) is not None:
            node, more = taken
            if kept is None and len(self._readers[value]) == 2:
                kept, more = value, (Step(Code.KEEP), *more)
            elif more == (Step(Code.TIMES_KEPT),):
                kept = None
            nodes.append(node)
            steps.extend(more)
            (value,) = node.outputs
            if kept is None:
                found = Following(tuple(nodes), tuple(steps))
        return found

    def _next(self, value: str, kept: str | None) -> tuple[BoundNode, Steps] | None:
        """The node that goes on from a value, and its steps."""
        if value in self._outputs:
            return None
        readers = self._readers[value]
        if len(readers) == 2 and kept is None:
            readers = [bound for bound, other in zip(readers, readers[::-1], strict=True) if _multiplies(other, value)]
        if len(readers) != 1:
            return None
        if kept is not None and set(readers[0].inputs) == {value, kept} and _multiplies(readers[0], kept):
            return readers[0], (Step(Code.TIMES_KEPT),)
        steps = steps_of(readers[0], value, self._known)
        return None if steps is None else (readers[0], steps)


def _multiplies(bound: BoundNode, value: str) -> bool:
    """Whether a node multiplies a value with another one."""
    return bound.operator.name == "Mul" and bound.inputs.count(value) == 1
