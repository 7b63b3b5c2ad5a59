"""`qmodel diff`: what differs between two models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qmodel.cli.exit_codes import ExitCode
from qmodel.cli.options import Bases, Json
from qmodel.cli.output import Column, print_blank, print_facts, print_heading, print_json, print_table
from qmodel.cli.progress import progress_bar
from qmodel.description import figures

_COLUMNS = (
    Column("tensor", "left", "bold", wraps=True),
    Column("differs in", "left"),
    Column("shape", "left"),
    Column("type", "left"),
    Column("encoding", "left", "cyan", wraps=True),
    Column("rel. MSE", "right"),
    Column("max error", "right"),
    Column("SQNR dB", "right"),
)


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A .qmodel, .onnx, .npz or .safetensors file.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="What is compared with it; its errors are those against A.")],
    base: Bases = None,
    json: Json = False,
) -> None:
    """Show what differs between two models: tensors, graph and metadata.

    Values of one type are compared to the bit, of two types as numbers. The exit code is 0 when both hold the same,
    however they are stored, and 1 when they do not.
    """
    from qmodel.cli.comparison import compare
    from qmodel.cli.model_files import opened_bases, opened_model

    with (
        opened_bases(base) as bases,
        opened_model(a, bases=bases) as before,
        opened_model(b, bases=bases) as after,
        progress_bar("comparing") as progress,
    ):
        document = {"a": str(a), "b": str(b), **compare(before, after, progress=progress)}
    if json:
        print_json(document)
    else:
        _print(document)
    raise typer.Exit(ExitCode.FINE if document["equal"] else ExitCode.FINDINGS)


def _print(document: dict[str, Any]) -> None:
    changed = [tensor for tensor in document["tensors"] if tensor["changes"]]
    same = len(document["tensors"]) - len(changed)
    outcome, style = ("equal", "green") if document["equal"] else ("different", "red")
    print_heading(f"{document['a']} → {document['b']}", outcome, style=style)
    if changed:
        print_blank()
        print_table(_COLUMNS, [_row(tensor) for tensor in changed], totals=_totals(document, same))
    else:
        print_facts([("tensors", f"{figures.plural(same, 'tensor')} the same")])
    if document["graph"]:
        print_blank()
        print_heading("graph")
        print_facts(_graph_facts(document["graph"]))
    if document["metadata"]:
        print_blank()
        print_heading("metadata")
        print_facts((key, _change(sides["a"], sides["b"])) for key, sides in document["metadata"].items())


def _row(tensor: dict[str, Any]) -> tuple[str, ...]:
    a, b = tensor["a"] or {}, tensor["b"] or {}
    shapes = [figures.dimensions(side["shape"]) if side else None for side in (a, b)]
    return (
        tensor["name"],
        ", ".join("type" if change == "dtype" else change for change in tensor["changes"]),
        _change(*shapes),
        _change(a.get("dtype"), b.get("dtype")),
        _change(a.get("encoding"), b.get("encoding")),
        figures.relative_error(tensor["relative_mse"]),
        figures.relative_error(tensor["max_abs_error"]),
        figures.decibels(tensor["sqnr_db"]),
    )


def _totals(document: dict[str, Any], same: int) -> tuple[str, ...]:
    return (
        f"{figures.plural(len(document['tensors']), 'tensor')}, {figures.count(same)} the same",
        *[""] * 4,
        figures.relative_error(document["relative_mse"]),
        figures.relative_error(document["max_abs_error"]),
        figures.decibels(document["sqnr_db"]),
    )


def _graph_facts(parts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (f"{sign} {part['part']}", text)
        for part in parts
        for sign, texts in (("−", part["removed"]), ("+", part["added"]))
        for text in texts
    ]


def _change(before: str | None, after: str | None) -> str:
    """What there is; with an arrow where there are two different things."""
    there = [text for text in (before, after) if text is not None]
    return " → ".join(dict.fromkeys(there)) if there else figures.UNKNOWN
