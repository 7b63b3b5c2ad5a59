"""The operator Erf."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.error_function import erf as error_function
from qmodel.runtime.registry import operator


@operator("Erf", since=9, fresh=True)
def erf(x: Array, /) -> Array:
    """Error function, of x's dtype."""
    return error_function(x)
