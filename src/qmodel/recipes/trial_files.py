"""Files made to find out what a quality gives, of which the best is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from qmodel.container.destination import Destination
from qmodel.errors import StorageError

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
        self._destination = Destination(target)
        self._folder = str(Path(target).parent) if isinstance(target, str | os.PathLike) else None
        self._stack = ExitStack()
        self._file: BinaryIO
        self._latest: BinaryIO | None = None
        self._best: BinaryIO | None = None

    def begin(self) -> BinaryIO:
        """An empty file for a trial; that of the trial before is gone, unless it was kept."""
        if self._latest and self._latest is not self._best:
            _discard(self._latest)
        file = tempfile.SpooledTemporaryFile(_BYTES_IN_MEMORY, dir=self._folder)  # noqa: SIM115  (the stack closes it)
        self._latest = cast(BinaryIO, file)
        self._stack.callback(_discard, self._latest)
        return self._latest

    def keep(self) -> None:
        """Take the latest file in place of the best before."""
        if self._best and self._best is not self._latest:
            _discard(self._best)
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
            shutil.copyfileobj(self._best, self._file, 1 << 20)
        except OSError as error:
            raise StorageError(f"the file could not be written: {error.strerror or error}") from error

    def __enter__(self) -> TrialFiles:
        self._file = self._stack.enter_context(self._destination)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def _discard(file: BinaryIO) -> None:
    with suppress(OSError):  # closing flushes, which fails again when the disk is full
        file.close()
