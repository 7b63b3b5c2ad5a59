"""`row_scaled`: every output channel brought to the same root mean square before it is encoded.

It makes `affine` nodes (spec/encodings/affine.md): a scale for each row, and codes by any encoder. With a quantizer of
one step behind it, each row has the same relative error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.buffers import store
from qmodel.dtypes import Array
from qmodel.encodings.affine_blocks import block_shape_of
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node
from qmodel.encodings.plain import PlainNode
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class RowScaled(Encoder):
    """Divide each row by its root mean square, and encode that.

    Attributes:
        inner: encoder of the scaled array.
        axis: whose indices are the rows.
    """

    inner: Encoder
    axis: int = 0
    kind: ClassVar[str] = "row_scaled"

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`; refuses NaN, infinities and what is not a float."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"rows are scaled for floats, not {array.element_type}")
        values = widen(array)
        if not values.size or not values.ndim:
            return self.inner.encode(array, importance=importance, threads=threads)
        block_shape = block_shape_of(values.shape, self.axis, None)
        scale = _row_scale(values, self.axis)
        scaled = TypedArray.of(values / widen(scale).astype(values.dtype))
        codes = self.inner.encode(scaled, importance=importance, threads=threads)
        return AffineNode(codes, PlainNode(store(scale.storage, scale.element_type)), None, block_shape)


def _row_scale(values: Array, axis: int) -> TypedArray:
    """The root mean square of each row, as float16 where none is out of its range; 1 for rows of zeros."""
    others = tuple(each for each in range(values.ndim) if each != axis % values.ndim)
    with np.errstate(over="ignore"):
        roots = np.sqrt(np.mean(np.square(values, dtype=np.float64), axis=others, keepdims=True))
    if not np.isfinite(roots).all():
        raise InvalidInputError("a value is NaN, infinite or too large to be squared")
    roots = np.where(roots > 0, roots, 1.0)
    half = np.finfo(np.float16)
    fits = half.tiny <= roots.min() and roots.max() <= half.max
    return TypedArray.of(roots.astype(np.float16 if fits else values.dtype))
