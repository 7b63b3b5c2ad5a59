"""Errors that say where the data they are about comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qmodel.errors import InvalidInputError


@contextmanager
def naming(where: object, /) -> Iterator[None]:
    """Put a place, such as a path, before the message of an InvalidInputError."""
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from None
