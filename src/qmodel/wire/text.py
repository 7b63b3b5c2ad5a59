"""Rules for names: their length, their order, and that they are unique (spec/manifest.md, "Names")."""

from __future__ import annotations

from collections.abc import Sequence

from qmodel.errors import CorruptError
from qmodel.limits import MAX_NAME_BYTES


def utf8_order(name: str, /) -> bytes:
    """Sort key: the bytes of a name's UTF-8."""
    return name.encode()


def check_names(what: str, names: Sequence[str], /) -> None:
    """Check that names have 1 to 1,024 bytes and stand in ascending order without repetition.

    Raises:
        CorruptError: a name breaks the rule.
    """
    before = b""
    for name in names:
        encoded = name.encode()
        if not 1 <= len(encoded) <= MAX_NAME_BYTES:
            raise CorruptError(f"{what} name of {len(encoded)} bytes; 1 to {MAX_NAME_BYTES} are allowed")
        if encoded <= before:
            problem = "appears twice" if encoded == before else "is out of order"
            raise CorruptError(f"{what} name {name!r} {problem}")
        before = encoded


def check_text(what: str, text: str, /, *, empty_allowed: bool = True) -> None:
    """Check the length of a name that need not be unique.

    Raises:
        CorruptError: it has more than 1,024 bytes, or none where that is not allowed.
    """
    size = len(text.encode())
    if size > MAX_NAME_BYTES or (not size and not empty_allowed):
        least = 0 if empty_allowed else 1
        raise CorruptError(f"{what} name of {size} bytes; {least} to {MAX_NAME_BYTES} are allowed")
