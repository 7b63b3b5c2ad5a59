"""The one way kernels are compiled: without the GIL, cached on disk where that is possible, IEEE arithmetic kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function) -> Function:
    """Compile a kernel on its first call."""
    try:
        compiled = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no writable place for numba's cache: compile anew in each process
        compiled = numba.njit(nogil=True)(function)
    return cast(Function, compiled)


def inlined(function: Function) -> Function:
    """Compile a kernel's smallest part, which then stands in place of each call: passing arrays to it costs as much."""
    return cast(Function, numba.njit(nogil=True, inline="always")(function))
