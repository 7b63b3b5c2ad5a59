"""Arrays by name, made once and kept while a byte budget lasts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """Counts since the cache was made.

    Attributes:
        hits: look-ups answered from the cache.
        misses: look-ups that had the array made.
        bytes_held: size of the arrays held now.
    """

    hits: int
    misses: int
    bytes_held: int


class ArrayCache(Generic[Held]):
    """The least recently used arrays leave first. Safe to use from many threads.

    Two threads that miss the same array at the same time both have it made: that decodes, and holding a lock meanwhile
    would make every other look-up wait.

    Args:
        make: gives the array of a name.
        size: of an array in bytes.
        budget_bytes: how much may be held; an array larger than that is made each time.
    """

    def __init__(self, make: Callable[[str], Held], size: Callable[[Held], int], budget_bytes: int, /) -> None:
        self._make = make
        self._size = size
        self._budget_bytes = budget_bytes
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0
        self._bytes_held = 0

    def get(self, name: str, /, *, keep: bool = True) -> Held:
        """The array of a name, never to be written to; raises what making it raises.

        Args:
            name: of the array.
            keep: whether to hold what had to be made.
        """
        with self._lock:
            if (held := self._held.get(name)) is not None:
                self._held.move_to_end(name)
                self._hits += 1
                return held
            self._misses += 1
        made = self._make(name)
        if keep and self._size(made) <= self._budget_bytes:
            self._keep(name, made)
        return made

    def statistics(self) -> CacheStatistics:
        """Hits, misses and bytes held."""
        with self._lock:
            return CacheStatistics(self._hits, self._misses, self._bytes_held)

    def clear(self) -> None:
        """Let go of every array; the counts stay."""
        with self._lock:
            self._held.clear()
            self._bytes_held = 0

    def _keep(self, name: str, array: Held) -> None:
        with self._lock:
            if name in self._held:
                return
            self._held[name] = array
            self._bytes_held += self._size(array)
            while self._bytes_held > self._budget_bytes:
                _, dropped = self._held.popitem(last=False)
                self._bytes_held -= self._size(dropped)
