"""Sets the quality of a recipe so that a whole model meets a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from qmodel import dtypes
from qmodel.encodings import Encoder
from qmodel.encodings.convert import widen
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.graph.output_axis import output_axes
from qmodel.recipes.allocation import AllocatedError, TensorPower
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.goals import ErrorGoal, Goal, SizeGoal
from qmodel.recipes.presets import PRESETS, Preset
from qmodel.recipes.quality import is_tunable
from qmodel.recipes.quality_target import QualityTarget
from qmodel.recipes.recipe import Choice, Recipe
from qmodel.recipes.solve import AnyOutcome, Search
from qmodel.typed_array import TypedArray

_A_WEIGHT = TensorFacts("weight", (64, 64), dtypes.F32)


def meeting(
    target: QualityTarget,
    recipe: Recipe,
    names: Iterable[str],
    fetch: Callable[[str], TypedArray],
    graph: Graph | None,
    attempt: Callable[[Recipe], AnyOutcome],
    keep: Callable[[], None],
    /,
) -> AnyOutcome:
    """Compress a model by a recipe with the quality that meets a target.

    The error is met within 1 %; the size of the file is at most what is wanted, and at least 99 % of it. Where it jumps
    over that, as with a few hundred values it may, the next below is taken.

    Args:
        target: what is wanted.
        recipe: some of whose encoders leave their quality open.
        names: of all tensors.
        fetch: gives the values of a tensor.
        graph: the network that uses them.
        attempt: compresses the model by a recipe; called a few times.
        keep: called after each attempt that is the best so far.

    Returns:
        What the best attempt gave.

    Raises:
        InvalidInputError: no tensor has an encoder of open quality, or no quality meets the target.
    """
    if not any(map(has_open_quality, (recipe.default, *(choice for _, choice in recipe.rules)))):
        raise InvalidInputError(
            f"the recipe {recipe} leaves no quality open; {', '.join(tunable_presets())} do, and rules with Uniform() "
            f"or Trellis()"
        )
    survey = _survey(recipe, names, fetch, graph)
    allocated = AllocatedError(target.allocate, survey.powers)
    goal = _goal(target, survey)
    return Search(goal, allocated, lambda quality: attempt(replace(recipe, quality=quality)), keep).run()


def has_open_quality(choice: Choice, /) -> bool:
    """Whether a quality changes what a preset or an encoder does."""
    encoder: Encoder = choice.choose(_A_WEIGHT) if isinstance(choice, Preset) else choice
    return is_tunable(encoder)


def tunable_presets() -> list[str]:
    """Names of the presets that a quality changes."""
    return [name for name, preset in PRESETS.items() if has_open_quality(preset)]


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a search must know of a model.

    Attributes:
        powers: of the tensors that are quantized and not zeros, which nothing can damage.
        weights: number of values of all tensors.
        kept_bytes: of the tensors that are not quantized.
    """

    powers: list[TensorPower]
    weights: int
    kept_bytes: int


def _survey(recipe: Recipe, names: Iterable[str], fetch: Callable[[str], TypedArray], graph: Graph | None) -> _Survey:
    axes = output_axes(graph) if graph else {}
    powers: list[TensorPower | None] = []
    weights = kept_bytes = 0
    for name in names:
        array = fetch(name)
        count = prod(array.shape)
        weights += count
        facts = TensorFacts(name, array.shape, array.element_type, axes.get(name))
        if array.element_type.is_float and is_tunable(recipe.encoder(facts)):
            powers.append(_power(array))
        else:
            kept_bytes += array.element_type.packed_bytes(count)
    if not powers:
        raise InvalidInputError(
            f"the recipe {recipe} quantizes no tensor of this model, so no quality can be met: biases, norms and "
            f"tensors of fewer than 256 values stay as they are"
        )
    return _Survey([power for power in powers if power], weights, kept_bytes)


def _power(array: TypedArray) -> TensorPower | None:
    """What the allocation must know; None of zeros."""
    with np.errstate(invalid="ignore"):  # widening a signalling NaN
        values = widen(array)
    magnitudes = np.abs(values[np.isfinite(values)])
    largest = float(magnitudes.max(initial=0.0))
    if not largest:
        return None
    with np.errstate(over="ignore", under="ignore"):
        energy = float(np.square(magnitudes / largest, dtype=np.float64).sum()) * largest * largest
    return TensorPower(prod(array.shape), energy, largest) if 0 < energy < np.inf else None


def _goal(target: QualityTarget, survey: _Survey) -> Goal:
    wanted = target.bytes_for(survey.weights)
    return ErrorGoal(target.relative_mse or 0.0) if wanted is None else SizeGoal(wanted, survey.kept_bytes)
