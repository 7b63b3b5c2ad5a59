"""Weights, decoded once and kept while a byte budget lasts."""

from __future__ import annotations

from collections.abc import Mapping

from qmodel.array_cache import ArrayCache, CacheStatistics
from qmodel.dtypes import Array
from qmodel.errors import GraphError, QModelError

__all__ = ["CacheStatistics", "WeightCache"]


class WeightCache:
    """The weights that a network fetches by name; see `ArrayCache`."""

    def __init__(self, weights: Mapping[str, Array], budget_bytes: int, /) -> None:
        self._weights = weights
        # Asking a mapping whether it has a name may fetch the array: its own default does.
        self._names = frozenset(weights)
        self._cache: ArrayCache[Array] = ArrayCache(self._fetch, lambda array: array.nbytes, budget_bytes)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def get(self, name: str, /) -> Array:
        """The weight of a name, never to be written to; a weight larger than the budget is fetched each time.

        Raises:
            GraphError: the mapping failed with an error that is not the library's.
        """
        return self._cache.get(name)

    def statistics(self) -> CacheStatistics:
        """Hits, misses and bytes held."""
        return self._cache.statistics()

    def _fetch(self, name: str) -> Array:
        try:
            return self._weights[name]
        except QModelError:
            raise
        except Exception as error:
            raise GraphError(f"weight {name!r} could not be fetched: {type(error).__name__}: {error}") from error
