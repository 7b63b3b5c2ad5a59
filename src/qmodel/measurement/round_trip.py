"""One method on one tensor: encoded, decoded again, and how far that is from what it was."""

from __future__ import annotations

from qmodel.encodings import Node
from qmodel.encodings.convert import convert, widen
from qmodel.encodings.node import NodeMemory
from qmodel.measurement.methods import Method
from qmodel.measurement.sample import Item
from qmodel.quality.error import ErrorSums
from qmodel.typed_array import TypedArray


def encoded(method: Method, item: Item, /) -> Node:
    """What the method makes of a tensor, by one thread.

    Raises:
        InvalidInputError: the tensor cannot be represented so.
        UnsupportedError: a library is missing.
    """
    return method.encoder(item.facts).encode(item.array)


def decoded(node: Node, item: Item, /) -> TypedArray:
    """The values of a node that was made of a tensor."""
    return node.decode(item.array.shape, NodeMemory())


def handed_out(node: Node, item: Item, /) -> TypedArray:
    """The same in the element type of the tensor, as a reader hands them out."""
    return convert(decoded(node, item), item.array.element_type)


def error_of(item: Item, values: TypedArray, /) -> ErrorSums:
    """The error of decoded values; none where they are not floats."""
    if not item.array.element_type.is_float:
        return ErrorSums()
    return ErrorSums().add(widen(item.array), widen(convert(values, item.array.element_type)))
