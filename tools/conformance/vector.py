"""One file of the set."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Vector:
    """One file of the set.

    Attributes:
        name: of the file, without its ending, below valid/ or invalid/.
        data: the file.
        entry: what the index says of it.
        expected: what a valid one decodes to.
    """

    name: str
    data: bytes
    entry: dict[str, Any]
    expected: dict[str, Any] | None = None
