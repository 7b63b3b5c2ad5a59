"""Element types and their numbers in the schema (spec/types.md)."""

from __future__ import annotations

from qmodel import dtypes
from qmodel.dtypes import ElementType
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.v1 import types_pb2

_BY_NUMBER: dict[int, ElementType] = {
    number: dtypes.parse(name.removeprefix("ELEMENT_TYPE_").lower())
    for name, number in types_pb2.ElementType.items()
    if number != types_pb2.ELEMENT_TYPE_UNSPECIFIED
}
_NUMBERS = {element_type: number for number, element_type in _BY_NUMBER.items()}


def element_type_number(element_type: ElementType, /) -> int:
    """The number of an element type.

    Raises:
        InvalidInputError: it is one of those that only values inside a network have.
    """
    number = _NUMBERS.get(element_type)
    if number is None:
        raise InvalidInputError(f"no file holds the element type {element_type}; convert it to another float")
    return number


def element_type_of(number: int, /) -> ElementType:
    """The element type of a number.

    Raises:
        CorruptError: there is no such type.
    """
    element_type = _BY_NUMBER.get(number)
    if element_type is None:
        raise CorruptError(f"element type number {number} does not exist")
    return element_type
