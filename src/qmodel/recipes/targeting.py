"""Sets the quality of a recipe so that a whole model meets a target."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qmodel.encodings.convert import widen
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.graph.output_axis import output_axes
from qmodel.recipes.facts import TensorFacts
from qmodel.recipes.quality import Quality, QualityTarget, is_tunable
from qmodel.recipes.recipe import Recipe
from qmodel.recipes.solve import Outcome, solve
from qmodel.typed_array import TypedArray

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ByteCounter(io.BytesIO):
    """A file that takes what is written and keeps nothing: a writer in front of it tells the size."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Take the bytes, and say how many."""
        return memoryview(data).nbytes


def meeting(
    target: QualityTarget,
    recipe: Recipe,
    names: list[str],
    fetch: Callable[[str], TypedArray],
    graph: Graph | None,
    attempt: Callable[[Recipe], Outcome],
    /,
) -> Recipe:
    """The recipe with the quality that meets a target.

    Args:
        target: what is wanted.
        recipe: some of whose encoders leave their quality open.
        names: of all tensors.
        fetch: gives the values of a tensor.
        graph: the network that uses them.
        attempt: compresses the model by a recipe and forgets the file.

    Raises:
        InvalidInputError: no tensor has an encoder of open quality, or no quality meets the target.
    """
    axes = output_axes(graph) if graph else {}

    def leaves_quality_open(name: str, array: TypedArray) -> bool:
        return is_tunable(recipe.encoder(TensorFacts(name, array.shape, array.element_type, axes.get(name))))

    def outcome(quality: Quality) -> Outcome:
        return attempt(replace(recipe, quality=quality))

    if direct := target.direct_quality:
        if not any(leaves_quality_open(name, fetch(name)) for name in names):
            raise _nothing_open(recipe)
        return replace(recipe, quality=direct)
    weights, energy, tuned_weights = 0, 0.0, []
    for name in names:
        array = fetch(name)
        weights += prod(array.shape)
        if leaves_quality_open(name, array):
            tuned_weights.append(prod(array.shape))
            energy += float(np.square(widen(array), dtype=np.float64).sum())
    if not tuned_weights:
        raise _nothing_open(recipe)
    return replace(recipe, quality=solve(target, weights, energy / max(sum(tuned_weights), 1), outcome))


def _nothing_open(recipe: Recipe) -> InvalidInputError:
    return InvalidInputError(
        f"the recipe {recipe} leaves no quality open; a target needs `small`, `smallest` or `fast`"
    )
