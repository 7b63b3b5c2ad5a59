"""`qmodel demo`: a small network and 1,000 digits, compressed three ways and measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qmodel.cli.options import Json
from qmodel.cli.output import Column, note, print_json, print_table
from qmodel.cli.progress import progress_bar
from qmodel.description import figures

if TYPE_CHECKING:
    from qmodel.demo import Comparison, FileResult

_COLUMNS = (
    Column("recipe", "left", "bold"),
    Column("bytes"),
    Column("ratio"),
    Column("bits/\nweight"),
    Column("accuracy\n%", style="green"),
    Column("precision\n%"),
    Column("recall\n%"),
    Column("F1\n%"),
    Column("agree\n%", style="cyan"),
    Column("SQNR\ndB", style="cyan"),
)


def demo(
    output_dir: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the files go; made when it does not exist.")
    ] = Path("qmodel-demo"),
    json: Json = False,
) -> None:
    """Compress a small network and measure it.

    Writes a network three ways, verifies the files, runs each on 1,000 digits, and compares them with the original.
    """
    from qmodel.demo import compare_recipes

    with progress_bar("running") as progress:
        comparison = compare_recipes(output_dir, progress=progress)
    if json:
        print_json(comparison.to_json())
        return
    print_table(_COLUMNS, [_float_row(comparison), *map(_file_row, comparison.files)])
    _print_notes(comparison)


def _float_row(comparison: Comparison) -> tuple[str, ...]:
    scores = comparison.float_scores
    measures = (scores.accuracy, scores.precision, scores.recall, scores.f1)
    return (
        "float",
        figures.count(comparison.float_bytes),
        figures.ratio(1, 1),
        figures.UNKNOWN,
        *map(figures.percent, measures),
        figures.UNKNOWN,
        figures.UNKNOWN,
    )


def _file_row(result: FileResult) -> tuple[str, ...]:
    scores = result.scores
    measures = (scores.accuracy, scores.precision, scores.recall, scores.f1, result.agreement)
    return (
        result.recipe,
        figures.count(result.bytes),
        f"{result.ratio:.2f}×",
        figures.decimals(result.bits_per_weight, 2),
        *map(figures.percent, measures),
        figures.decibels(result.sqnr_db),
    )


def _print_notes(comparison: Comparison) -> None:
    smallest = min(comparison.files, key=lambda result: result.bytes).path
    note()
    note(f"{comparison.float_scores.samples:,} digits, run by the NumPy interpreter; every file is verified.")
    note("Precision, recall and F1 are averages over the classes; agreement and SQNR")
    note("(signal to noise of the output) compare a file with the float network.")
    note()
    note("Next:")
    note(f"  qmodel inspect {smallest}")
    note(f"  qmodel eval {smallest} --data {comparison.digits} --reference {comparison.network}")
    note("  qmodel compress your-model.onnx --recipe int8")
