"""The operator Reshape."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("Reshape", since=5)
def reshape(x: Array, shape: Array, /, *, allowzero: int = 0) -> Array:
    """The same elements in another shape: -1 once for what remains, 0 for the input's length unless `allowzero`."""
    wanted = [int(length) for length in shape]
    if not allowzero:
        if any(length == 0 and axis >= x.ndim for axis, length in enumerate(wanted)):
            raise GraphError(f"shape {wanted} copies an axis that the input of shape {x.shape} lacks")
        wanted = [x.shape[axis] if length == 0 else length for axis, length in enumerate(wanted)]
    elif 0 in wanted and -1 in wanted:
        raise GraphError(f"shape {wanted} has both 0 and -1, which allowzero forbids")
    return x.reshape(wanted)
