"""`qmodel eval`: how good a network is on labelled images, and what compression cost."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qmodel.cli.image_options import with_pixel_options
from qmodel.cli.model_files import opened_bases, opened_model
from qmodel.cli.options import Bases, Json, Layout, PixelMean, PixelScale, PixelStd
from qmodel.cli.output import Column, print_blank, print_facts, print_heading, print_json, print_table
from qmodel.cli.progress import progress_bar
from qmodel.description import figures
from qmodel.errors import InvalidInputError

if TYPE_CHECKING:
    from qmodel.dtypes import Array
    from qmodel.quality.evaluation import Evaluation
    from qmodel.quality.layers import LayerError

_COLUMNS = (
    Column("layer", "left", "bold", wraps=True),
    Column("operator", "left"),
    Column("weight\nrel. MSE", "right"),
    Column("weight\nSQNR dB", "right"),
    Column("alone\nSQNR dB", "right"),
    Column("alone\ncosine", "right"),
    Column("output\nrel. MSE", "right"),
    Column("output\nSQNR dB", "right"),
    Column("output\ncosine", "right"),
    Column("largest\nerror", "right"),
)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .qmodel or .onnx file with a network.", show_default=False)
    ],
    data: Annotated[
        Path, typer.Option(metavar="DATA.npz", help="Arrays `images` and `labels`, as numpy.savez writes them.")
    ],
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="REFERENCE", help="The network it was made from, .onnx or .qmodel, to compare layers with."
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Images at a time.")] = 250,
    top_k: Annotated[
        int, typer.Option(min=1, metavar="K", help="Count a sample as right, too, when its class is among the best K.")
    ] = 5,
    pixel_scale: PixelScale = None,
    pixel_mean: PixelMean = None,
    pixel_std: PixelStd = None,
    layout: Layout = None,
    base: Bases = None,
    json: Json = False,
) -> None:
    """Measure a network on labelled images.

    Prints accuracy, and precision, recall and F1 as averages over the classes. With a reference, also how often both
    agree, the noise in the output, and the error of each layer: of its weights, of its output with it alone quantized,
    and of its output with all layers quantized. Options for pixels replace what the file stores.
    """
    from qmodel.api import evaluate as evaluate_model

    with ExitStack() as stack:
        bases = stack.enter_context(opened_bases(base))
        opened = stack.enter_context(opened_model(file, bases=bases))
        model = with_pixel_options(opened, scale=pixel_scale, mean=pixel_mean, std=pixel_std, layout=layout)
        float_model = None if reference is None else stack.enter_context(opened_model(reference))
        images, labels = _read_data(data)
        progress = stack.enter_context(progress_bar("evaluating"))
        evaluation = evaluate_model(
            model, images, labels, reference=float_model, batch_size=batch_size, top_k=top_k, progress=progress
        )
    if json:
        print_json(evaluation.to_json())
        return
    print_heading(str(file), f"on {figures.plural(evaluation.samples, 'image')} of {data}")
    _print_scores(evaluation)
    if evaluation.layers:
        print_blank()
        print_table(_COLUMNS, [_layer_row(layer) for layer in evaluation.layers])


def _read_data(path: Path) -> tuple[Array, Array]:
    from qmodel.adapters.numpy_archive import read_npz

    with read_npz(path) as arrays:
        for name in ("images", "labels"):
            if name not in arrays:
                found = ", ".join(map(repr, islice(arrays, 5))) + (", ..." if len(arrays) > 5 else "")
                raise InvalidInputError(f"{path}: there is no array {name!r}; it holds {found or 'nothing'}")
        return arrays["images"], arrays["labels"]


def _print_scores(evaluation: Evaluation) -> None:
    classes, deviation = evaluation.classification, evaluation.outputs[0].deviation
    scores = []
    if classes is not None:
        scores = [
            ("accuracy", f"{figures.decimals(100 * classes.accuracy, 2)} %"),
            (f"top {classes.top_k}", f"{figures.decimals(100 * classes.top_k_accuracy, 2)} %"),
            ("precision", _averages(classes.precision, classes.micro.precision, classes.weighted.precision)),
            ("recall", _averages(classes.recall, classes.micro.recall, classes.weighted.recall)),
            ("F1", _averages(classes.f1, classes.micro.f1, classes.weighted.f1)),
        ]
    if deviation is not None and deviation.agreement is not None:
        scores.append(("agreement", f"{figures.decimals(100 * deviation.agreement, 2)} %  same class as the reference"))
    if deviation is not None:
        scores.append(("output SQNR", f"{figures.decibels(deviation.sqnr_db)} dB"))
    if deviation is not None and deviation.kl_divergence is not None:
        scores.append(("KL divergence", f"{figures.relative_error(deviation.kl_divergence)} nats"))
    print_facts(scores)


def _averages(macro: float, micro: float, weighted: float) -> str:
    percents = [figures.decimals(100 * value, 2) for value in (macro, micro, weighted)]
    return f"{percents[0]} %  macro average, {percents[1]} % micro, {percents[2]} % weighted"


def _layer_row(layer: LayerError) -> tuple[str, ...]:
    return (
        layer.node,
        layer.operator,
        figures.relative_error(layer.weight_relative_mse),
        figures.decibels(layer.weight_sqnr_db),
        figures.decibels(layer.alone_sqnr_db),
        figures.UNKNOWN if layer.alone_cosine is None else figures.decimals(layer.alone_cosine, 6),
        figures.relative_error(layer.output_relative_mse),
        figures.decibels(layer.output_sqnr_db),
        figures.decimals(layer.cosine, 6),
        figures.relative_error(layer.max_abs_error),
    )
