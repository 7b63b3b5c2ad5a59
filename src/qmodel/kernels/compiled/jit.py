"""The one way kernels are compiled: without the GIL, cached on disk where that is possible, IEEE arithmetic kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def jit(function: Function) -> Function:
    """Compile a kernel on its first call."""
    try:
        compiled: Function = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no writable place for numba's cache: compile anew in each process
        compiled = numba.njit(nogil=True)(function)
    return compiled
