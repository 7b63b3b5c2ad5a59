"""What other recipes make of the same weights: the bits they take, and the error they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from qmodel.encodings import Node
from qmodel.measurement import Method, Sample, Trial, methods, methods_of_any_quality, sample_of_values, try_out
from qmodel.measurement.round_trip import handed_out
from qmodel.measurement.sample import Item
from qmodel.model import Model
from qmodel.recipes import PRESETS
from qmodel.report.facts import Alternative, Alternatives, TensorFacts
from qmodel.rewriting.overlay import DerivedTensor, OverlayWeights

Progress = Callable[[int, int], None]
# Gives the accuracy of a model.
Judge = Callable[[Model], float]

QUALITIES = (0.1, 0.03, 0.01, 0.003, 0.001, 1e-4, 1e-5)
# Of any quality, so that one point says little; the last of them also takes too long.
_NOT_AS_PRESETS = ("fast", "small", "smallest")


def tried_alternatives(
    model: Model,
    tensors: Sequence[TensorFacts],
    /,
    *,
    own_error: float | None,
    reference: Model | None = None,
    limit: int | None = None,
    judge: Judge | None = None,
    progress: Progress | None = None,
) -> Alternatives | None:
    """Try presets, and the quick ones of any quality at several, on the weights of a network.

    The work depends on the sizes alone, not on the time it takes, so that the same file gives the same figures.

    Args:
        model: of the file.
        tensors: of the file.
        own_error: relative MSE of the file's weights, measured or recorded; None where nothing is known.
        reference: whose weights are tried, of the same names; None: the file's own.
        limit: about how many bytes of values the recipes are tried on, the first rows of each tensor; None: all.
        judge: measures the accuracy of a network; needs whole tensors, and so no limit.
        progress: called with the number of recipes done and their total.

    Returns:
        None where there are no weights to try.
    """
    source = model if reference is None else reference
    sample = sample_of_values(source, None if judge else limit).weights()
    weights = [each for each in tensors if each.is_weight]
    if not sample.items or not weights:
        return None
    tried = list(_candidates())
    others = []
    for number, method in enumerate(tried, start=1):
        others.append(_alternative(method, sample, model, judge))
        if progress:
            progress(number, len(tried))
    loss = own_error or 0.0
    if reference is None and loss:
        others = [_with_error(each, loss) for each in others if each.problem or each.relative_mse >= loss]
    all_values = sum(each.values for each in weights)
    this = Alternative(
        recipe="this file",
        about="",
        bits_per_weight=8 * sum(each.stored_bytes for each in weights) / all_values,
        relative_mse=loss,
        accuracy=judge(model) if judge else None,
    )
    return Alternatives(
        this=this,
        others=tuple(others),
        against_reference=reference is not None,
        values=sample.values,
        all_values=all_values,
    )


def _candidates() -> Iterator[Method]:
    yield from (each for each in methods() if each.name in PRESETS and each.name not in _NOT_AS_PRESETS)
    yield from methods_of_any_quality(QUALITIES)


def _alternative(method: Method, sample: Sample, model: Model, judge: Judge | None) -> Alternative:
    derived: dict[str, DerivedTensor] = {}

    def keep(item: Item, node: Node) -> None:
        facts = item.facts
        derived[facts.name] = DerivedTensor(facts.element_type, facts.shape, lambda: handed_out(node, item))

    trial = try_out(method, sample, keep=keep if judge else None)
    if trial.problem or judge is None:
        return _figures(trial)
    weights = OverlayWeights(model.weights, derived=derived)
    return replace(_figures(trial), accuracy=judge(replace(model, weights=weights)))


def _figures(trial: Trial) -> Alternative:
    method = trial.method
    if trial.problem:
        return Alternative(recipe=method.name, about=method.about, problem=trial.problem)
    return Alternative(
        recipe=method.name,
        about=method.about,
        bits_per_weight=trial.bits_per_value,
        relative_mse=trial.errors.relative_mse,
    )


def _with_error(alternative: Alternative, error: float) -> Alternative:
    """Independent errors add up."""
    return replace(alternative, relative_mse=alternative.relative_mse + error)
