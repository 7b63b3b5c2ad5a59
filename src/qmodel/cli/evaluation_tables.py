"""How an evaluation is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qmodel.cli.output import Column, print_blank, print_facts, print_heading, print_table
from qmodel.description import figures
from qmodel.description.safe_text import printable

if TYPE_CHECKING:
    from qmodel.quality.class_measurement import Classification
    from qmodel.quality.deviation import OutputDeviation
    from qmodel.quality.evaluation import Evaluation
    from qmodel.quality.layers import LayerError
    from qmodel.quality.output_measurement import OutputQuality
    from qmodel.quality.target_error import TargetError

_MOST_CLASSES_SHOWN = 12

_LAYER_COLUMNS = (
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
_TARGET_COLUMNS = tuple(Column(f"against targets\n{title}") for title in ("MSE", "MAE", "largest", "R²"))
_DEVIATION_COLUMNS = tuple(
    Column(f"reference\n{title}") for title in ("rel. MSE", "SQNR dB", "cosine", "largest", "agreement %", "KL nats")
)
_WRONG_COLUMNS = (
    Column("sample", "right"),
    Column("file", "left", "bold", wraps=True),
    Column("class", "left"),
    Column("taken for", "left"),
    Column("probability", "right"),
)


def print_evaluation(evaluation: Evaluation, /, *, file: Path, data: Path, with_classes: bool | None) -> None:
    """Print tables.

    Args:
        evaluation: what was measured.
        file: the network.
        data: the samples.
        with_classes: whether to print a row for each class; None: where they are few.
    """
    print_heading(str(file), f"on {figures.plural(evaluation.samples, 'sample')} of {data}")
    others = []
    for output in evaluation.outputs:
        if output.classification is None:
            others.append(output)
        else:
            _print_classification(output, output.classification, with_classes, is_only=len(evaluation.outputs) == 1)
    if others:
        _print_outputs(others)
    if evaluation.layers:
        print_blank()
        print_table(_LAYER_COLUMNS, [_layer_row(layer) for layer in evaluation.layers])


def _print_classification(
    output: OutputQuality, found: Classification, with_classes: bool | None, *, is_only: bool
) -> None:
    if not is_only:
        print_heading(f"  {output.name}")
    facts = [
        ("accuracy", f"{_percent(found.accuracy)} %"),
        (f"top {found.top_k}", f"{_percent(found.top_k_accuracy)} %"),
        ("precision", _averages(found.precision, found.micro.precision, found.weighted.precision)),
        ("recall", _averages(found.recall, found.micro.recall, found.weighted.recall)),
        ("F1", _averages(found.f1, found.micro.f1, found.weighted.f1)),
    ]
    print_facts(facts + ([] if output.deviation is None else _deviation_facts(output.deviation)))
    if with_classes or (with_classes is None and len(found.per_class) <= _MOST_CLASSES_SHOWN):
        print_blank()
        _print_classes(found)
    if found.wrong:
        print_blank()
        print_table(
            _WRONG_COLUMNS,
            [
                (
                    str(each.index),
                    each.name or figures.UNKNOWN,
                    _class_name(found, each.label),
                    _class_name(found, each.prediction),
                    figures.decimals(each.probability, 4),
                )
                for each in found.wrong
            ],
        )


def _deviation_facts(deviation: OutputDeviation) -> list[tuple[str, str]]:
    facts = [("output SQNR", f"{figures.decibels(deviation.sqnr_db)} dB")]
    if deviation.agreement is not None:
        facts.insert(0, ("agreement", f"{_percent(deviation.agreement)} %  same class as the reference"))
    if deviation.kl_divergence is not None:
        facts.append(("KL divergence", f"{figures.relative_error(deviation.kl_divergence)} nats"))
    return facts


def _print_classes(found: Classification) -> None:
    """A row for each class: its measures, and how its samples were taken."""
    columns = [Column("class", "left", "bold"), *(Column(name) for name in ("samples", "precision", "recall", "F1"))]
    predicted = [Column(f"as {printable(_class_name(found, score.label))}") for score in found.per_class]
    rows = [
        (
            _class_name(found, score.label),
            figures.count(score.support),
            *(figures.decimals(100 * value, 2) for value in (score.precision, score.recall, score.f1)),
            *(figures.count(count) if count else "·" for count in found.confusion[score.label].tolist()),
        )
        for score in found.per_class
    ]
    print_table([*columns, *predicted], rows)


def _print_outputs(outputs: list[OutputQuality]) -> None:
    """A row for each output: its error against targets, and how it differs from the reference's."""
    with_targets = any(each.target_error for each in outputs)
    with_reference = any(each.deviation for each in outputs)
    rows = [
        (
            each.name,
            *(_target_cells(each.target_error) if with_targets else ()),
            *(_deviation_cells(each.deviation) if with_reference else ()),
        )
        for each in outputs
    ]
    columns = (*(_TARGET_COLUMNS if with_targets else ()), *(_DEVIATION_COLUMNS if with_reference else ()))
    print_blank()
    print_table((Column("output", "left", "bold", wraps=True), *columns), rows)


def _target_cells(error: TargetError | None) -> tuple[str, ...]:
    if error is None:
        return (figures.UNKNOWN,) * len(_TARGET_COLUMNS)
    measures = (error.mse, error.mae, error.max_abs_error)
    return (*(figures.relative_error(value) for value in measures), figures.decimals(error.r2, 4))


def _deviation_cells(deviation: OutputDeviation | None) -> tuple[str, ...]:
    if deviation is None:
        return (figures.UNKNOWN,) * len(_DEVIATION_COLUMNS)
    return (
        figures.relative_error(deviation.relative_mse),
        figures.decibels(deviation.sqnr_db),
        figures.decimals(deviation.cosine, 6),
        figures.relative_error(deviation.max_abs_error),
        figures.UNKNOWN if deviation.agreement is None else _percent(deviation.agreement),
        figures.relative_error(deviation.kl_divergence),
    )


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


def _averages(macro: float, micro: float, weighted: float) -> str:
    return f"{_percent(macro)} %  macro average, {_percent(micro)} % micro, {_percent(weighted)} % weighted"


def _percent(fraction: float) -> str:
    return figures.decimals(100 * fraction, 2)


def _class_name(found: Classification, label: int) -> str:
    return found.class_names[label] if label < len(found.class_names) else str(label)
