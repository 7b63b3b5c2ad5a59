"""The one way kernels are compiled: without the GIL, cached on disk where that is possible, IEEE arithmetic kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function) -> Function:
    """Compile a kernel on its first call."""
    return _compile(function)


def jit_dividing(function: Function) -> Function:
    """As `jit`, but x/0 is what IEEE says: checks of divisors would keep loops out of vector registers."""
    return _compile(function, error_model="numpy")


def inlined(function: Function) -> Function:
    """Compile a kernel's smallest part, which then stands in place of each call: passing arrays to it costs as much."""
    return cast(Function, numba.njit(nogil=True, inline="always")(function))


def _compile(function: Function, **options: Any) -> Function:
    try:
        compiled = numba.njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:  # no writable place for numba's cache: compile anew in each process
        compiled = numba.njit(nogil=True, **options)(function)
    return cast(Function, compiled)
