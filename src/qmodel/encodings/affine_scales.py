"""How the scales of an affine array are stored, and what they are then (spec/encodings/affine.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import CodingChoice, Packed
from qmodel.dtypes import Array
from qmodel.encodings.affine_fit import fits_f16
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, NodeMemory
from qmodel.encodings.plain import Plain
from qmodel.typed_array import TypedArray

# The smallest number of e8m0.
_SMALLEST_POWER = 2.0**-127
# Scales most of which storing changes by more than this are worth a look at their neighbours: floats of 8 bits are,
# integers of 6 and 7 bits gained less than a thousandth at twice the time.
_COARSE = 2.0**-6
# To the neighbours of powers of two, and of floats with three bits behind the point.
_NUDGES = (2.0**-0.5, 2.0**-0.12, 2.0**0.12, 2.0**0.5)


def holds_only_positive(encoder: Encoder | None, /) -> bool:
    """Whether scales stored so can be neither zero nor negative."""
    return isinstance(encoder, Plain) and encoder.dtype == dtypes.E8M0.name


@dataclass(frozen=True, slots=True)
class UsualScales(Encoder):
    """Scales that no encoder was chosen for, with a coding that was.

    Attributes:
        coding: of the numbers.
    """

    coding: CodingChoice
    kind: ClassVar[str] = "plain"

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`."""
        return Plain(coding=self.coding).encode(array, importance=importance, threads=threads)


def are_usual(encoder: Encoder | None, /) -> bool:
    """Whether no encoder was chosen for scales."""
    return encoder is None or isinstance(encoder, UsualScales)


def scale_encoder(encoder: Encoder | None, scale: Array, in_blocks: bool, /) -> Encoder:
    """The encoder for scales: as given, or `f16` for blocks where it holds them about as exactly as codes need."""
    if encoder is not None and not isinstance(encoder, UsualScales):
        return encoder
    return Plain("f16" if in_blocks and fits_f16(scale) else None, coding=encoder.coding if encoder else None)


def stored(encoder: Encoder, wanted: Array, importance: Array | None = None, /) -> tuple[Node, Array]:
    """Encode scales or zero points; what they are once stored, in the dtype of wanted."""
    if holds_only_positive(encoder):
        wanted = _positive_powers(wanted)
    node = encoder.encode(TypedArray.of(wanted), importance=importance)
    decoded = widen(node.decode(wanted.shape, NodeMemory()))
    return node, decoded.astype(wanted.dtype, copy=False)


def stored_where_best(
    encoder: Encoder, wanted: Array, importance: Array, errors_of: Callable[[Sequence[Array]], Sequence[Array]], /
) -> tuple[Node, Array]:
    """Encode scales; where storing is coarse, each block's scale may become a neighbour that has a smaller error.

    Args:
        encoder: of the scales.
        wanted: the best scales, were they stored exactly.
        importance: how much the squared error of each scale counts.
        errors_of: the squared error of each block, for each of some scales as stored.
    """
    quick = _uncompressed(encoder)
    node, first = stored(quick, wanted, importance)
    if not _is_coarse(wanted, first):
        return (node, first) if quick is encoder else stored(encoder, wanted, importance)
    candidates = [first, *(_nudged(quick, wanted, importance, nudge) for nudge in _NUDGES)]
    errors = errors_of(candidates)
    best, least = first.copy(), errors[0].copy()
    for other, others_errors in zip(candidates[1:], errors[1:], strict=True):
        better = others_errors < least
        np.copyto(best, other, where=better)
        np.copyto(least, others_errors, where=better)
    node, second = stored(encoder, best, importance)
    reached = least if np.array_equal(second, best) else errors_of([second])[0]
    return (node, second) if reached.sum() < errors[0].sum() else stored(encoder, wanted, importance)


def _uncompressed(encoder: Encoder) -> Encoder:
    """An encoder that stores the same numbers without looking for a coding, which takes longer than all else."""
    if not is_dataclass(encoder):
        return encoder
    options = {field.name: getattr(encoder, field.name) for field in fields(encoder)}
    codes_itself = "coding" in options and options["coding"] is None and options.get("codes") is None
    if not codes_itself:
        return encoder
    raw: dict[str, Any] = {"coding": Packed()}
    if "scale" in options and options["scale"] is None:
        raw["scale"] = UsualScales(Packed())
    return replace(encoder, **raw)


def _nudged(encoder: Encoder, wanted: Array, importance: Array, nudge: float) -> Array:
    """Scales as stored when each is multiplied by a factor while its neighbours are not.

    All together would only move a scale that they share; the largest stays for the same reason.
    """
    largest = np.abs(wanted).max()
    changed = np.where(np.abs(wanted) < largest, np.clip(wanted * wanted.dtype.type(nudge), -largest, largest), wanted)
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


def _positive_powers(scale: Array) -> Array:
    """Scales that e8m0 holds: it has neither zero nor anything below 2^-127.

    Of a block of zeros any scale is right: the smallest of the others, or 1. Codes of a block of values too small for
    the smallest scale stay within half a step all the same.
    """
    held: Array = np.maximum(scale, scale.dtype.type(_SMALLEST_POWER))
    positive = held[scale > 0]
    of_zeros = positive.min() if positive.size else scale.dtype.type(1)
    return np.asarray(np.where(scale == 0, of_zeros, held))


def bounded(scale: Array, furthest_code: float, dtype: np.dtype[np.floating], /) -> Array:
    """Scales in the float type they are computed in, so that no code decodes to infinity."""
    limit = float(np.nextafter(np.finfo(dtype).max / dtype.type(furthest_code), dtype.type(0)))
    return np.clip(scale, -limit, limit).astype(dtype)
