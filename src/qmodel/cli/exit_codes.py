"""One table of exit codes for all commands."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from qmodel.errors import (
    CorruptError,
    DeviationError,
    LimitError,
    NonCanonicalError,
    UnsupportedError,
    VerificationError,
)


class ExitCode(IntEnum):
    """What the process tells its caller.

    DEFECT is the number that sysexits.h has for it; the last two are 128 + the number of a signal, as shells count.
    """

    FINE = 0
    FINDINGS = 1
    UNUSABLE = 2
    CORRUPT = 3
    UNSUPPORTED = 4
    LIMIT = 5
    DEFECT = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141


_WORST_FIRST = (ExitCode.CORRUPT, ExitCode.UNSUPPORTED, ExitCode.LIMIT, ExitCode.UNUSABLE, ExitCode.FINDINGS)


def exit_code_of(error: Exception, /) -> ExitCode:
    """The exit code for an error that stopped a command."""
    match error:
        case VerificationError():
            return worst(map(exit_code_of_finding, error.findings))
        case CorruptError():
            return ExitCode.CORRUPT
        case UnsupportedError():
            return ExitCode.UNSUPPORTED
        case LimitError() | MemoryError():
            return ExitCode.LIMIT
        case _:
            return ExitCode.UNUSABLE


def exit_code_of_finding(finding: Exception, /) -> ExitCode:
    """The exit code for one finding of a check: a file that is merely not canonical can still be read."""
    can_be_read = isinstance(finding, NonCanonicalError | DeviationError)
    return ExitCode.FINDINGS if can_be_read else exit_code_of(finding)


def worst(codes: Iterable[ExitCode], /) -> ExitCode:
    """The worst of several: corrupt, then unsupported, limit, unusable, findings, fine."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), ExitCode.FINE)
