"""`hashed`: the parameters are the buckets of a hash table, shared by many elements (spec/encodings/hashed.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers.parallel import parallel_map
from qmodel.dtypes import Array, ElementType, bits_of
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.plain import Plain
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.hashing import MAX_BUCKETS, spread, sums_of_buckets
from qmodel.typed_array import TypedArray

_DEFAULT_COMPRESSION = 8.0
# What one thread fills at a time; a multiple of what the kernel takes.
_PIECE_ELEMENTS = 1 << 22
_PLAIN = Plain()


@dataclass(frozen=True, slots=True)
class HashedNode(Node):
    """buckets[hash(i)] with the sign that the hash says; see the message `Hashed` for the fields."""

    buckets: Node
    bucket_count: int
    seed: int
    kind: ClassVar[str] = "hashed"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return self.buckets.result_type(around)

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if not 1 <= self.bucket_count <= MAX_BUCKETS:
            raise CorruptError(f"hashed has {self.bucket_count} buckets, not 1 to {MAX_BUCKETS}")
        self.buckets.check((self.bucket_count,), around)
        result_type = self.result_type(around)
        if not result_type.is_float or result_type == dtypes.E8M0:
            raise CorruptError(f"hashed buckets are {result_type}, not floats with a sign")
        check_size(shape, result_type, around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        buckets = self.buckets.decode((self.bucket_count,), source)
        values = np.empty(shape, buckets.storage.dtype)
        table, target, sign_bit = bits_of(buckets.storage), bits_of(values.reshape(-1)), buckets.element_type.bits - 1

        def fill(start: int) -> None:
            spread(table, target[start : start + _PIECE_ELEMENTS], self.seed, sign_bit, start=start)

        parallel_map(fill, range(0, target.size, _PIECE_ELEMENTS), threads=source.threads)
        return TypedArray(buckets.element_type, values)

    def spelled(self) -> str:
        """See `Node.spelled`."""
        return f"hashed({self.buckets.spelled()}, {self.bucket_count} buckets)"


@dataclass(frozen=True, slots=True)
class Hashed(Encoder):
    """Share a few parameters among all elements by a hash (HashedNets, Chen et al. 2015).

    Each parameter becomes the mean of the values it stands for, weighted by their importance, which is the choice of
    least squared error. Trained networks lose much by it; networks trained with the same hash lose nothing.

    Attributes:
        compression: number of elements for each parameter, at least 1; 8 when nothing is said.
        buckets: number of parameters instead.
        seed: of the hash, 0 to 2^32 − 1.
        values: how the parameters are stored.

    Raises:
        InvalidInputError: an option out of its range, or compression and buckets together.
    """

    compression: float | None = None
    buckets: int | None = None
    seed: int = 0
    values: Encoder = _PLAIN
    kind: ClassVar[str] = "hashed"

    def __post_init__(self) -> None:
        if self.compression is not None and self.buckets is not None:
            raise InvalidInputError("hashed takes a compression or a number of buckets, not both")
        if self.compression is not None and not (isfinite(self.compression) and self.compression >= 1):
            raise InvalidInputError(f"hashed compression is a number of at least 1, not {self.compression}")
        if self.buckets is not None and not 1 <= self.buckets <= MAX_BUCKETS:
            raise InvalidInputError(f"hashed takes 1 to {MAX_BUCKETS} buckets, not {self.buckets}")
        if not 0 <= self.seed < 1 << 32:
            raise InvalidInputError(f"hashed seeds are 0 to 2^32 - 1, not {self.seed}")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> HashedNode:
        """See `Encoder.encode`; refuses NaN, infinities and what is not a float."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"hashed buckets stand for floats, not {array.element_type}")
        values = widen(array)
        if not np.isfinite(values).all():
            raise InvalidInputError("hashed buckets cannot stand for NaN or infinity")
        weights = None if importance is None else np.broadcast_to(importance, array.shape).reshape(-1)
        bucket_count = self._bucket_count(values.size)
        sums, totals = sums_of_buckets(values.reshape(-1), weights, bucket_count, self.seed)
        if not (np.isfinite(sums).all() and np.isfinite(totals).all()):
            raise InvalidInputError("the values that share a bucket are too large to be added")
        means = np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0).astype(values.dtype)
        stored = self.values.encode(TypedArray.of(means), importance=totals, threads=threads)
        return HashedNode(stored, bucket_count, self.seed)

    def _bucket_count(self, size: int) -> int:
        if self.buckets is not None:
            return self.buckets
        wanted = round(size / (self.compression or _DEFAULT_COMPRESSION))
        return min(max(wanted, 1), MAX_BUCKETS)
