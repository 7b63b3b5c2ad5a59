"""`plain`: the stored array itself, perhaps in a narrower type (spec/encodings/plain.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, CodingChoice, load, store
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import convert, largest_finite, widen
from qmodel.encodings.node import Encoder, Node, Shape, Surroundings, TensorSource, check_stored
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray

_OVERFLOWING = (dtypes.F32, dtypes.F16, dtypes.BF16)


@dataclass(frozen=True, slots=True)
class PlainNode(Node):
    """The array itself."""

    buffer: Buffer
    kind: ClassVar[str] = "plain"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return self.buffer.element_type

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        check_stored(self.buffer, shape, around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        return TypedArray(self.buffer.element_type, load(self.buffer, source).reshape(shape))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        return f"plain {self.buffer.element_type}"


@dataclass(frozen=True, slots=True)
class Plain(Encoder):
    """Store the values themselves.

    Attributes:
        dtype: type to store them in, as `f16`; None: their own. Floats are rounded to nearest, ties to even; integers
            and `bool` must fit, and so must all that is stored in a float of 8 bits or fewer (spec/types.md).
        coding: how the bytes are stored, as `Packed("zstd", "byte_shuffle")`; None: by what the size turns out to be.

    Raises:
        InvalidInputError: an unknown element type.
    """

    dtype: str | None = None
    coding: CodingChoice | None = None
    kind: ClassVar[str] = "plain"

    def __post_init__(self) -> None:
        if self.dtype is not None:
            dtypes.parse(self.dtype)

    @property
    def largest_value(self) -> float | None:
        """See `Encoder.largest_value`: known for floats."""
        element_type = dtypes.parse(self.dtype) if self.dtype else None
        return largest_finite(element_type) if element_type and element_type.is_float else None

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> PlainNode:
        """See `Encoder.encode`; refuses what the narrower type does not hold, and what it would make infinite."""
        stored = convert(array, dtypes.parse(self.dtype)) if self.dtype else array
        if stored is not array and stored.element_type in _OVERFLOWING:
            _refuse_overflow(array, stored)
        return PlainNode(store(stored.storage, stored.element_type, coding=self.coding, threads=threads))


def _refuse_overflow(array: TypedArray, stored: TypedArray) -> None:
    before, after = widen(array), widen(stored)
    if not before.size or np.isfinite(after.reshape(-1)[[before.argmin(), before.argmax()]]).all():
        return
    if (np.isfinite(before) & ~np.isfinite(after)).any():
        raise InvalidInputError(
            f"a value is too large for {stored.element_type}; add a rule that keeps this tensor {array.element_type}"
        )
