"""Which tensors of a model are pruned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.model import is_weight
from qmodel.rewriting.overlay import tensor_facts

# Patterns of names (`*`, `?`, `[...]`, case matters), of which one must match; or a function that says of each name
# whether it is selected; None: all that are weights, see `qmodel.model.is_weight`.
Selection: TypeAlias = "str | Sequence[str] | Callable[[str], bool] | None"


def selected_names(weights: Mapping[str, Array], select: Selection, /) -> list[str]:
    """The names of the selected tensors, in the order of the mapping.

    Raises:
        InvalidInputError: a pattern matches no tensor.
    """
    if select is None:
        return [name for name in weights if is_weight(*tensor_facts(weights, name))]
    if callable(select):
        return [name for name in weights if select(name)]
    patterns = (select,) if isinstance(select, str) else tuple(select)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in weights):
            raise InvalidInputError(f"the pattern {pattern!r} matches no tensor")
    return [name for name in weights if any(fnmatchcase(name, pattern) for pattern in patterns)]
