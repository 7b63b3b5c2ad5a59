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
