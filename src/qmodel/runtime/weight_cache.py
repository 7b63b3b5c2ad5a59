"""Weights, decoded once and kept while a byte budget lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np

from qmodel.array_cache import ArrayCache, CacheStatistics
from qmodel.dtypes import Array, ElementType, from_numpy
from qmodel.errors import GraphError, InvalidInputError, QModelError

__all__ = ["CacheStatistics", "Facts", "ValueOf", "WeightCache"]

Facts: TypeAlias = tuple[ElementType, tuple[int, ...]]
ValueOf: TypeAlias = Callable[[str], Array]


@runtime_checkable
class DescribedWeights(Protocol):
    """A mapping that tells element types and shapes without decoding."""

    def facts(self, name: str, /) -> tuple[ElementType, tuple[int, ...]]:
        """Of a tensor that the mapping has."""


class _Derived(NamedTuple):
    facts: Facts
    make: Callable[[], Array]


class WeightCache:
    """The weights that a network fetches by name, and others that are made of them; see `ArrayCache`."""

    def __init__(self, weights: Mapping[str, Array], budget_bytes: int, /) -> None:
        self._weights = weights
        # Asking a mapping whether it has a name may fetch the array: its own default does.
        self._names = frozenset(weights)
        self._derived: dict[str, _Derived] = {}
        self._cache: ArrayCache[Array] = ArrayCache(self._fetch, lambda array: array.nbytes, budget_bytes)

    def __contains__(self, name: object) -> bool:
        return name in self._names or name in self._derived

    def get(self, name: str, /) -> Array:
        """The weight of a name, never to be written to; a weight larger than the budget is fetched each time.

        Raises:
            GraphError: the mapping failed with an error that is not the library's.
        """
        return self._cache.get(name)

    def borrow(self, name: str, /) -> Array:
        """As `get`, for one use: what has to be fetched is not kept."""
        return self._cache.get(name, keep=False)

    def derive(self, name: str, facts: Facts, make: Callable[[], Array], /) -> bool:
        """Add a weight that is made of others when it is first needed, and again when the budget did not last.

        Args:
            name: says how it is made: a name that was added before keeps its first meaning.
            facts: its element type and shape.
            make: fetches the others, best by `borrow`.

        Returns:
            Whether the name now has this meaning; False where a tensor has it.
        """
        if name in self._names:
            return False
        self._derived.setdefault(name, _Derived(facts, make))
        return True

    def facts(self, name: str, /) -> Facts | None:
        """Element type and shape of a weight, when they can be told without decoding it; None for no weight."""
        if name in self._derived:
            return self._derived[name].facts
        if name not in self._names:
            return None
        if isinstance(self._weights, DescribedWeights):
            return self._weights.facts(name)
        if not isinstance(self._weights, dict):
            return None
        array = np.asarray(self._weights[name])
        try:
            return from_numpy(np.empty(0, array.dtype))[0], array.shape
        except InvalidInputError:
            return None

    def statistics(self) -> CacheStatistics:
        """Hits, misses and bytes held."""
        return self._cache.statistics()

    def _fetch(self, name: str) -> Array:
        if name in self._derived:
            return self._derived[name].make()
        try:
            return self._weights[name]
        except QModelError:
            raise
        except Exception as error:
            raise GraphError(f"weight {name!r} could not be fetched: {type(error).__name__}: {error}") from error
