"""`qmodel eval`: how good a network is on samples, and what compression cost."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from qmodel.cli.image_options import crop_fraction_of, with_pixel_options
from qmodel.cli.model_files import opened_bases, opened_model
from qmodel.cli.options import (
    DATA,
    Bases,
    BatchSize,
    CropFraction,
    Json,
    Labels,
    Layout,
    PixelMean,
    PixelScale,
    PixelStd,
    SampleLimit,
    Task,
    TaskName,
)
from qmodel.cli.output import print_json
from qmodel.cli.progress import progress_bar


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .qmodel or .onnx file with a network.", show_default=False)
    ],
    data: Annotated[Path, DATA],
    labels: Labels = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="REFERENCE", help="The network it was made from, .onnx or .qmodel, to compare layers with."
        ),
    ] = None,
    task: Task = TaskName.AUTO,
    batch_size: BatchSize = 250,
    limit: SampleLimit = None,
    top_k: Annotated[
        int, typer.Option(min=1, metavar="K", help="Count a sample as right, too, when its class is among the best K.")
    ] = 5,
    classes: Annotated[
        bool | None,
        typer.Option(
            "--classes/--no-classes",
            help="Print precision, recall, F1 and the confusion matrix of the classes. Default: for 12 at most.",
        ),
    ] = None,
    wrong: Annotated[int, typer.Option(min=0, metavar="N", help="List the N wrong predictions that were surest.")] = 0,
    pixel_scale: PixelScale = None,
    pixel_mean: PixelMean = None,
    pixel_std: PixelStd = None,
    layout: Layout = None,
    crop_fraction: CropFraction = None,
    base: Bases = None,
    json: Json = False,
) -> None:
    """Measure a network on samples.

    Labels of classes give accuracy, and precision, recall and F1 as averages over the classes; other targets give
    squared and absolute errors and R². With a reference, also how near the outputs are to its outputs, and the error of
    each layer: of its weights, of its output with it alone quantized, and of its output with all layers quantized.
    Options for pixels replace what the file stores.

    Images in files are turned upright and laid on white where they are transparent. They are scaled in proportion until
    they just cover the size that the network takes, or that size divided by --crop-fraction, and what stands out is
    cut off evenly.
    """
    from qmodel.api import evaluate as evaluate_model

    with ExitStack() as stack:
        bases = stack.enter_context(opened_bases(base))
        opened = stack.enter_context(opened_model(file, bases=bases))
        model = with_pixel_options(opened, scale=pixel_scale, mean=pixel_mean, std=pixel_std, layout=layout)
        float_model = None if reference is None else stack.enter_context(opened_model(reference))
        evaluation = evaluate_model(
            model,
            data,
            labels,
            reference=float_model,
            task=task.value,
            batch_size=batch_size,
            limit=limit,
            top_k=top_k,
            keep_wrong=wrong,
            crop_fraction=crop_fraction_of(crop_fraction),
            progress=stack.enter_context(progress_bar("evaluating")),
        )
    if json:
        print_json(evaluation.to_json())
        return
    from qmodel.cli.evaluation_tables import print_evaluation

    print_evaluation(evaluation, file=file, data=data, with_classes=classes)
