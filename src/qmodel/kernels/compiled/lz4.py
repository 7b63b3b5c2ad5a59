"""Compiled twin of `qmodel.kernels.lz4`, from the same text."""

from __future__ import annotations

from qmodel.kernels import lz4
from qmodel.kernels.compiled.jit import jit

find_null_offset = jit(lz4.find_null_offset)
