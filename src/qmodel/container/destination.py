"""Where a file goes: under a path, once it is complete, or into a file object."""

from __future__ import annotations

import os
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO

from qmodel.container.atomic import AtomicFile
from qmodel.errors import InvalidInputError, StorageError


class Destination:
    """A context manager that gives the file to write to, and leaves nothing behind when its body fails.

    Args:
        target: path, whose content appears only when the body ends; or a binary file object, which stays open.

    Raises:
        InvalidInputError: the target is neither; on entering: it cannot be written to.
        StorageError: on leaving: the file could not be completed.
    """

    def __init__(self, target: str | os.PathLike[str] | BinaryIO, /) -> None:
        if not isinstance(target, str | os.PathLike) and not hasattr(target, "write"):
            raise InvalidInputError(f"cannot write to {type(target).__name__}; give a path or a binary file object")
        self._target = target
        self._stack = ExitStack()

    def __enter__(self) -> BinaryIO:
        if isinstance(self._target, str | os.PathLike):
            return self._stack.enter_context(AtomicFile(self._target)).file
        return self._target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
        except OSError as problem:
            raise StorageError(f"the file could not be completed: {problem}") from problem
