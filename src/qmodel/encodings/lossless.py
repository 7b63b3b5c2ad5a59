"""`lossless`: every bit as it is, in the fewest bytes; the nodes it makes are `plain`, `codebook` or `affine`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from qmodel.buffers import Buffer
from qmodel.buffers.lossless_buffer import lossless_buffer
from qmodel.buffers.split import SPLIT_TYPES
from qmodel.buffers.storage import columns_of
from qmodel.dtypes import Array
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.codebook import CodebookNode
from qmodel.encodings.exact_forms import narrowed, palette, scaled_codes
from qmodel.encodings.node import Encoder, Node
from qmodel.encodings.node_size import node_file_bytes
from qmodel.encodings.plain import PlainNode
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class Lossless(Encoder):
    """Every bit as it is, NaN payloads included, in the fewest bytes.

    Floats are taken apart, and exponents and what else compresses coded by their frequencies. Floats that were
    something narrower before are stored as that, where it gives back the same bits: as float16 or bfloat16, as float16
    or integers times a scale for each channel, as a palette of few numbers.
    """

    kind: ClassVar[str] = "lossless"

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`."""
        return min(_candidates(array, threads), key=node_file_bytes)


def _candidates(array: TypedArray, threads: int) -> Iterator[Node]:
    if array.element_type in SPLIT_TYPES:
        if few := palette(array):
            entries, indices = PlainNode(_stored(few.entries, threads)), _stored(few.indices, threads)
            yield CodebookNode(indices, entries, 1, 1, few.entries.storage.size)
        array = narrowed(array)
        if scaled := scaled_codes(array):
            scale = PlainNode(_stored(scaled.scale, threads))
            yield AffineNode(PlainNode(_stored(scaled.codes, threads)), scale, None, scaled.block_shape)
            return
    yield PlainNode(_stored(array, threads))


def _stored(array: TypedArray, threads: int) -> Buffer:
    """The smallest buffer of an array's elements."""
    flat, columns = array.storage.reshape(-1), columns_of(array.shape)
    return lossless_buffer(flat, array.element_type, columns=columns, threads=threads)
