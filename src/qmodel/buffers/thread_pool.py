"""Threads that share all the work of a call, however deep inside it the work is handed out.

Whoever hands out pieces of work takes part in it, and while others finish theirs helps with what was handed out later.
So a thread only ever waits for work handed out after its own, and the latest waits for nobody: there is no deadlock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from types import TracebackType

from qmodel.buffers.jobs import Item, Job, MapJob, Piece, Result
from qmodel.buffers.stream_job import StreamJob


class ThreadPool:
    """A number of threads, the one that calls included; a context manager that ends the others.

    Args:
        threads: number of threads that may work at once.
    """

    def __init__(self, threads: int, /) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._jobs: list[Job] = []
        self._helpers: list[threading.Thread] = []
        self._is_closed = False

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        /,
        *,
        threads: int,
        order: Sequence[int] | None = None,
    ) -> list[Result]:
        """Apply a function to every item.

        Args:
            function: of one item.
            items: any number of them.
            threads: number of threads that may work on them at once.
            order: numbers of all items, in the order in which they are begun; None: as they are.

        Returns:
            The results in the order of the items.

        Raises:
            Exception: what the function raised for the first item, in the order of the items, for which it raised.
        """
        job = MapJob(self._changed, function, items, order or range(len(items)), threads)
        with self._handed_out(job, helpers=min(threads, len(items)) - 1):
            self._work(job, job.is_finished)
        return job.results()

    def stream(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        /,
        *,
        size: Callable[[Item], int],
        most_bytes: int,
    ) -> Iterator[Result]:
        """Apply a function to items as they come, some of them ahead of the one whose result is asked for.

        With one thread nothing is done ahead.

        Args:
            function: of one item.
            items: asked for one after another, by any thread, never by two at once.
            size: bytes that an item or its result takes until the next result is asked for.
            most_bytes: no item is asked for while those begun take as many.

        Yields:
            The results in the order of the items.

        Raises:
            Exception: what asking for an item or the function raised, in place of its result.
        """
        job = StreamJob(self._changed, function, iter(items), size, most_bytes)
        with self._handed_out(job, helpers=self._threads - 1):
            while True:
                self._work(job, job.is_next_ready)
                if job.is_exhausted():
                    return
                yield job.next_result()

    def __enter__(self) -> ThreadPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for helper in self._helpers:
            helper.join()

    @contextmanager
    def _handed_out(self, job: Job, *, helpers: int) -> Iterator[None]:
        """While it lasts, all threads work on a job; afterwards none does."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()
        try:
            self._start_helpers(min(helpers, self._threads - 1))
            yield
        finally:
            with self._changed:
                self._jobs.remove(job)
                while job.running:
                    self._changed.wait()

    def _start_helpers(self, wanted: int) -> None:
        while len(self._helpers) < wanted:
            # With the context of the caller, so that NumPy treats errors in all threads alike.
            helper = threading.Thread(target=copy_context().run, args=(self._help,), name="qmodel", daemon=True)
            try:
                helper.start()
            except RuntimeError:  # the system has no more threads: those there are do the work
                return
            self._helpers.append(helper)

    def _help(self) -> None:
        _current.set(self)
        while piece := self._next_piece(self._closed):
            with suppress(BaseException):  # an outcome, which the thread that handed the piece out raises
                piece()

    def _closed(self) -> bool:
        return self._is_closed

    def _work(self, job: Job, is_done: Callable[[], bool]) -> None:
        """Do pieces of a job, and of those handed out later, until enough is done, by whomever."""
        token = _current.set(self)
        try:
            while piece := self._next_piece(is_done, job):
                piece()
        finally:
            _current.reset(token)

    def _next_piece(self, is_done: Callable[[], bool], oldest: Job | None = None) -> Piece | None:
        """A piece of the oldest job that has one, which are the largest; waits for it. None when enough is done."""
        with self._changed:
            while not is_done():
                first = self._jobs.index(oldest) if oldest else 0
                for job in self._jobs[first:]:
                    if piece := job.take():
                        return piece
                self._changed.wait()
        return None


_current: ContextVar[ThreadPool | None] = ContextVar("_current", default=None)


@contextmanager
def thread_pool(threads: int, /) -> Iterator[ThreadPool]:
    """The pool of the call that this one is inside of, whatever its number of threads; a new one where there is none.

    Args:
        threads: number of threads that may work at once.
    """
    if pool := _current.get():
        yield pool
    else:
        with ThreadPool(threads) as pool:
            yield pool


@contextmanager
def sharing_threads(threads: int, /) -> Iterator[ThreadPool]:
    """As `thread_pool`, and whatever the body calls shares it; not for generators, whose callers would share it, too.

    Args:
        threads: number of threads that may work at once.
    """
    with thread_pool(threads) as pool:
        token = _current.set(pool)
        try:
            yield pool
        finally:
            _current.reset(token)
