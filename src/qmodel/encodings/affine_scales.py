"""How the scales of an affine array are stored, and what they are then (spec/encodings/affine.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import CodingChoice
from qmodel.dtypes import Array
from qmodel.encodings.affine_fit import fits_f16
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, NodeMemory
from qmodel.encodings.plain import Plain
from qmodel.typed_array import TypedArray

# The smallest number of e8m0.
_SMALLEST_POWER = 2.0**-127


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
