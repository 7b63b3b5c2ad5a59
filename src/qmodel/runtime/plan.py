"""A plan: the steps that make the outputs asked for, worked out once and run many times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.graph import Node
from qmodel.runtime.binding import BoundNode
from qmodel.runtime.execution import apply_node
from qmodel.runtime.folding import fold_constants
from qmodel.runtime.fusion import fuse_relu
from qmodel.runtime.lifetimes import analyse_lifetimes
from qmodel.runtime.weight_cache import WeightCache

Observer: TypeAlias = Callable[[Node, str, Array], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One node and what happens to memory around it.

    Attributes:
        bound: the node.
        reusable: positions of inputs that may be overwritten.
        frees: names of values to forget afterwards.
    """

    bound: BoundNode
    reusable: tuple[int, ...]
    frees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Immutable, so that many threads can run it.

    Attributes:
        steps: in order.
        constants: folded values by name.
        outputs: names of the values to return.
        copied: outputs that may share memory with an input or a tensor, and are returned as copies.
    """

    steps: tuple[Step, ...]
    constants: Mapping[str, Array]
    outputs: tuple[str, ...]
    copied: frozenset[str]

    def run(
        self, inputs: Mapping[str, Array], weights: WeightCache, observe: Observer | None = None, /
    ) -> dict[str, Array]:
        """Compute the outputs from checked inputs.

        Returns:
            C-contiguous arrays by name, the caller's own.

        Raises:
            GraphError: a node failed.
        """
        values = {**self.constants, **inputs}

        def value_of(name: str) -> Array | None:
            if not name:
                return None
            found = values.get(name)
            return weights.get(name) if found is None else found

        with np.errstate(all="ignore"):
            for step in self.steps:
                arguments = [value_of(name) for name in step.bound.inputs]
                made = apply_node(step.bound, arguments, weights, step.reusable)
                named = [(name, array) for name, array in zip(step.bound.outputs, made, strict=False) if name]
                values.update(named)
                if observe is not None:
                    for name, array in named:
                        observe(step.bound.node, name, array)
                del arguments, made, named
                for name in step.frees:
                    values.pop(name, None)
        owned: dict[str, Array] = {}
        for name in self.outputs:
            array = np.asarray(value_of(name))
            shared = name in self.copied or any(np.may_share_memory(array, other) for other in owned.values())
            owned[name] = array.copy() if shared or not array.flags.writeable else np.asarray(array, order="C")
        return owned


def make_plan(
    nodes: Sequence[BoundNode],
    weights: WeightCache,
    inputs: Collection[str],
    outputs: tuple[str, ...],
    /,
    *,
    every_node: bool,
) -> Plan:
    """Make a plan.

    Args:
        nodes: all nodes of the graph, in topological order.
        weights: tensors, read to fold constants.
        inputs: names of the graph's inputs.
        outputs: names of the values wanted.
        every_node: run every node as it stands, for an observer: nothing folded, fused, left out or overwritten.

    Raises:
        GraphError: a node that is folded fails.
    """
    constants: dict[str, Array] = {}
    chosen = list(nodes)
    if not every_node:
        chosen, constants = fold_constants(_needed(chosen, outputs), weights)
        chosen = fuse_relu(chosen, outputs)
    read = {*outputs, *(name for bound in chosen for name in bound.inputs if name)}
    foreign = {*inputs, *constants, *(name for name in read if name in weights)}
    lifetimes = analyse_lifetimes(chosen, outputs, foreign, reuse=not every_node)
    steps = tuple(
        Step(bound, reusable, frees)
        for bound, reusable, frees in zip(chosen, lifetimes.reusable, lifetimes.frees, strict=True)
    )
    return Plan(steps, constants, outputs, lifetimes.foreign.intersection(outputs))


def _needed(nodes: Sequence[BoundNode], outputs: Collection[str]) -> list[BoundNode]:
    """The nodes that the outputs depend on, in order."""
    wanted = set(outputs)
    needed = []
    for bound in reversed(nodes):
        if wanted.intersection(filter(None, bound.outputs)):
            needed.append(bound)
            wanted.update(bound.inputs)
    return needed[::-1]
