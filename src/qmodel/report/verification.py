"""The check of the file that a report begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qmodel.container import Reader, verify
from qmodel.errors import VerificationError
from qmodel.report.facts import Verification

Progress = Callable[[int, int], None]


def verified(
    path: Path, reader: Reader, /, *, bases: Sequence[Mapping[str, Any]] = (), progress: Progress | None = None
) -> Verification:
    """Check a file, and run its network on the golden samples where it has some.

    Args:
        path: of the file.
        reader: the same file, open.
        bases: where deltas find the tensors they change.
        progress: called with the number of tensors done and their total.
    """
    golden = len(reader.golden)
    try:
        verify(path, bases=bases, run=golden > 0, progress=progress)
    except VerificationError as error:
        return Verification(error.findings, golden, ran=False)
    return Verification((), golden, ran=golden > 0)
