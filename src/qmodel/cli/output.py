"""What commands print: one JSON document, or tables and lines, on stdout; words on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from qmodel.cli.safe_text import printable

if TYPE_CHECKING:
    from rich.console import Console

# Wide enough that what goes into a pipe or a file is never wrapped or cut.
_WIDTH_OF_A_PIPE = 100_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: may have a line break.
        align: numbers go right.
        style: of the cells, as rich names it.
        wraps: whether long cells may take several lines in a narrow terminal.
    """

    title: str
    align: Literal["left", "right"] = "right"
    style: str = ""
    wraps: bool = False


def print_json(document: Any, /) -> None:
    """Print a document in ASCII, with null for numbers that JSON lacks."""
    sys.stdout.write(json.dumps(_finite(document), indent=2, allow_nan=False) + "\n")


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]], /, *, totals: Sequence[str] = ()) -> None:
    """Print rows under a header, and a last row of totals apart from them."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_footer=bool(totals), pad_edge=False, padding=(0, 1, 0, 0))
    footers = [printable(total) for total in totals] or [""] * len(columns)
    for column, footer in zip(columns, footers, strict=True):
        table.add_column(
            column.title,
            footer,
            justify=column.align,
            style=column.style or None,
            no_wrap=not column.wraps,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(printable, row))
    _stdout().print(table)


def print_heading(name: str, details: str = "") -> None:
    """Print a name in bold, and words about it."""
    from rich.text import Text

    _stdout().print(Text.assemble((printable(name), "bold"), "  " if details else "", printable(details)))


def print_facts(facts: Iterable[tuple[str, str]], /) -> None:
    """Print labels and their values in two columns."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in facts:
        table.add_row(f"  {printable(label)}", printable(value))
    _stdout().print(table)


def print_finding(kind: str, message: str, /) -> None:
    """Print one finding of a check."""
    from rich.text import Text

    _stdout().print(Text.assemble("  ", (printable(kind), "red"), ": ", printable(message)), soft_wrap=True)


def note(text: str = "", /) -> None:
    """Print words on stderr."""
    print(printable(text), file=sys.stderr)


def _stdout() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    return Console(width=width, markup=False, highlight=False, emoji=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
