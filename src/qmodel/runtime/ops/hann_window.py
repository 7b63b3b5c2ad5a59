"""The operator HannWindow."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator
from qmodel.runtime.taper import cosine_window

_FACTORS = (0.5, -0.5)


@operator("HannWindow", since=17, fresh=True, grows=True)
def hann_window(size: Array, /, *, memory_limit: int, output_datatype: int = 1, periodic: int = 1) -> Array:
    """The Hann window of a size, for a spectrum when `periodic`, else symmetric."""
    return cosine_window(
        size, _FACTORS, periodic=bool(periodic), output_datatype=output_datatype, memory_limit=memory_limit
    )
