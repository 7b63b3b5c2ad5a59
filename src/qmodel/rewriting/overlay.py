"""Weights that differ from others in a few tensors, without a copy of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from qmodel.container import Reader
from qmodel.dtypes import Array, ElementType
from qmodel.typed_array import TypedArray

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DerivedTensor:
    """A tensor that is computed when it is asked for, each time anew.

    Attributes:
        element_type: of the array that `make` returns.
        shape: likewise.
        make: computes it; must give the same bits each time.
    """

    element_type: ElementType
    shape: Shape
    make: Callable[[], TypedArray]

    @classmethod
    def held(cls, array: TypedArray) -> DerivedTensor:
        """One that stays in memory: for small arrays."""
        return cls(array.element_type, array.shape, lambda: array)


class OverlayWeights(Mapping[str, Array]):
    """A lazy mapping: another one, some tensors dropped, some derived.

    Args:
        base: what lies below; never changed, and fetched from only when a tensor of it is asked for.
        derived: tensors that are added, or replace those of the same name.
        dropped: names of the base that are no longer there.
    """

    def __init__(
        self,
        base: Mapping[str, Array],
        /,
        *,
        derived: Mapping[str, DerivedTensor] | None = None,
        dropped: Set[str] = frozenset(),
    ) -> None:
        self.base = base
        self.derived = MappingProxyType(dict(derived or {}))
        kept = dict.fromkeys(name for name in base if name not in dropped)
        self._names = {**kept, **dict.fromkeys(self.derived)}

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        derived = self.derived.get(name)
        return self.base[name] if derived is None else derived.make().to_numpy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def facts(self, name: str, /) -> tuple[ElementType, Shape]:
        """Element type and shape of a tensor; what lies in a file is not decoded for it."""
        if name not in self._names:
            raise KeyError(name)
        return tensor_facts(self, name)

    def __repr__(self) -> str:
        return f"<{len(self)} tensors, {len(self.derived)} of them derived>"


def stored_tensor(weights: Mapping[str, Array], name: str, /) -> TypedArray:
    """A tensor as its storage, which needs no `ml_dtypes`.

    Raises:
        InvalidInputError: its dtype has no element type.
        QModelError: as the file it comes from raises.
    """
    if isinstance(weights, OverlayWeights):
        derived = weights.derived.get(name)
        return stored_tensor(weights.base, name) if derived is None else derived.make()
    if isinstance(weights, Reader):
        return weights.tensor(name)
    found = weights[name]
    return found if isinstance(found, TypedArray) else TypedArray.of(np.asarray(found))


def tensor_facts(weights: Mapping[str, Array], name: str, /) -> tuple[ElementType, Shape]:
    """Element type and shape of a tensor; what lies in a file is not decoded for it."""
    if isinstance(weights, OverlayWeights):
        derived = weights.derived.get(name)
        return tensor_facts(weights.base, name) if derived is None else (derived.element_type, derived.shape)
    if isinstance(weights, Reader):
        record = weights.tensors[name]
        return record.element_type, record.shape
    array = stored_tensor(weights, name)
    return array.element_type, array.shape
