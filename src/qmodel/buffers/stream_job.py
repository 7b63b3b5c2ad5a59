"""Items that come one after another, worked on by threads, their results wanted in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Generic

from qmodel.buffers.jobs import Item, Job, Piece, Result

# What an item takes besides its bytes: there may be many of none.
_LEAST_BYTES = 1 << 12


class StreamJob(Job, Generic[Item, Result]):
    """A function of items as they come; see `ThreadPool.stream` for the arguments.

    Nothing is begun behind a failure.
    """

    def __init__(
        self,
        changed: threading.Condition,
        function: Callable[[Item], Result],
        items: Iterator[Item],
        size: Callable[[Item], int],
        most_bytes: int,
    ) -> None:
        super().__init__(changed)
        self._function = function
        self._items = items
        self._size = size
        self._bytes_left = most_bytes
        self._sizes: dict[int, int] = {}
        self._results: dict[int, Result] = {}
        self._failures: dict[int, BaseException] = {}
        self._begun = self._next = 0
        self._is_asking = False
        self._end: int | None = None

    def take(self) -> Piece | None:
        """See `Job.take`: asking for the next item, and the work on it."""
        if self._is_asking or self._failures or self._end is not None or self._bytes_left <= 0:
            return None
        self._is_asking = True
        self.running += 1
        self._begun += 1
        return partial(self._do, self._begun - 1)

    def is_next_ready(self) -> bool:
        """Whether there is an outcome of the next item, or no such item; the one before is no longer in use."""
        self._bytes_left += self._sizes.pop(self._next - 1, 0)
        return self._next in self._results or self._next in self._failures or self.is_exhausted()

    def is_exhausted(self) -> bool:
        """Whether the results of all items were handed back."""
        return self._next == self._end

    def next_result(self) -> Result:
        """The result that is ready, or the failure in place of it."""
        number = self._next
        self._next += 1
        if error := self._failures.get(number):
            try:
                raise error
            finally:
                del error  # it refers to this frame by its traceback
        return self._results.pop(number)

    def _do(self, number: int) -> None:
        try:
            if item := self._asked(number):
                self._results[number] = self._function(*item)
        except BaseException as error:
            self._failures[number] = error
            if not isinstance(error, Exception):
                raise
        finally:
            with self._changed:
                self.running -= 1
                self._changed.notify_all()

    def _asked(self, number: int) -> tuple[Item] | None:
        """The next item, which then counts as begun, so that others may ask for more."""
        for item in self._items:
            with self._changed:
                self._sizes[number] = max(self._size(item), _LEAST_BYTES)
                self._bytes_left -= self._sizes[number]
                self._is_asking = False
                self._changed.notify_all()
            return (item,)
        with self._changed:
            self._end = number
        return None
