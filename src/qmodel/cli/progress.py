"""A progress bar on stderr, when somebody is there to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int | None], None]


@contextmanager
def progress_bar(what: str, /) -> Iterator[Progress | None]:
    """Give a function that takes what is done and the total, None where nobody knows; None when stderr is no terminal.

    What is done may begin again after it was complete: the bar counts such rounds.

    Args:
        what: is being done, in a word or two; not from a file.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Display

    display = Display(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    rounds, is_complete = 1, False
    with display:
        task = display.add_task(what, total=None)

        def show(done: int, total: int | None) -> None:
            nonlocal rounds, is_complete
            rounds += is_complete
            is_complete = done == total
            description = f"{what}, round {rounds}" if rounds > 1 else what
            display.update(task, completed=done, total=total, description=description)

        yield show
