"""Runs independent pieces of work on threads; the work must release the GIL to gain from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from qmodel.buffers.jobs import Item, Result
from qmodel.buffers.thread_pool import thread_pool


def usable_cores() -> int:
    """Number of processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parallel_map(
    function: Callable[[Item], Result], items: Sequence[Item], /, *, threads: int, order: Sequence[int] | None = None
) -> list[Result]:
    """Apply a function to every item, on up to `threads` threads; inside of another such call, on its threads.

    Args:
        function: of one item.
        items: any number of them.
        threads: number of threads that may work at once.
        order: numbers of all items, in the order in which several threads begin them; None: as they are.

    Returns:
        The results in the order of the items.

    Raises:
        Exception: what the function raised for the first item for which it raised.
    """
    if min(threads, len(items)) <= 1:
        return [function(item) for item in items]
    with thread_pool(threads) as pool:
        return pool.map(function, items, threads=threads, order=order)
