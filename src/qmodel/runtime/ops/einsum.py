"""The operator Einsum."""

from __future__ import annotations

from collections import Counter

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator

_PATH_OF_TWO = ["einsum_path", (0, 1)]  # there is no other, and NumPy searches longer than it takes to multiply


@operator("Einsum", since=12, fresh=True, grows=True)
def einsum(*values: Array, equation: str, memory_limit: int) -> Array:
    """Einstein's summation; matrix products where two values meet, narrow floats summed in float32."""
    require_one_dtype(*values)
    made_of = [widened(value) for value in values]
    compact = equation.replace(" ", "")
    require_memory(_output_shape(compact, [value.shape for value in values]), made_of[0].dtype, memory_limit)
    made = np.einsum(compact, *made_of, optimize=_PATH_OF_TWO if len(made_of) == 2 else len(made_of) > 2)
    return np.array(made, dtype=values[0].dtype)


def _output_shape(equation: str, shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise GraphError(f"equation {equation!r} has {len(terms)} terms, but there are {len(shapes)} inputs")
    lengths: dict[str, int] = {}
    between: tuple[int, ...] = ()
    for term, shape in zip(terms, shapes, strict=True):
        before, dots, after = term.partition("...")
        free = len(shape) - len(before) - len(after)
        if free < 0 or (free and not dots):
            raise GraphError(f"term {term!r} of equation {equation!r} does not fit an input of shape {shape}")
        between = np.broadcast_shapes(between, shape[len(before) : len(before) + free])
        for letter, length in zip(before + after, shape[: len(before)] + shape[len(before) + free :], strict=True):
            lengths[letter] = max(length, lengths.get(letter, length))
    if not arrow:
        counts = Counter(letter for letter in left if letter not in ".,")
        right = "..." * ("..." in left) + "".join(sorted(letter for letter, count in counts.items() if count == 1))
    before, dots, after = right.partition("...")
    if missing := set(before + after).difference(lengths):
        raise GraphError(f"equation {equation!r} has {min(missing)!r} on the right alone")
    return (*(lengths[letter] for letter in before), *(between if dots else ()), *(lengths[letter] for letter in after))
