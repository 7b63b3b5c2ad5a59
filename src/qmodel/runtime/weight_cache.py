"""Weights, decoded once and kept while a byte budget lasts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from qmodel.dtypes import Array
from qmodel.errors import GraphError, QModelError


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """Counts since the cache was made.

    Attributes:
        hits: look-ups answered from the cache.
        misses: look-ups that fetched the weight.
        bytes_held: size of the arrays held now.
    """

    hits: int
    misses: int
    bytes_held: int


class WeightCache:
    """The least recently used weights leave first. Safe to use from many threads.

    Two threads that miss the same weight at the same time both fetch it: fetching decodes, and holding a lock meanwhile
    would make every other look-up wait.
    """

    def __init__(self, weights: Mapping[str, Array], budget_bytes: int, /) -> None:
        self._weights = weights
        # Asking a mapping whether it has a name may fetch the array: its own default does.
        self._names = frozenset(weights)
        self._budget_bytes = budget_bytes
        self._held: OrderedDict[str, Array] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0
        self._bytes_held = 0

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def get(self, name: str, /) -> Array:
        """The weight of a name, never to be written to; a weight larger than the budget is fetched each time.

        Raises:
            GraphError: the mapping failed with an error that is not the library's.
        """
        with self._lock:
            if (held := self._held.get(name)) is not None:
                self._held.move_to_end(name)
                self._hits += 1
                return held
            self._misses += 1
        fetched = self._fetch(name)
        if fetched.nbytes <= self._budget_bytes:
            self._keep(name, fetched)
        return fetched

    def statistics(self) -> CacheStatistics:
        """Hits, misses and bytes held."""
        with self._lock:
            return CacheStatistics(self._hits, self._misses, self._bytes_held)

    def _fetch(self, name: str) -> Array:
        try:
            return self._weights[name]
        except QModelError:
            raise
        except Exception as error:
            raise GraphError(f"weight {name!r} could not be fetched: {type(error).__name__}: {error}") from error

    def _keep(self, name: str, array: Array) -> None:
        with self._lock:
            if name in self._held:
                return
            self._held[name] = array
            self._bytes_held += array.nbytes
            while self._bytes_held > self._budget_bytes:
                _, dropped = self._held.popitem(last=False)
                self._bytes_held -= dropped.nbytes
