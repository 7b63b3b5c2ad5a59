"""Values that a body hands from one iteration to the next."""

from __future__ import annotations

from collections.abc import Sequence

from qmodel.dtypes import Array
from qmodel.errors import GraphError


def require_same_dtypes(before: Sequence[Array], after: Sequence[Array], /) -> None:
    """Refuse a state whose dtype changes; `after` may have more arrays behind the states.

    Raises:
        GraphError: a dtype differs.
    """
    for position, (old, new) in enumerate(zip(before, after, strict=False)):
        if old.dtype != new.dtype:
            raise GraphError(f"state {position} must keep its element type {old.dtype}, the body made it {new.dtype}")
