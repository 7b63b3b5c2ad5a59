"""The command `qmodel`: data on stdout, words on stderr, one table of exit codes."""

import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    from qmodel.cli.application import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a character must not stop a command
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="qmodel")
