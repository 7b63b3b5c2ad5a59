"""Chooses between a kernel's NumPy version and its compiled twin; both give the same bits."""

from __future__ import annotations

import importlib
import importlib.util
import os
from functools import cache
from types import ModuleType

# Importing numba takes about half a second, and a first compilation more: less work than this, in all, is done sooner
# in NumPy.
_WORTH_COMPILING = 1 << 20

_loaded: dict[str, ModuleType] = {}
_work_so_far: dict[str, int] = {}


@cache
def compiling_possible() -> bool:
    """Whether numba is installed and the environment variable QMODEL_COMPILED is not 0."""
    return os.environ.get("QMODEL_COMPILED", "1") != "0" and importlib.util.find_spec("numba") is not None


def compiled(kernel: str, size: int) -> ModuleType | None:
    """The compiled twin of a kernel, when numba is there and the work is large enough.

    Args:
        kernel: name of the module in `qmodel.kernels`.
        size: number of elements to be worked on; more where NumPy is slow for each.

    Returns:
        The module of the same name in `qmodel.kernels.compiled`, or None when the NumPy version should be used.
    """
    if module := _loaded.get(kernel):
        return module
    work = _work_so_far[kernel] = _work_so_far.get(kernel, 0) + size
    if work < _WORTH_COMPILING or not compiling_possible():
        return None
    return _loaded.setdefault(kernel, importlib.import_module(f"qmodel.kernels.compiled.{kernel}"))
