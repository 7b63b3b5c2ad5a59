"""`sparse`: values at the kept positions of a pattern, zero elsewhere (spec/encodings/sparse.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, load
from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.encodings.node import Encoder, Node, Shape, Surroundings, TensorSource, check_size, check_stored
from qmodel.encodings.plain import Plain
from qmodel.encodings.sparse_pattern import (
    LONGEST_GROUP,
    Group,
    Scope,
    checked_scope,
    group_of,
    kept_elements,
    stored_bitmap,
    stored_gaps,
    stored_places,
    stored_smallest,
)
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.sparse import (
    expand_bitmap,
    expand_gaps,
    expand_groups,
    gaps_fit,
    kept_values,
    places_ascend,
)
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class SparseNode(Node):
    """Values at the positions of a pattern; see the message `Sparse` for the fields."""

    bitmap: Buffer | None
    gaps: Buffer | None
    positions: Buffer | None
    n: int
    m: int
    kept: int
    values: Node
    kind: ClassVar[str] = "sparse"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return self.values.result_type(around)

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        element_type = self.result_type(around)
        if element_type == dtypes.E8M0:
            raise CorruptError("sparse values are e8m0, which has no zero")
        check_size(shape, element_type, around)
        if self.kept > prod(shape):
            raise CorruptError(f"sparse array of shape {shape} keeps {self.kept} elements")
        if sum(buffer is not None for buffer in (self.bitmap, self.gaps, self.positions)) != 1:
            raise CorruptError("sparse has not exactly one of bitmap, gaps and positions")
        self._check_pattern(shape, around)
        self.values.check((self.kept,), around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        size = prod(shape)
        # The pattern comes first: it is checked before anything of the array's size is allocated for the result.
        pattern = self._loaded_pattern(size, source)
        stored = self.values.decode((self.kept,), source)
        bits = bits_of(stored.storage)
        if self.bitmap is not None:
            expanded = expand_bitmap(pattern, bits)
        elif self.gaps is not None:
            expanded = expand_gaps(pattern, bits, size)
        else:
            expanded = expand_groups(pattern, bits, self.n, self.m)
        return TypedArray(stored.element_type, expanded.view(stored.storage.dtype).reshape(shape))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        pattern = f"{self.n}:{self.m}" if self.positions is not None else "bitmap" if self.bitmap else "gaps"
        return f"sparse({pattern} keeps {self.kept}, {self.values.spelled()})"

    def _check_pattern(self, shape: Shape, around: Surroundings) -> None:
        if self.positions is None and (self.n or self.m):
            raise CorruptError(f"sparse groups of {self.n}:{self.m} without positions")
        if self.bitmap is not None:
            if self.bitmap.element_type != dtypes.BOOL:
                raise CorruptError(f"sparse bitmap is {self.bitmap.element_type}, not bool")
            check_stored(self.bitmap, shape, around)
        elif self.gaps is not None:
            _check_unsigned("gaps", self.gaps)
            check_stored(self.gaps, (self.kept,), around)
        elif self.positions is not None:
            self._check_groups(shape)
            _check_unsigned("positions", self.positions)
            check_stored(self.positions, (self.kept,), around)

    def _check_groups(self, shape: Shape) -> None:
        if not (2 <= self.m <= LONGEST_GROUP and 1 <= self.n <= self.m):
            raise CorruptError(f"sparse groups of {self.n}:{self.m}; m is 2 to {LONGEST_GROUP}, n is 1 to m")
        if not shape or shape[-1] % self.m:
            raise CorruptError(f"groups of {self.m} do not divide the last axis of an array of shape {shape}")
        if self.kept != prod(shape) // self.m * self.n:
            raise CorruptError(f"{self.n}:{self.m} of an array of shape {shape} keeps {self.kept} elements")

    def _loaded_pattern(self, size: int, source: TensorSource) -> Array:
        """The elements of the one buffer of the pattern, which agree with the rest."""
        if self.bitmap is not None:
            bitmap = load(self.bitmap, source)
            if (count := int(np.count_nonzero(bitmap))) != self.kept:
                raise CorruptError(f"sparse bitmap keeps {count} elements, not {self.kept}")
            return bitmap
        if self.gaps is not None:
            gaps = load(self.gaps, source)
            if not gaps_fit(gaps, size):
                raise CorruptError(f"sparse gaps lead beyond the {size} elements of the array")
            return gaps
        assert self.positions is not None  # by `check`
        positions = load(self.positions, source)
        if not places_ascend(positions, self.n, self.m):
            raise CorruptError(f"sparse positions do not ascend within groups of {self.m}")
        return positions


@dataclass(frozen=True, slots=True)
class Sparse(Encoder):
    """Store only some of the values; the others become 0.

    Which are kept: those that are not zero, bit for bit (−0.0 is kept); or, with `sparsity` or a pattern such as `2:4`,
    those that cost most to leave out, by magnitude times the square root of importance, the earlier one of equals.

    Attributes:
        sparsity: fraction of the elements that become 0, 0 to 1; None: none that is not 0 already.
        pattern: how positions are stored: `bitmap`, `gaps`, `auto` (the smaller of the two); or, without `sparsity`,
            as `2:4`: 2 of each 4 consecutive elements along the last axis are kept, stored as places in groups; where 4
            does not divide that axis, of each 4 along the flattened axes after the first, stored as by `auto`.
        scope: what `sparsity` is a fraction of: `tensor`, or `row`: each index of the first axis.
        values: how the kept values are represented, an array with one axis.

    Raises:
        InvalidInputError: an option out of range, or both sparsity and groups.
    """

    sparsity: float | None = None
    pattern: str = "auto"
    scope: Scope = "tensor"
    values: Encoder = field(default_factory=Plain)
    kind: ClassVar[str] = "sparse"

    def __post_init__(self) -> None:
        checked_scope(self.scope)
        if self.sparsity is not None and not 0 <= self.sparsity <= 1:
            raise InvalidInputError(f"sparsity is a fraction from 0 to 1, not {self.sparsity}")
        if group_of(self.pattern) and self.sparsity is not None:
            raise InvalidInputError(f"the pattern {self.pattern} says how many are kept; sparsity is not needed")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> SparseNode:
        """See `Encoder.encode`; refuses n:m of an array without axes, and NaN where it prunes."""
        group = group_of(self.pattern)
        bitmap = self._bitmap(array, importance)
        kept = TypedArray(array.element_type, kept_values(bitmap.reshape(-1), array.storage.reshape(-1)))
        if importance is not None:
            importance = np.broadcast_to(importance, array.shape)[bitmap]
        values = self.values.encode(kept, importance=importance, threads=threads)
        if group and not group.divides(array.shape):
            group = None  # places can only tell whole groups along the last axis
        pattern = self._pattern(bitmap.reshape(-1), group, threads)
        n, m = (group.n, group.m) if group else (0, 0)
        return SparseNode(*pattern, n, m, kept.storage.size, values)

    def pruned(self, array: TypedArray, importance: Array | None, /) -> TypedArray:
        """An array with 0 where `encode` would not keep it; pruned once more, it stays as it is.

        Args:
            array: the values.
            importance: as in `encode`.

        Raises:
            InvalidInputError: as `encode`.
        """
        # Times one or zero: a choice by a mask takes five times as long, since its branches cannot be foreseen.
        bits = np.asarray(bits_of(array.storage) * self._bitmap(array, importance))
        return TypedArray(array.element_type, bits.view(array.storage.dtype))

    def _bitmap(self, array: TypedArray, importance: Array | None) -> Array:
        if array.element_type == dtypes.E8M0:
            raise InvalidInputError("e8m0 has no zero, so that it cannot be sparse")
        return kept_elements(array, self.sparsity, self.scope, group_of(self.pattern), importance)

    def _pattern(
        self, bitmap: Array, group: Group | None, threads: int
    ) -> tuple[Buffer | None, Buffer | None, Buffer | None]:
        """Bitmap, gaps and positions, of which two are None."""
        if group:
            return None, None, stored_places(bitmap, group, threads)
        if self.pattern == "bitmap":
            return stored_bitmap(bitmap, threads), None, None
        if self.pattern == "gaps":
            return None, stored_gaps(bitmap, threads), None
        return (*stored_smallest(bitmap, threads), None)


def _check_unsigned(what: str, buffer: Buffer) -> None:
    if buffer.element_type.kind != "unsigned":
        raise CorruptError(f"sparse {what} are {buffer.element_type}, not unsigned integers")
