"""A file that appears under its name only when it is complete."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from qmodel.errors import InvalidInputError


class AtomicFile:
    """Writes to a temporary file beside the target, and renames it when all is written and on the disk.

    Whatever happens before that, a crash included, what was under the name stays there.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self._target = Path(os.path.realpath(target))  # a symbolic link stays, its target is replaced
        self._temporary = self._target.with_name(f".qmodel-{secrets.token_hex(8)}.tmp")
        self.file = self._create()

    def _create(self) -> BinaryIO:
        if self._target.is_dir():
            raise InvalidInputError(f"{self._target} is a folder; give a file name in it")
        try:
            return self._temporary.open("x+b")
        except FileNotFoundError:
            raise InvalidInputError(f"the folder {self._target.parent} does not exist; create it first") from None
        except OSError as error:
            raise InvalidInputError(f"cannot write in {self._target.parent}: {error.strerror or error}") from error

    def commit(self) -> None:
        """Bring the file to the disk and under its name."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self._temporary.replace(self._target)
        _sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove what was written; harmless after `commit`."""
        with suppress(OSError):  # closing flushes, which fails again when the disk is full
            self.file.close()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> AtomicFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.discard()


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system lets a folder be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
