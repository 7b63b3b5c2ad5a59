"""Compiled twin of `qmodel.kernels.trellis`: a state machine for each run, eight steps at a time."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def quantizers(
    codes: Array,
    after_state: Array,
    after_byte: Array,
    chosen_by_state: Array,
    chosen_by_byte: Array,
    run_length: int,
    out: Array,
) -> None:
    """As `qmodel.kernels.trellis.quantizers`, with the tables of eight steps."""
    for start in range(0, codes.size, run_length):
        stop = min(start + run_length, codes.size)
        state = np.uint16(0)
        for first in range(start, stop - 7, 8):
            parities = np.uint8(0)
            for i in range(8):
                parities |= np.uint8((codes[first + i] & 1) << i)
            chosen = chosen_by_state[state] ^ chosen_by_byte[parities]
            for i in range(8):
                out[first + i] = (chosen >> np.uint8(i)) & np.uint8(1)
            state = after_state[state] ^ after_byte[parities]
        first = stop - (stop - start) % 8
        parities = np.uint8(0)
        for i in range(first, stop):
            parities |= np.uint8((codes[i] & 1) << (i - first))
        chosen = chosen_by_state[state] ^ chosen_by_byte[parities]
        for i in range(first, stop):
            out[i] = (chosen >> np.uint8(i - first)) & np.uint8(1)


@jit
def scale(codes: Array, chosen: Array, step: np.float32, out: Array) -> None:
    """The values of codes of the given quantizers; the product is an exact float64, so that it is rounded once."""
    for i in range(codes.size):
        out[i] = (2 * np.int32(codes[i]) + np.int32(chosen[i])) * step
