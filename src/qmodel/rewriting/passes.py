"""The passes by name, and running them one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from qmodel.errors import InvalidInputError
from qmodel.graph.check import check_values
from qmodel.model import Model
from qmodel.rewriting.constants import fold_small_constants
from qmodel.rewriting.dead import remove_dead
from qmodel.rewriting.duplicates import merge_duplicates
from qmodel.rewriting.identities import remove_identities
from qmodel.rewriting.overlay import OverlayWeights
from qmodel.rewriting.scaling import fold_scaling

Pass: TypeAlias = Callable[[Model], Model]

# In this order each finds what the ones before it have laid open.
PASSES: Mapping[str, Pass] = {
    "constants": fold_small_constants,
    "identities": remove_identities,
    "scaling": fold_scaling,
    "duplicates": merge_duplicates,
    "dead": remove_dead,
}


def simplify(model: Model, /, *, passes: Sequence[str | Pass] = tuple(PASSES)) -> Model:
    """A smaller model that computes the same: nodes and tensors that change nothing are gone.

    Args:
        model: weights alone come back as they are, since nothing says what they are for.
        passes: run in this order; functions from a model to a model, or names: `constants` (small results of tensors
            alone are stored), `identities` (nodes that hand on their input), `scaling` (batch normalization, and
            arithmetic with constants per channel, folded into the layer before), `duplicates` (equal tensors become
            one), `dead` (what no output needs).

    Returns:
        A model of the same graph inputs and outputs. Its weights are a lazy view of the model's. All passes but
        `scaling` keep outputs to the bit, signs of zeros apart; that one changes them by rounding.

    Raises:
        InvalidInputError: there is no pass of that name.
        GraphError: the names of the graph do not hang together.
        QModelError: weights that had to be read could not be.
    """
    chosen = [_pass_of(each) for each in passes]
    if model.graph is None:
        return model
    # Asking any mapping whether it has a name may fetch the tensor; asking this one does not.
    weights = OverlayWeights(model.weights)
    check_values(model.graph, weights.__contains__)
    simpler = replace(model, weights=weights)
    for step in chosen:
        simpler = step(simpler)
    return simpler


def _pass_of(given: str | Pass) -> Pass:
    if not isinstance(given, str):
        return given
    if given not in PASSES:
        raise InvalidInputError(f"there is no pass {given!r}; known: {', '.join(PASSES)}")
    return PASSES[given]
