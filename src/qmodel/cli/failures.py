"""Turns every failure into one line on stderr and an exit code, and every warning of the library into a line."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from qmodel.cli.exit_codes import ExitCode, exit_code_of
from qmodel.description.safe_text import printable
from qmodel.errors import QModelError, QModelWarning

# Typer took its parser from the package click and later brought its own; both have this base for wrong usage.
_UsageError: Any = typer.BadParameter.__base__


class ReportingGroup(TyperGroup):
    """A group of commands that never shows a traceback for what a user or a file did."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Parse the arguments, run the command, and end the process."""
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except _UsageError as error:
            _say("error", _usage_message(error))
            sys.exit(ExitCode.UNUSABLE)
        except typer.Abort:
            sys.exit(ExitCode.INTERRUPTED)
        sys.exit(code if isinstance(code, int) else ExitCode.FINE)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _reported_failures(), _reported_warnings():
            return super().invoke(ctx)


@contextmanager
def _reported_failures() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
        raise typer.Exit(ExitCode.BROKEN_PIPE) from None
    except KeyboardInterrupt:
        _say("error", "interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except OSError as error:
        _say("error", f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
        raise typer.Exit(exit_code_of(error)) from None
    except MemoryError as error:
        _say("error", "there is not enough memory for this")
        raise typer.Exit(exit_code_of(error)) from None
    except QModelError as error:
        _say("error", str(error))
        raise typer.Exit(exit_code_of(error)) from None
    except (typer.Exit, typer.Abort, _UsageError):
        raise
    except Exception as error:
        if os.environ.get("QMODEL_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {error}"
        _say("error", f"a defect of qmodel: {what} (QMODEL_TRACEBACK=1 shows where; please report it)")
        raise typer.Exit(ExitCode.DEFECT) from None


@contextmanager
def _reported_warnings() -> Iterator[None]:
    """Print each of the library's warnings once; those of others go their usual way."""
    said = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", QModelWarning)
        show_others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if not issubclass(category, QModelWarning):
                show_others(message, category, *where, **more)
            elif str(message) not in said:
                said.add(str(message))
                _say("warning", str(message))

        warnings.showwarning = show
        yield


def _usage_message(error: Any) -> str:
    context = error.ctx
    command = context.command_path if context else "qmodel"
    return f"{error.format_message().rstrip('.')} (see '{command} --help')"


def _say(kind: str, message: str) -> None:
    print(f"qmodel: {kind}: {printable(message)}", file=sys.stderr, flush=True)


def _close_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not fail on it when it ends."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
