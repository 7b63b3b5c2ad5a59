"""Error weights of a model's tensors, as pruning gets them."""

from __future__ import annotations

from collections.abc import Mapping

from qmodel.dtypes import Array
from qmodel.encodings.importance import checked_importance
from qmodel.errors import InvalidInputError
from qmodel.rewriting.overlay import tensor_facts


def checked_importances(importance: Mapping[str, Array], weights: Mapping[str, Array], /) -> dict[str, Array]:
    """Error weights by tensor name that fit the tensors, of which no values are fetched.

    Raises:
        InvalidInputError: a name is no tensor, or its error weights are not finite, negative or of another shape.
    """
    checked = {}
    for name, factors in importance.items():
        if name not in weights:
            raise InvalidInputError(f"importance is given for {name!r}, which is no tensor of the model")
        try:
            checked[name] = checked_importance(factors, tensor_facts(weights, name)[1])
        except InvalidInputError as error:
            raise InvalidInputError(f"tensor {name!r}: {error}") from None
    return checked
