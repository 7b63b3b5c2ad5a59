"""Encodes one tensor as a recipe says, and finds what it lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from qmodel.buffers.choices import coding_named
from qmodel.dtypes import Array, ElementType
from qmodel.encodings import AliasNode, DeltaNode, Encoder, Lossless, PlainNode, TensorSource
from qmodel.encodings.convert import convert, widen
from qmodel.encodings.delta import XOR
from qmodel.encodings.importance import checked_importance
from qmodel.encodings.node import Node
from qmodel.errors import InvalidInputError, QModelError
from qmodel.quality.error import ErrorSums
from qmodel.recipes.deltas import BaseFiles, EncodedMemory
from qmodel.recipes.recoding import with_coding
from qmodel.typed_array import TypedArray

_PIECE_ELEMENTS = 1 << 20
# The node, and what it lost; None where nothing.
Encoded: TypeAlias = tuple[Node, ErrorSums | None]


@dataclass(frozen=True, slots=True, eq=False)
class FetchedTensor:
    """A tensor that is to be encoded.

    Attributes:
        name: of the tensor.
        array: its values.
        encoder: as the recipe says.
        importance: see `Encoder.encode`.
        is_repeated: whether it is probably identical to one before it.
    """

    name: str
    array: TypedArray
    encoder: Encoder
    importance: Array | None
    is_repeated: bool

    def size(self) -> int:
        """Bytes that its values take in memory."""
        return self.array.storage.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class TensorEncoding:
    """Encodes tensors; may be called by several threads at once.

    Attributes:
        bases: that deltas name.
        coding: name of the coding of all stored arrays; None: as the encoder says.
        threads: number of threads that may work at once.
    """

    bases: BaseFiles
    coding: str | None
    threads: int

    def __call__(self, tensor: FetchedTensor, /) -> Encoded:
        """The node of a tensor and what it lost.

        Raises:
            InvalidInputError: it cannot be represented so; names it.
        """
        try:
            encoder = self.bases.resolved(tensor.encoder, tensor.name)
            shape, importance = tensor.array.shape, tensor.importance
            weights = None if importance is None else checked_importance(importance, shape)
            chosen = with_coding(encoder, coding_named(self.coding)) if self.coding else encoder
            node = chosen.encode(tensor.array, importance=weights, threads=self.threads)
            if isinstance(encoder, Lossless):
                return node, None
            return node, _errors(tensor.array, node, EncodedMemory(encoder, threads=self.threads))
        except QModelError as error:
            raise type(error)(f"tensor {tensor.name!r}: {error}") from None

    def unless_repeated(self, tensor: FetchedTensor, /) -> tuple[FetchedTensor, Encoded | None]:
        """The tensor and its node; None in place of it where an alias will probably do."""
        return tensor, None if tensor.is_repeated else self(tensor)


def _errors(array: TypedArray, node: Node, source: TensorSource) -> ErrorSums | None:
    """What the node lost, found by decoding it; None when it cannot have lost anything."""
    if _is_exact(node, array.element_type) or not array.element_type.is_float:
        return None
    decoded = node.decode(array.shape, source)
    before, after = array.storage.reshape(-1), decoded.storage.reshape(-1)
    errors = ErrorSums()
    for start in range(0, before.size, _PIECE_ELEMENTS):  # in pieces, since types may have to be widened first
        piece = slice(start, start + _PIECE_ELEMENTS)
        handed_out = convert(TypedArray(decoded.element_type, after[piece]), array.element_type)
        errors = errors.add(widen(TypedArray(array.element_type, before[piece])), widen(handed_out))
    if math.isinf(errors.max_abs_error):
        raise InvalidInputError(
            f"a value would not survive {node.spelled()}; add a rule that keeps this tensor as it is"
        )
    return errors


def _is_exact(node: Node, element_type: ElementType) -> bool:
    if isinstance(node, DeltaNode):
        return node.operation == XOR and isinstance(node.residual, PlainNode)
    return isinstance(node, AliasNode) or (isinstance(node, PlainNode) and node.buffer.element_type == element_type)
