"""A plan: the steps that make the outputs asked for, worked out once and run many times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from qmodel.dtypes import Array
from qmodel.graph import Value
from qmodel.runtime.binding import BoundBody, BoundNode
from qmodel.runtime.elementwise_chains import fuse_chains
from qmodel.runtime.execution import apply_node
from qmodel.runtime.folding import fold_constants
from qmodel.runtime.fusion import fuse_batch_normalization, fuse_biases, fuse_round_trips
from qmodel.runtime.known_values import KnownValues
from qmodel.runtime.lifetimes import analyse_lifetimes
from qmodel.runtime.memory_plan import MemoryRecorder
from qmodel.runtime.run_state import ObserverFailed, RunState
from qmodel.runtime.weight_cache import WeightCache


class PlannedBody(NamedTuple):
    """A body with its plan.

    Attributes:
        bound: the body.
        plan: made once, with the plan around it.
    """

    bound: BoundBody
    plan: Plan


_NO_BODIES: Mapping[str, RunningBody] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Step:
    """One node and what happens to memory around it.

    Attributes:
        bound: the node.
        reusable: positions of inputs that may be overwritten.
        frees: names of values to forget afterwards.
        bodies: the node's bodies by keyword.
    """

    bound: BoundNode
    reusable: tuple[int, ...]
    frees: tuple[str, ...]
    bodies: Mapping[str, PlannedBody] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Immutable, so that many threads can run it.

    Attributes:
        steps: in order.
        constants: folded values by name, those of the graphs around included.
        outputs: names of the values to return.
        copied: outputs that may share memory with an input or a tensor, and are returned as copies.
    """

    steps: tuple[Step, ...]
    constants: Mapping[str, Array]
    outputs: tuple[str, ...]
    copied: frozenset[str]

    def run(
        self, inputs: Mapping[str, Array], state: RunState, /, recorder: MemoryRecorder | None = None
    ) -> dict[str, Array]:
        """Compute the outputs from checked inputs; a recorder is told what each node leaves in memory.

        Returns:
            C-contiguous arrays by name, the caller's own.

        Raises:
            GraphError: a node failed.
            LimitError: a node would need too much memory, or bodies run too often.
        """
        try:
            with np.errstate(all="ignore"):
                made = self.compute({**self.constants, **inputs}, state, recorder)
        except ObserverFailed as failure:
            raise failure.error from failure.error.__cause__
        return dict(zip(self.outputs, self.owned(made), strict=True))

    def owned(self, made: Sequence[Array], /) -> tuple[Array, ...]:
        """C-contiguous outputs that share memory with nothing, copied where they would."""
        owned: list[Array] = []
        for name, array in zip(self.outputs, made, strict=True):
            shared = name in self.copied or any(np.may_share_memory(array, other) for other in owned)
            owned.append(array.copy() if shared or not array.flags.writeable else np.asarray(array, order="C"))
        return tuple(owned)

    def compute(
        self, values: dict[str, Array], state: RunState, /, recorder: MemoryRecorder | None = None
    ) -> tuple[Array, ...]:
        """Run the steps.

        Args:
            values: by name: constants, inputs, and what is captured from graphs around. Changed by the steps.
            state: of the run.
            recorder: told of the nodes of this plan, not of those of bodies.

        Returns:
            The outputs, in order; they may share memory with the values given and with tensors.
        """
        weights = state.weights

        def tensor(name: str) -> Array | None:
            return weights.get(name) if name else None

        for step in self.steps:  # a step's own work may be microseconds: so is what is done around it
            bound = step.bound
            arguments = [values[name] if name in values else tensor(name) for name in bound.inputs]
            bodies = (
                {keyword: RunningBody(planned, values, state) for keyword, planned in step.bodies.items()}
                if step.bodies
                else _NO_BODIES
            )
            made = apply_node(bound, arguments, weights, step.reusable, bodies)
            named = {name: array for name, array in zip(bound.outputs, made, strict=False) if name}
            values.update(named)
            if state.observe is not None:
                for name, array in named.items():
                    state.show(bound.node, name, array)
            if recorder is not None:
                recorder.note(bound.node, arguments, named.values(), values.values())
            del arguments, bodies, made, named
            for name in step.frees:
                values.pop(name, None)
        return tuple(np.asarray(values[name] if name in values else tensor(name)) for name in self.outputs)


class RunningBody:
    """A body with the values around it, for one run of its node."""

    def __init__(self, planned: PlannedBody, around: Mapping[str, Array], state: RunState) -> None:
        self._planned = planned
        self._state = state
        captured = {name: around[name] for name in planned.bound.captured if name in around}
        self._known = {**captured, **planned.plan.constants}

    @property
    def outputs(self) -> tuple[Value, ...]:
        """What the body declares of its outputs."""
        return self._planned.bound.outputs

    def __call__(self, *inputs: Array) -> tuple[Array, ...]:
        """Run the body; see `qmodel.runtime.body.Body`."""
        self._state.count_step()
        named = zip((value.name for value in self._planned.bound.inputs), inputs, strict=True)
        return self._planned.plan.compute({**self._known, **dict(named)}, self._state)

    def owned(self, *inputs: Array) -> tuple[Array, ...]:
        """As a call; what would share memory is copied."""
        return self._planned.plan.owned(self(*inputs))


def make_plan(
    nodes: Sequence[BoundNode],
    weights: WeightCache,
    inputs: Collection[str],
    outputs: tuple[str, ...],
    /,
    *,
    every_node: bool,
    around: Mapping[str, Array] | None = None,
) -> Plan:
    """Make a plan, and those of the bodies inside it.

    Args:
        nodes: all nodes of the graph, in topological order.
        weights: tensors, read to fold constants.
        inputs: names of the graph's inputs, and of what it captures from graphs around it.
        outputs: names of the values wanted.
        every_node: run every node as it stands, for an observer: nothing folded, fused, left out or overwritten.
        around: folded constants of the graphs around.

    Raises:
        GraphError: a node that is folded fails.
    """
    constants = dict(around or {})
    chosen = list(nodes)
    if not every_node:
        chosen, constants = fold_constants(_needed(chosen, outputs), weights, constants)
        known = KnownValues(weights, constants)
        chosen = fuse_biases(chosen, outputs, known)
        chosen = fuse_batch_normalization(chosen, outputs, known)
        chosen = fuse_round_trips(chosen, outputs, known)
        chosen = fuse_chains(chosen, outputs, known)
    read = {*outputs, *(name for bound in chosen for name in bound.reads)}
    foreign = {*inputs, *constants, *(name for name in read if name in weights)}
    lifetimes = analyse_lifetimes(chosen, outputs, foreign, reuse=not every_node)
    steps = tuple(
        Step(bound, reusable, frees, _plan_bodies(bound, weights, constants, every_node=every_node))
        for bound, reusable, frees in zip(chosen, lifetimes.reusable, lifetimes.frees, strict=True)
    )
    return Plan(steps, constants, outputs, lifetimes.foreign.intersection(outputs))


def _plan_bodies(
    bound: BoundNode, weights: WeightCache, constants: Mapping[str, Array], *, every_node: bool
) -> dict[str, PlannedBody]:
    planned = {}
    for keyword, body in bound.bodies.items():
        inputs = [*(value.name for value in body.inputs), *body.captured]
        outputs = tuple(value.name for value in body.outputs)
        around = {name: constants[name] for name in body.captured if name in constants}
        plan = make_plan(body.nodes, weights, inputs, outputs, every_node=every_node, around=around)
        planned[keyword] = PlannedBody(body, plan)
    return planned


def _needed(nodes: Sequence[BoundNode], outputs: Collection[str]) -> list[BoundNode]:
    """The nodes that the outputs depend on, in order."""
    wanted = set(outputs)
    needed = []
    for bound in reversed(nodes):
        if wanted.intersection(filter(None, bound.outputs)):
            needed.append(bound)
            wanted.update(bound.reads)
    return needed[::-1]
