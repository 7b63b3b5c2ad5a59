"""`uniform`: integer codes of one step for the whole array, for an entropy stage to make small.

It makes `affine` nodes (spec/encodings/affine.md) with one scale, the step. With ideal entropy coding that is 0.255
bits a value from the Shannon bound at high rates (Gish and Pierce 1968, "Asymptotically efficient quantizing").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import CodingChoice, store
from qmodel.dtypes import Array
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder
from qmodel.encodings.node_size import node_file_bytes
from qmodel.encodings.plain import PlainNode
from qmodel.encodings.step import check_quality, largest_magnitude, step_for_error, stored_step
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray

DEFAULT_RELATIVE_MSE = 1e-3
_CODE_TYPES = tuple(map(dtypes.signed, (8, 16, 32)))
# By the bits of a code, the middle of each byte but the highest.
_MIDDLES = {16: 0x80, 32: 0x808080}
# Beyond this an integer is not exact in float32, where codes are multiplied.
_LARGEST_CODE = 1 << 24
_PIECE_ELEMENTS = 1 << 18


@dataclass(frozen=True, slots=True)
class Uniform(Encoder):
    """Round to multiples of one step, and let an entropy stage find that small codes are frequent.

    Attributes:
        relative_mse: squared error wanted, as a part of the sum of squares; the step is solved for, within 1 %.
        step: distance of neighbouring codes, instead.
        coding: how the codes are stored; None: by what the size turns out to be.

    With neither, `relative_mse` is 0.001, or what the recipe's quality says.

    Raises:
        InvalidInputError: both are given, or one is out of range.
    """

    relative_mse: float | None = None
    step: float | None = None
    coding: CodingChoice | None = None
    kind: ClassVar[str] = "uniform"

    def __post_init__(self) -> None:
        check_quality(self.relative_mse, self.step)

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> AffineNode:
        """See `Encoder.encode`; refuses NaN, infinities and what is not a float."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"uniform codes stand for floats, not {array.element_type}")
        values = widen(array).reshape(-1)
        largest_value = largest_magnitude(values)
        step = self.step
        if step is None:
            step = step_for_error(values, self.relative_mse or DEFAULT_RELATIVE_MSE, _squared_error)
        scale = stored_step(step)
        codes = _codes(values, float(scale.storage)).reshape(array.shape)
        largest = int(np.abs(codes).max(initial=0))
        if largest > _LARGEST_CODE:
            raise InvalidInputError(f"a step of {step:g} is too small for values up to {largest_value:g}")
        return self._stored(codes, largest, scale, threads)

    def _stored(self, codes: Array, largest: int, scale: TypedArray, threads: int) -> AffineNode:
        """The codes as they are or, of several bytes, around a zero point in the middle of each, whichever is smaller.

        A byte filter would find the sign of each code in all its bytes; around such a zero point only large codes
        change the upper ones.
        """
        code_type = next(each for each in _CODE_TYPES if largest <= each.maximum)
        middle = _MIDDLES.get(code_type.bits, 0)
        scales, nodes = PlainNode(store(scale.storage, scale.element_type)), []
        for zero in sorted({0, middle if largest + middle <= code_type.maximum else 0}):
            stored = store((codes + zero).astype(code_type.storage), code_type, coding=self.coding, threads=threads)
            zero_point = PlainNode(store(np.array(zero, code_type.storage), code_type)) if zero else None
            nodes.append(AffineNode(PlainNode(stored), scales, zero_point, ()))
        return min(nodes, key=node_file_bytes)


def _codes(values: Array, step: float) -> Array:
    codes = np.empty(values.size, np.int32)
    for start in range(0, values.size, _PIECE_ELEMENTS):
        piece = slice(start, start + _PIECE_ELEMENTS)
        codes[piece] = np.clip(np.rint(values[piece] / step), -2 * _LARGEST_CODE, 2 * _LARGEST_CODE)
    return codes


def _squared_error(values: Array, step: float) -> float:
    total = 0.0
    for start in range(0, values.size, _PIECE_ELEMENTS):
        piece = values[start : start + _PIECE_ELEMENTS]
        difference = piece - np.rint(piece / step) * values.dtype.type(step)
        total += float(np.square(difference, dtype=np.float64).sum())
    return total
