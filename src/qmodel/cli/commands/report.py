"""`qmodel report`: a page about a file, to look at in a browser."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmodel.cli.exit_codes import ExitCode, exit_code_of_finding, worst
from qmodel.cli.image_options import crop_fraction_of, with_pixel_options
from qmodel.cli.model_files import opened_bases, opened_model, output_path
from qmodel.cli.options import (
    DATA,
    Bases,
    BatchSize,
    CropFraction,
    Force,
    Json,
    Labels,
    Layout,
    Output,
    PixelMean,
    PixelScale,
    PixelStd,
    SampleLimit,
    Task,
    TaskName,
)
from qmodel.cli.output import print_facts, print_heading, print_json
from qmodel.cli.progress import progress_bar
from qmodel.description import figures
from qmodel.errors import InvalidInputError

if TYPE_CHECKING:
    from qmodel.model import Model
    from qmodel.quality.batch import Dataset
    from qmodel.report import AlternativesWanted, Report

_MEGABYTE = 1_000_000


def report(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .qmodel file.", show_default=False)],
    output: Output = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="REFERENCE",
            help="What the file was made from, .onnx, .npz, .safetensors or .qmodel, to compare it with.",
        ),
    ] = None,
    data: Annotated[Path | None, DATA] = None,
    labels: Labels = None,
    task: Task = TaskName.AUTO,
    batch_size: BatchSize = 250,
    limit: SampleLimit = None,
    wrong: Annotated[
        int, typer.Option(min=0, max=500, metavar="N", help="Show the N wrong predictions that were surest.")
    ] = 24,
    alternatives: Annotated[
        bool, typer.Option("--alternatives/--no-alternatives", help="Try other recipes on the same weights, or do not.")
    ] = True,
    alternatives_limit: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="MB",
            help="Megabytes of values they are tried on, the first rows of each tensor; 0: all. Default: 4, or 0.25 "
            "without numba.",
        ),
    ] = None,
    alternatives_accuracy: Annotated[
        bool,
        typer.Option("--alternatives-accuracy", help="Try them on all values, and run the network with each on DATA."),
    ] = False,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Title of the page. Default: the name of the file.")
    ] = None,
    pixel_scale: PixelScale = None,
    pixel_mean: PixelMean = None,
    pixel_std: PixelStd = None,
    layout: Layout = None,
    crop_fraction: CropFraction = None,
    base: Bases = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write a page about a file: one HTML document that loads nothing.

    It shows size and error of each tensor, how the weights are spread, and what other recipes make of them; with a
    reference, weights before and after; with data, what the network gets wrong; with both, the error of each layer. The
    file is verified first, and the exit code is that of `verify`.
    """
    from qmodel.report import DataWanted, gather, write_page

    start = time.perf_counter()
    if alternatives_accuracy and data is None:
        raise InvalidInputError("--alternatives-accuracy runs the network: give --data as well")
    if file.suffix.lower() != ".qmodel":
        raise InvalidInputError(f"{file} is no .qmodel file; `qmodel compress` makes one of other models")
    with ExitStack() as stack:
        bases = stack.enter_context(opened_bases(base))
        opened = stack.enter_context(opened_model(file, bases=bases))
        target = output_path(file, output, ".html", force=force)
        model = with_pixel_options(opened, scale=pixel_scale, mean=pixel_mean, std=pixel_std, layout=layout)
        found = gather(
            file,
            model,
            title=title,
            reference=None if reference is None else stack.enter_context(opened_model(reference, bases=bases)),
            reference_name=None if reference is None else reference.name,
            data=None
            if data is None
            else DataWanted(
                data.name, _dataset(model, data, labels, crop_fraction), task.value, batch_size, limit, wrong
            ),
            alternatives=_wanted(alternatives_limit, alternatives_accuracy) if alternatives else None,
            bases=bases,
            stages=progress_bar,
        )
        size = write_page(found, target)
    seconds = time.perf_counter() - start
    if json:
        print_json({"path": str(target), "bytes": size, "seconds": seconds, **found.to_json()})
    else:
        print_heading(str(target))
        print_facts(_facts(found, size, seconds))
    raise typer.Exit(worst(map(exit_code_of_finding, found.verification.findings)) or ExitCode.FINE)


def _wanted(megabytes: float | None, accuracy: bool) -> AlternativesWanted:
    from qmodel.report import AlternativesWanted

    if megabytes is None:
        return AlternativesWanted(accuracy=accuracy)
    if not math.isfinite(megabytes):
        raise InvalidInputError(f"--alternatives-limit is a number of megabytes, not {megabytes}")
    return AlternativesWanted(round(megabytes * _MEGABYTE) or None, accuracy)


def _dataset(model: Model, data: Path, labels: Path | None, crop_fraction: str | None) -> Dataset:
    from qmodel.datasets.evaluating import dataset_of

    if model.graph is None:
        raise InvalidInputError("the file has weights and no graph, so it cannot be run on data")
    return dataset_of(model.graph, data, labels, crop_fraction=crop_fraction_of(crop_fraction))


def _facts(found: Report, size: int, seconds: float) -> list[tuple[str, str]]:
    findings = found.verification.findings
    facts: list[tuple[str, Any]] = [
        ("size", figures.bytes_of(size)),
        ("verified", figures.plural(len(findings), "finding") if findings else "fine"),
        ("tensors", figures.count(len(found.tensors))),
    ]
    if found.alternatives:
        facts.append(("alternatives", figures.count(len(found.alternatives.others))))
    return [*facts, ("time", f"{seconds:.2f} s")]
