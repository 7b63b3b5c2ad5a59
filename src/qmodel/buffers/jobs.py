"""Work that is handed out to threads in pieces: a list of items, or items as they come."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Piece = Callable[[], None]


class Job(ABC):
    """Pieces of work. What a piece raises is kept as its outcome; interruptions leave it as well.

    Args:
        changed: guards the job; held wherever a method is called, by no piece; notified of what others wait for.
    """

    def __init__(self, changed: threading.Condition) -> None:
        self.running = 0
        self._changed = changed

    @abstractmethod
    def take(self) -> Piece | None:
        """A piece that may be done now, which counts as running from now on."""


class MapJob(Job, Generic[Item, Result]):
    """A function of each item of a list; see `ThreadPool.map` for the arguments."""

    def __init__(
        self,
        changed: threading.Condition,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        order: Sequence[int],
        threads: int,
    ) -> None:
        super().__init__(changed)
        self._function = function
        self._items = items
        self._left = deque(order)
        self._threads = threads
        self._results: dict[int, Result] = {}
        self._failures: dict[int, BaseException] = {}

    def take(self) -> Piece | None:
        """See `Job.take`."""
        if not self._left or self.running >= self._threads:
            return None
        self.running += 1
        return partial(self._do, self._left.popleft())

    def is_finished(self) -> bool:
        """Whether all items are done, or need not be."""
        return not (self._left or self.running)

    def results(self) -> list[Result]:
        """The results of a finished job, or the failure of the first item that has one."""
        if self._failures:
            try:
                raise self._failures[min(self._failures)]
            finally:
                self._failures.clear()  # they refer to this job by their tracebacks
        return [self._results[number] for number in range(len(self._items))]

    def _do(self, number: int) -> None:
        try:
            self._results[number] = self._function(self._items[number])
        except BaseException as error:
            with self._changed:
                self._failures[number] = error  # what is behind it is not wanted; what is before it may fail as well
                self._left = deque(each for each in self._left if each < number)
            if not isinstance(error, Exception):
                raise
        finally:
            with self._changed:
                self.running -= 1
                if not self.running or self.running == self._threads - 1:
                    self._changed.notify_all()
