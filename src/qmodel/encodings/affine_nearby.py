"""Scales that are stored coarsely: those near them are tried as well (spec/encodings/affine.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Protocol

import numpy as np

from qmodel.buffers import Packed
from qmodel.dtypes import Array
from qmodel.encodings.affine_grid import AffineGrid
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.affine_scales import holds_only_positive, stored
from qmodel.encodings.node import Encoder, Node
from qmodel.encodings.plain import Plain

# Scales most of which storing changes by more than this are worth a look at their neighbours: floats of 8 bits are,
# integers of 6 and 7 bits gained less than a thousandth at twice the time.
_COARSE = 2.0**-6
# To the neighbours of powers of two, and of floats with three bits behind the point.
_FACTORS_OF_POWERS = (2.0**-0.5, 2.0**0.5)
_FACTORS = (2.0**-0.5, 2.0**-0.12, 2.0**0.12, 2.0**0.5)


class Chooser(Protocol):
    """Finds the best of several scales as stored, for each block."""

    def __call__(self, candidates: Callable[..., Array], /, *of_blocks: Array) -> Choice:
        """Choose among what candidates makes of some blocks' numbers, which of_blocks has for all."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is best for each block of some scales.

    Attributes:
        scale: the best.
        error: the squared error of all blocks with it.
        first_error: the squared error with the first of the scales everywhere.
    """

    scale: Array
    error: float
    first_error: float


def stored_where_best(encoder: Encoder, wanted: Array, importance: Array, choose: Chooser, /) -> tuple[Node, Array]:
    """Encode scales; where storing is coarse, each block's scale may become a neighbour that has a smaller error.

    Args:
        encoder: of the scales.
        wanted: the best scales, were they stored exactly.
        importance: how much the squared error of each scale counts.
        choose: says which of several scales as stored are best.
    """
    quick = _uncompressed(encoder)
    node, first = stored(quick, wanted, importance)
    if not _is_coarse(wanted, first):
        return (node, first) if quick is encoder else stored(encoder, wanted, importance)
    if encoder.kind == AffineNode.kind and (grid := AffineGrid.of(node, first)):
        best = choose(grid.neighbours, wanted, *grid.numbers).scale
        return grid.node_of(best, getattr(encoder, "coding", None)), best
    choice = choose(_as_given, first, *_stored_nearby(quick, wanted, importance))
    node, second = stored(encoder, choice.scale, importance)
    reached = choice if np.array_equal(second, choice.scale) else choose(_as_given, second)
    return (node, second) if reached.error < choice.first_error else stored(encoder, wanted, importance)


def _as_given(*scales: Array) -> Array:
    return np.stack(scales)


def _uncompressed(encoder: Encoder) -> Encoder:
    """An encoder that stores the same numbers without looking for a coding of its codes, which takes long."""
    if not is_dataclass(encoder):
        return encoder
    options = {field.name: getattr(encoder, field.name) for field in fields(encoder)}
    codes_itself = "coding" in options and options["coding"] is None and options.get("codes") is None
    return replace(encoder, coding=Packed()) if codes_itself else encoder


def _stored_nearby(encoder: Encoder, wanted: Array, importance: Array) -> list[Array]:
    """Scales as stored, each multiplied by a factor; the largest stay, as others may be stored relative to them."""
    largest = np.abs(wanted).max()
    found = []
    for factor in _FACTORS_OF_POWERS if holds_only_positive(encoder) else _FACTORS:
        clipped = np.clip(wanted * wanted.dtype.type(factor), -largest, largest)
        changed = np.where(np.abs(wanted) < largest, clipped, wanted)
        if isinstance(encoder, Plain):
            found.append(stored(encoder, changed)[1])
        else:
            found.append(_stored_in_turn(encoder, wanted, changed, importance))
    return found


def _stored_in_turn(encoder: Encoder, wanted: Array, changed: Array, importance: Array) -> Array:
    """Scales as stored when each is changed while its neighbours are not: all together would move what they share."""
    found = np.empty_like(wanted)
    for turn in (0, 1):
        every_second = slice(turn, None, 2)
        mixed = wanted.copy()
        mixed.reshape(-1)[every_second] = changed.reshape(-1)[every_second]
        _, as_stored = stored(encoder, mixed, importance)
        found.reshape(-1)[every_second] = as_stored.reshape(-1)[every_second]
    return found


def _is_coarse(wanted: Array, first: Array) -> bool:
    nonzero = wanted != 0
    changed = nonzero & (np.abs(first - wanted) > _COARSE * np.abs(wanted))
    return 2 * int(np.count_nonzero(changed)) > int(np.count_nonzero(nonzero))
