"""The rule for shapes (spec/manifest.md, "Tensors")."""

from __future__ import annotations

from qmodel.errors import CorruptError
from qmodel.limits import MAX_ELEMENTS, MAX_RANK


def checked_shape(shape: tuple[int, ...], /) -> tuple[int, ...]:
    """A shape, once it is known to be one that a file may have.

    Raises:
        CorruptError: it has too many axes, or too many elements.
    """
    if len(shape) > MAX_RANK:
        raise CorruptError(f"{len(shape)} axes; at most {MAX_RANK} are allowed")
    elements = 1
    for length in shape:
        elements *= max(length, 1)
    if elements > MAX_ELEMENTS:
        raise CorruptError(f"shape {shape} has more than 2^60 - 1 elements, an axis of length 0 counted as 1")
    return shape
