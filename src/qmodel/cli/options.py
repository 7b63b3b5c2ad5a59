"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class TaskName(StrEnum):
    """What labels are."""

    AUTO = "auto"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of tables.")]
Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Threads that may work at once. Default: one for each usable processor."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the default output when it exists.")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUTPUT", help="Where to write; overwritten. Default: beside the input."),
]
Bases = Annotated[
    list[Path] | None,
    typer.Option(
        "--base",
        metavar="FILE",
        help="A model that the file holds changes of; repeatable, from the newest to the oldest.",
    ),
]
DATA = typer.Option(
    metavar="DATA",
    help="An .npz file with arrays `images` and `labels`, or named after the network's inputs and outputs; a folder of "
    "images, with a sub-folder for each class, or with labels.csv; an IDX file, as MNIST's.",
)
Labels = Annotated[
    Path | None,
    typer.Option(
        metavar="LABELS",
        help="A .csv table of files and their labels, or an IDX file. Default: found beside the images.",
    ),
]
Task = Annotated[
    TaskName, typer.Option(help="What labels are; auto: classes, where they are whole numbers and outputs scores.")
]
BatchSize = Annotated[int, typer.Option(min=1, metavar="N", help="Samples at a time.")]
SampleLimit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Take the first N samples only.")]
CropFraction = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER",
        help="For a folder of images: scale them to cover the network's size divided by this, and cut out the centre; "
        "0.875 or 224/256 is usual on ImageNet. Default: 1.",
    ),
]
PixelScale = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER", help="Images become the input as (pixel · scale − mean) / std: the scale, as 1/255."
    ),
]
PixelMean = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="The mean, after scaling: one for each channel or one for all."),
]
PixelStd = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="The standard deviation, after scaling, likewise."),
]
Layout = Annotated[
    str | None,
    typer.Option(metavar="LAYOUT", help="Axes of the input: nchw, nhwc, nhw or flat. Default: by its shape."),
]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN=PRESET", help="A preset for tensors whose name matches, as '*.bias=fp16'; repeatable."
    ),
]
Simplify = Annotated[
    bool, typer.Option("--simplify", help="Rewrite the graph first: fold batch normalization, drop what is unused.")
]
