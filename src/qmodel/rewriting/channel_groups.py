"""Channels that must be pruned together: a union-find over the channels of values and the axes of tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["makes", "reads", "follows"]


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of a value.

    Attributes:
        group: which group of `ChannelGroups` they belong to.
        size: how many they are.
        axis: where they are, counted from the end: -1 is the last axis.
        rank: number of axes of the value; None when not known.
        flattened: whether each channel is a run of neighbouring entries of the axis and not one, as after Flatten.
    """

    group: int
    size: int
    axis: int
    rank: int | None
    flattened: bool = False

    @property
    def position(self) -> int | None:
        """The axis counted from the front."""
        return None if self.rank is None else self.rank + self.axis

    def fits(self, length: int) -> bool:
        """Whether an axis of a length can be this one."""
        return length % self.size == 0 if self.flattened else length == self.size


@dataclass(frozen=True, slots=True)
class Cut:
    """An axis of a tensor that shrinks when channels of a group go.

    Attributes:
        axis: counted from the front.
        group: the channels'.
        size: number of channels; the axis holds as many equal runs.
        role: whether the tensor's values along the axis make the channels, sum over them in a layer that reads them, or
            are constants that follow them.
    """

    axis: int
    group: int
    size: int
    role: Role


@dataclass(slots=True)
class ChannelGroups:
    """Groups by number. Groups that were united answer as one; a frozen one keeps all of its channels."""

    _parent: list[int] = field(default_factory=list)
    _frozen: set[int] = field(default_factory=set)

    def new(self) -> int:
        """One more group."""
        self._parent.append(len(self._parent))
        return len(self._parent) - 1

    def find(self, group: int) -> int:
        """The number that all groups united with this one share."""
        root = group
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[group] != root:
            self._parent[group], group = root, self._parent[group]
        return root

    def unite(self, one: int, other: int) -> None:
        """From now on they are one group."""
        first, second = sorted((self.find(one), self.find(other)))
        self._parent[second] = first
        if second in self._frozen:
            self._frozen.add(first)

    def freeze(self, group: int) -> None:
        """Leave a group alone, and all that is or will be united with it."""
        self._frozen.add(self.find(group))

    def is_frozen(self, group: int) -> bool:
        """Whether it is to be left alone."""
        return self.find(group) in self._frozen
