"""`codebook`: entries[index], a palette of numbers or vectors (spec/encodings/codebook.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, prod
from typing import ClassVar, Literal

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, CodingChoice, load, store
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.codebook_fit import TABLES, Fit, palette_type, palettes
from qmodel.encodings.convert import widen
from qmodel.encodings.importance import checked_importance
from qmodel.encodings.node import Encoder, Node, NodeMemory, Shape, Surroundings, TensorSource, check_size, check_stored
from qmodel.encodings.plain import Plain
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.codebook import lookup, nearest
from qmodel.kernels.vector_kmeans import nearest_vectors
from qmodel.limits import MAX_ELEMENTS
from qmodel.typed_array import TypedArray

MAX_ENTRIES = 1 << 16
MAX_VECTOR_LENGTH = 64
_MAX_INDEX_BITS = 16
# The sum of a whole tensor of such numbers is still finite.
_LARGEST_MAGNITUDE = 1e290


@dataclass(frozen=True, slots=True)
class CodebookNode(Node):
    """entries[index]; see the message `Codebook` for the fields."""

    indices: Buffer
    entries: Node
    vector_length: int
    groups: int
    entry_count: int
    kind: ClassVar[str] = "codebook"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return self.entries.result_type(around)

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        index_type = self.indices.element_type
        if index_type.kind != "unsigned" or index_type.bits > _MAX_INDEX_BITS:
            raise CorruptError(f"codebook indices are {index_type}, not u1 to u{_MAX_INDEX_BITS}")
        if not 1 <= self.entry_count <= MAX_ENTRIES:
            raise CorruptError(f"codebook palettes of {self.entry_count} entries; 1 to {MAX_ENTRIES} are possible")
        if not 1 <= self.vector_length <= MAX_VECTOR_LENGTH:
            raise CorruptError(
                f"codebook vectors of {self.vector_length} elements; 1 to {MAX_VECTOR_LENGTH} are allowed"
            )
        if self.vector_length > 1 and (not shape or shape[-1] % self.vector_length):
            raise CorruptError(f"codebook vectors of {self.vector_length} elements do not divide the shape {shape}")
        vectors = prod(shape) // self.vector_length
        if self.groups < 1 or vectors % self.groups:
            raise CorruptError(f"{vectors} codebook vectors cannot be divided among {self.groups} palettes")
        if (elements := prod(self._entries_shape)) > MAX_ELEMENTS:
            raise CorruptError(f"codebook palettes of {elements} elements; at most {MAX_ELEMENTS} are allowed")
        check_stored(self.indices, (vectors,), around)
        self.entries.check(self._entries_shape, around)
        check_size(shape, self.result_type(around), around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        entries = self.entries.decode(self._entries_shape, source)
        indices = load(self.indices, source)
        if not indices.size:
            return TypedArray(entries.element_type, np.empty(shape, entries.storage.dtype))
        largest = int(indices.max())
        if largest >= self.entry_count:
            raise CorruptError(f"codebook index {largest} in a palette of {self.entry_count} entries")
        found = lookup(indices.reshape(self.groups, -1), entries.storage)
        return TypedArray(entries.element_type, found.reshape(shape))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        vectors = f" of {self.vector_length}" if self.vector_length > 1 else ""
        groups = f" in {self.groups} groups" if self.groups > 1 else ""
        return f"codebook({self.entry_count} entries{vectors}{groups}, {self.entries.spelled()})"

    @property
    def _entries_shape(self) -> Shape:
        return (self.groups, self.entry_count, self.vector_length)


@dataclass(frozen=True, slots=True)
class Codebook(Encoder):
    """Replace each number, or each short vector, by the nearest entry of a palette.

    Palettes are made by k-means, optimal or nearly so for numbers, good for vectors; or they are a fixed table. An
    array with no more distinct values than entries is represented exactly, by a palette that is as small as can be.

    Attributes:
        bits: width of an index, 1 to 16, so that a palette has 2^bits entries.
        entries: number of entries of a palette instead, 1 to 65,536.
        vector_length: number of consecutive elements along the last axis that an index stands for, 1 to 64.
        per: which elements share a palette: `tensor` all, `row` those of one index of the first axis, a number those of
            about so many rows. An array of one axis is one row.
        table: a fixed palette: `nf4` (16 quantiles of the normal distribution from −1 to 1, for use inside an affine),
            `uniform` (2^bits evenly spaced numbers over the range of each group), or the numbers themselves; None:
            k-means.
        interpolate: with a table, move each entry to the mean of the values nearest to it; k-means always does.
        palette: how the entries are stored; None: as f16 where that costs next to nothing, else as exactly as needed.
        coding: how the bytes of the indices are stored; None: by what the size turns out to be.

    Raises:
        InvalidInputError: a number out of range, an unknown table, or a table together with vectors or entries.
    """

    bits: int = 4
    entries: int | None = None
    vector_length: int = 1
    per: Literal["tensor", "row"] | int = "tensor"
    table: str | tuple[float, ...] | None = None
    interpolate: bool = False
    palette: Encoder | None = None
    coding: CodingChoice | None = None
    kind: ClassVar[str] = "codebook"

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= _MAX_INDEX_BITS:
            raise InvalidInputError(f"codebook indices have 1 to {_MAX_INDEX_BITS} bits, not {self.bits}")
        if self.entries is not None and not 1 <= self.entries <= MAX_ENTRIES:
            raise InvalidInputError(f"a palette has 1 to {MAX_ENTRIES} entries, not {self.entries}")
        if not 1 <= self.vector_length <= MAX_VECTOR_LENGTH:
            raise InvalidInputError(
                f"codebook vectors have 1 to {MAX_VECTOR_LENGTH} elements, not {self.vector_length}"
            )
        if self.per not in ("tensor", "row") and not (isinstance(self.per, int) and self.per >= 1):
            raise InvalidInputError(f"palettes are per 'tensor', 'row' or a number of rows, not {self.per!r}")
        if self.table is not None:
            self._check_table(self.table)

    def _check_table(self, table: str | tuple[float, ...]) -> None:
        if self.vector_length > 1:
            raise InvalidInputError("a table holds numbers; vectors need a palette made by k-means (table=None)")
        if isinstance(table, str):
            if table not in TABLES:
                raise InvalidInputError(f"unknown table {table!r}; known: {', '.join(TABLES)}")
        elif not 1 <= len(table) <= MAX_ENTRIES or not all(isfinite(np.float32(entry)) for entry in table):
            raise InvalidInputError(f"a table holds 1 to {MAX_ENTRIES} finite f32 numbers, not {table[:8]}")

    @property
    def largest_value(self) -> float | None:
        """See `Encoder.largest_value`: the largest magnitude in a fixed table."""
        numbers = TABLES.get(self.table) if isinstance(self.table, str) else self.table
        return None if numbers is None else max(abs(number) for number in numbers)

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> CodebookNode:
        """See `Encoder.encode`; refuses NaN, infinities, what is not a float, and vectors that do not fit."""
        values = self._accepted(array)
        groups = self._groups(array.shape)
        weights = None if importance is None else _weights(importance, array.shape, (groups, -1, self.vector_length))
        vectors = values.reshape(groups, values.size // (groups * self.vector_length), self.vector_length)
        fit = Fit(self.entry_count, self.table, self.interpolate)
        entries, exact = palettes(vectors, weights, fit)
        palette = self.palette or Plain(palette_type(entries, exact, array.element_type).name)
        typed = TypedArray.of(entries.astype(values.dtype))
        entries_node = palette.encode(typed, threads=threads)
        stored = widen(entries_node.decode(entries.shape, NodeMemory()))
        indices = _nearest(vectors, weights, stored.astype(values.dtype, copy=False))
        index_type = dtypes.unsigned(max((entries.shape[1] - 1).bit_length(), 1))
        buffer = store(indices, index_type, coding=self.coding, threads=threads)
        return CodebookNode(buffer, entries_node, self.vector_length, groups, entries.shape[1])

    @property
    def entry_count(self) -> int:
        """Number of entries of a palette made by k-means or `uniform`."""
        return self.entries if self.entries is not None else 1 << self.bits

    def _accepted(self, array: TypedArray) -> Array:
        if not array.element_type.is_float:
            raise InvalidInputError(f"codebook entries stand for floats, not {array.element_type}")
        if self.vector_length > 1 and (not array.shape or array.shape[-1] % self.vector_length):
            raise InvalidInputError(f"vectors of {self.vector_length} do not divide the last axis of {array.shape}")
        values = widen(array).reshape(-1)
        largest = max(-float(values.min()), float(values.max())) if values.size else 0.0
        if not largest <= _LARGEST_MAGNITUDE:
            raise InvalidInputError(
                f"a codebook needs finite numbers of at most {_LARGEST_MAGNITUDE:g}; "
                "add a rule that keeps this tensor a float type"
            )
        return values

    def _groups(self, shape: Shape) -> int:
        """Number of palettes: one for each row, or for as many rows as divide the array best."""
        if self.per == "tensor" or len(shape) < 2 or not prod(shape):
            return 1
        rows = shape[0]
        wanted = 1 if self.per == "row" else int(self.per)
        divisors = [length for length in range(1, rows + 1) if rows % length == 0]
        return rows // min(divisors, key=lambda length: (max(length / wanted, wanted / length), length))


def _weights(importance: Array, shape: Shape, grouped: Shape) -> Array | None:
    """Importance of the shape of the vectors; None where it says nothing, being 0 everywhere."""
    weights = checked_importance(importance, shape)
    if not prod(shape) or not np.any(weights):
        return None
    return np.broadcast_to(weights, shape).reshape(grouped)


def _nearest(vectors: Array, weights: Array | None, entries: Array) -> Array:
    """The index of the nearest entry for each vector, shape (groups, vectors of a group)."""
    if vectors.shape[2] == 1:
        return nearest(vectors[..., 0], entries[..., 0])
    indices = np.empty(vectors.shape[:2], np.uint8 if entries.shape[1] <= 256 else np.uint16)
    for group in range(len(vectors)):
        share = None if weights is None else weights[group]
        indices[group] = _nearest_vectors(vectors[group], share, entries[group])
    return indices


def _nearest_vectors(vectors: Array, weights: Array | None, entries: Array) -> Array:
    """As `nearest_vectors`, and exact where the entries are the distinct vectors, however close these are."""
    if len(np.unique(vectors[: 4 * len(entries)], axis=0)) <= len(entries):
        distinct, places = np.unique(vectors, axis=0, return_inverse=True)
        if np.array_equal(distinct, entries[: len(distinct)]):
            return places.reshape(-1)
    return nearest_vectors(vectors, weights, entries)
