"""The operator If."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.registry import Body, operator
from qmodel.runtime.scalars import truth


@operator("If", fresh=True)
def if_(condition: Array, /, *, then_branch: Body, else_branch: Body) -> tuple[Array, ...]:
    """What one of two bodies returns; the other is not run."""
    return (then_branch if truth(condition) else else_branch).owned()
