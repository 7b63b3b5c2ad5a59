"""Checks of what the caller gives to a run, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qmodel.dtypes import Array, ElementType, element_type_of_value
from qmodel.errors import InvalidInputError
from qmodel.graph import Value


def check_inputs(declared: Sequence[Value], given: Mapping[str, Array], /) -> dict[str, Array]:
    """Hold the arrays given against the graph's inputs.

    Returns:
        The arrays by name, native-endian.

    Raises:
        InvalidInputError: an input is missing or unexpected, is no array, has the wrong element type, rank or axis
            length, or two axes with the same symbol differ.
    """
    _check_names(declared, given)
    symbols: dict[str, tuple[int, str]] = {}
    checked = {}
    for value in declared:
        array = _checked_array(value, given[value.name])
        _check_shape(value, array.shape, symbols)
        checked[value.name] = array.astype(array.dtype.newbyteorder("="), copy=False)
    return checked


def _check_names(declared: Sequence[Value], given: Mapping[str, Array]) -> None:
    wanted = [value.name for value in declared]
    missing = [name for name in wanted if name not in given]
    unexpected = [name for name in given if name not in wanted]
    if missing:
        raise InvalidInputError(f"input {missing[0]!r} is missing; wanted {wanted}, got {list(given)}")
    if unexpected:
        raise InvalidInputError(f"the graph has no input {unexpected[0]!r}; wanted {wanted}, got {list(given)}")


def _checked_array(value: Value, given: Array) -> Array:
    if not isinstance(given, np.ndarray | np.generic):
        raise InvalidInputError(f"input {value.name!r}: wanted a NumPy array, got {type(given).__name__}")
    array = np.asarray(given)
    got = _element_type(value, array)
    if got != value.element_type:
        can_convert = got.is_float and not value.element_type.stored_as_bits
        advice = f"; convert it with .astype({value.element_type.storage.name!r})" if can_convert else ""
        raise InvalidInputError(f"input {value.name!r}: wanted element type {value.element_type}, got {got}{advice}")
    return array


def _element_type(value: Value, array: Array) -> ElementType:
    try:
        return element_type_of_value(array.dtype)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"input {value.name!r}: wanted element type {value.element_type}, got dtype {array.dtype}"
        ) from error


def _check_shape(value: Value, shape: tuple[int, ...], symbols: dict[str, tuple[int, str]]) -> None:
    if value.shape is None:
        return
    if len(shape) != len(value.shape):
        raise InvalidInputError(
            f"input {value.name!r}: wanted {len(value.shape)} axes {_show(value.shape)}, got {len(shape)}: {shape}"
        )
    for axis, (wanted, got) in enumerate(zip(value.shape, shape, strict=True)):
        if isinstance(wanted, str):
            known, where = symbols.setdefault(wanted, (got, f"axis {axis} of input {value.name!r}"))
            if known != got:
                raise InvalidInputError(
                    f"input {value.name!r}, axis {axis}: symbol {wanted!r} is {known} by {where}, got {got}"
                )
        elif wanted is not None and wanted != got:
            raise InvalidInputError(
                f"input {value.name!r}, axis {axis}: wanted length {wanted}, got {got}; wanted shape "
                f"{_show(value.shape)}, got {shape}"
            )


def _show(shape: tuple[int | str | None, ...]) -> str:
    return f"({', '.join('?' if length is None else str(length) for length in shape)})"
