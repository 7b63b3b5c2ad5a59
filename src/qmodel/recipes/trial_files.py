"""Files made to find out what a quality gives, of which the best is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from qmodel.container.atomic import AtomicFile
from qmodel.errors import InvalidInputError, StorageError

# Larger files are on the disk, beside the target.
_BYTES_IN_MEMORY = 1 << 25


class TrialFiles:
    """The file of the latest trial and that of the best; a context manager that leaves neither behind.

    Args:
        target: path, whose content appears only when a trial's file is copied there; or a binary file object.

    Raises:
        InvalidInputError: the target is neither; on entering: it cannot be written to.
    """

    def __init__(self, target: str | os.PathLike[str] | BinaryIO, /) -> None:
        if not isinstance(target, str | os.PathLike) and not hasattr(target, "write"):
            raise InvalidInputError(f"cannot write to {type(target).__name__}; give a path or a binary file object")
        self._target = target
        self._stack = ExitStack()
        self._destination: BinaryIO
        self._latest: BinaryIO | None = None
        self._best: BinaryIO | None = None

    def begin(self) -> BinaryIO:
        """An empty file for a trial; that of the trial before is gone, unless it was kept."""
        if self._latest and self._latest is not self._best:
            self._latest.close()
        folder = str(Path(self._target).parent) if isinstance(self._target, str | os.PathLike) else None
        file = tempfile.SpooledTemporaryFile(_BYTES_IN_MEMORY, dir=folder)  # noqa: SIM115  (the stack closes it)
        self._latest = cast(BinaryIO, self._stack.enter_context(file))
        return self._latest

    def keep(self) -> None:
        """Take the latest file in place of the best before."""
        if self._best and self._best is not self._latest:
            self._best.close()
        self._best = self._latest

    def finish(self) -> None:
        """Copy the file that was kept to the target.

        Raises:
            StorageError: the disk is full, or the like.
        """
        if self._best is None:
            return
        try:
            self._best.seek(0)
            shutil.copyfileobj(self._best, self._destination, 1 << 20)
        except OSError as error:
            raise StorageError(f"the file could not be written: {error.strerror or error}") from error

    def __enter__(self) -> TrialFiles:
        if isinstance(self._target, str | os.PathLike):
            self._destination = self._stack.enter_context(AtomicFile(self._target)).file
        else:
            self._destination = self._target
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
        except OSError as problem:
            raise StorageError(f"the file could not be completed: {problem}") from problem
