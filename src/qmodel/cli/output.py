"""What commands print: one JSON document, or tables and lines, on stdout; words on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from qmodel.description.safe_text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

# Wide enough that what goes into a pipe or a file is never wrapped or cut.
_WIDTH_OF_A_PIPE = 100_000
_NARROWEST_WRAPPED = 12
_GAP = 2  # between columns: the padding, and a divider that is a space


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
    """Print rows under a header, and a last row of totals apart from them.

    In a terminal that is too narrow for that, lines are as long as it takes: rich would cut off numbers.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_footer=bool(totals), pad_edge=False, padding=(0, 1, 0, 0))
    cells = [[printable(cell) for cell in row] for row in (*rows, *([totals] if totals else []))]
    narrowest = -_GAP
    for number, column in enumerate(columns):
        texts = [row[number] for row in cells]
        least = _NARROWEST_WRAPPED if column.wraps else _widest([*column.title.split("\n"), *texts])
        narrowest += least + _GAP
        table.add_column(
            column.title,
            texts[-1] if totals else "",
            justify=column.align,
            style=column.style or None,
            no_wrap=not column.wraps,
            min_width=least,
            overflow="fold",
        )
    for row in cells[: len(cells) - bool(totals)]:
        table.add_row(*row)
    _print(table, at_least=narrowest)


def print_heading(name: str, details: str = "", /, *, style: str = "") -> None:
    """Print a name in bold, and words about it in a style as rich names it."""
    from rich.text import Text

    _print(Text.assemble((printable(name), "bold"), "  " if details else "", (printable(details), style)))


def print_facts(facts: Iterable[tuple[str, str]], /) -> None:
    """Print labels and their values in two columns."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in facts:
        table.add_row(f"  {printable(label)}", printable(value))
    _print(table)


def print_finding(kind: str, message: str, /) -> None:
    """Print one finding of a check."""
    from rich.text import Text

    _print(Text.assemble("  ", (printable(kind), "red"), ": ", printable(message)))


def print_blank() -> None:
    """Print an empty line between two parts."""
    sys.stdout.write("\n")


def note(text: str = "", /) -> None:
    """Print words on stderr, after all that went to stdout before."""
    sys.stdout.flush()
    print(printable(text), file=sys.stderr)


def _print(what: RenderableType, *, at_least: int = 0) -> None:
    """Print in the width of the terminal, without the spaces that rich puts at the end of lines."""
    from rich.console import Console

    sys.stdout.flush()  # rich flushes too, and ends the process with a code of its own when the pipe is closed
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(console.width, at_least) if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    with console.capture() as captured:
        console.print(what)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _widest(texts: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts), default=0)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
