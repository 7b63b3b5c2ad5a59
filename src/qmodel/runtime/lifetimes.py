"""When each value dies, and which dying inputs an operator may overwrite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from qmodel.runtime.binding import BoundNode


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """For each node, by position.

    Attributes:
        frees: names of values that nothing reads after the node.
        reusable: positions of inputs that may be overwritten.
        foreign: names of values that may share memory with a graph input or a tensor.
    """

    frees: tuple[tuple[str, ...], ...]
    reusable: tuple[tuple[int, ...], ...]
    foreign: frozenset[str]


def analyse_lifetimes(
    nodes: Sequence[BoundNode], kept: Collection[str], foreign: Iterable[str], /, *, reuse: bool
) -> Lifetimes:
    """Find last uses, and inputs safe to overwrite.

    An operator that is not `fresh` may return a view, so its outputs and inputs share memory: they are one family. A
    value may be overwritten when no member of its family is read later, and none is the caller's or a tensor.

    Args:
        nodes: in the order they run.
        kept: names that the caller gets.
        foreign: names of graph inputs, tensors and constants.
        reuse: False to overwrite nothing.
    """
    last_use = _last_uses(nodes, kept)
    families = _Families(foreign)
    reusable = []
    for position, bound in enumerate(nodes):
        may_overwrite = reuse and "out" in bound.operator.keywords
        dying = tuple(
            index
            for index, name in enumerate(bound.inputs)
            if may_overwrite and name and families.is_dead_after(name, position, last_use)
        )
        reusable.append(dying)
        families.add(bound, [bound.inputs[index] for index in dying])
    frees: list[list[str]] = [[] for _ in nodes]
    for name, position in last_use.items():
        if position < len(nodes):
            frees[position].append(name)
    return Lifetimes(tuple(map(tuple, frees)), tuple(reusable), families.foreign_names())


def _last_uses(nodes: Sequence[BoundNode], kept: Collection[str]) -> dict[str, int]:
    """Position of the last node that makes or reads a value; the number of nodes for one that is kept."""
    last_use: dict[str, int] = {}
    for position, bound in enumerate(nodes):
        last_use.update((name, position) for name in (*bound.reads, *bound.outputs) if name)
    last_use.update((name, len(nodes)) for name in kept)
    return last_use


class _Families:
    """Sets of values that may share memory."""

    def __init__(self, foreign: Iterable[str]) -> None:
        self._foreign: set[str] = set(foreign)
        self._family: dict[str, set[str]] = dict.fromkeys(self._foreign, self._foreign)

    def foreign_names(self) -> frozenset[str]:
        return frozenset(self._foreign)

    def is_dead_after(self, name: str, position: int, last_use: dict[str, int]) -> bool:
        family = self._family.get(name, self._foreign)
        if family is self._foreign or last_use[name] > position:
            return False
        return all(last_use[member] < position for member in family if member != name)

    def add(self, bound: BoundNode, overwritten: Sequence[str]) -> None:
        """Put a node's outputs into the families of what they may share memory with."""
        shared = bound.reads if not bound.operator.fresh else overwritten
        family = {name for name in bound.outputs if name}
        if bound.tensor_keywords and not bound.operator.fresh:
            family = self._merge(family, self._foreign)
        for name in shared:
            family = self._merge(family, self._family.get(name, self._foreign))
        for name in family:
            self._family[name] = family

    def _merge(self, one: set[str], other: set[str]) -> set[str]:
        if one is other:
            return one
        if one is self._foreign:
            one, other = other, one
        other |= one
        return other
