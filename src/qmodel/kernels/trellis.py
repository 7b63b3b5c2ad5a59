"""Decoding of trellis codes: the quantizer of each code, and the value (spec/encodings/trellis.md).

The state of a run is a linear function, over the field of two elements, of the parities before it. So eight steps are
one look-up, and the states of all runs come from a parallel prefix sum (Hillis and Steele 1986): long runs cost NumPy
no more than short ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import ModuleType

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.dispatch import compiled

_STEPS = 8  # as many as a byte has parities
# Temporary arrays of about so many elements stay in a core's cache.
_SLICE_ELEMENTS = 1 << 16


def quantizers(codes: Array, states: int, run_length: int, /) -> Array:
    """Which quantizer each code belongs to.

    Args:
        codes: signed integers, 1-D.
        states: number of states of the convolutional code.
        run_length: elements of each run but the last, which may be shorter; at least 1.

    Returns:
        uint8, 0 or 1, of the shape of codes.
    """
    out = np.empty(codes.shape, np.uint8)
    run_length = min(run_length, max(codes.size, 1))
    module = compiled("trellis", codes.size)
    for part in _whole_runs(codes.size, run_length):
        out[part] = _quantizers(codes[part], states, run_length, module)
    return out


def reconstruct(codes: Array, step: np.float32, states: int, run_length: int, /) -> Array:
    """The values of codes: level times step, rounded once.

    Args:
        codes: signed integers of magnitudes below 2^23, 1-D.
        step: of the quantizers.
        states: number of states of the convolutional code.
        run_length: elements of each run but the last, which may be shorter; at least 1.

    Returns:
        float32 of the shape of codes.
    """
    out = np.empty(codes.shape, np.float32)
    run_length = min(run_length, max(codes.size, 1))
    module = compiled("trellis", codes.size)
    for part in _whole_runs(codes.size, run_length):
        chosen = _quantizers(codes[part], states, run_length, module)
        (module.scale if module else _scale)(codes[part], chosen, step, out[part])
    return out


def levels_of(codes: Array, quantizer: Array, /) -> Array:
    """The level of each code, in steps, as int32: 2k in quantizer 0, 2k + 1 in quantizer 1."""
    levels = codes.astype(np.int32)
    levels += levels
    levels += quantizer
    return levels


@cache
def _bytewise(states: int) -> tuple[Array, Array, Array, Array]:
    """Tables of eight steps, all linear.

    Returns:
        The state after a state, all parities even, and that after the parities of a byte, from state 0, uint16; the
        quantizers, a bit each, of a state, and of a byte, uint8.
    """
    after_state, after_byte = np.arange(states, dtype=np.uint16), np.zeros(256, np.uint16)
    chosen_by_state, chosen_by_byte = np.zeros(states, np.uint8), np.zeros(256, np.uint8)
    parities, table = np.arange(256), transitions(states)
    for step in range(_STEPS):
        chosen_by_state |= (after_state & 1).astype(np.uint8) << step
        chosen_by_byte |= (after_byte & 1).astype(np.uint8) << step
        after_state, after_byte = table[after_state, 0], table[after_byte, parities >> step & 1]
    return after_state, after_byte, chosen_by_state, chosen_by_byte


def _quantizers(codes: Array, states: int, run_length: int, module: ModuleType | None) -> Array:
    tables = _bytewise(states)
    if module:
        out = np.empty(codes.shape, np.uint8)
        module.quantizers(codes, *tables, run_length, out)
        return out
    after_state, after_byte, chosen_by_state, chosen_by_byte = tables
    parities = _parity_bytes(codes, run_length)
    state = after_byte[parities]
    jump, distance = after_state, 1
    while distance < state.shape[1]:
        state[:, distance:] ^= jump[state[:, :-distance]]
        jump, distance = jump[jump], 2 * distance
    chosen = chosen_by_byte[parities]
    chosen[:, 1:] ^= chosen_by_state[state[:, :-1]]
    return np.unpackbits(chosen, axis=1, count=run_length, bitorder="little").reshape(-1)[: codes.size]


def _scale(codes: Array, chosen: Array, step: np.float32, out: Array) -> None:
    with np.errstate(over="ignore", under="ignore"):
        np.multiply(levels_of(codes, chosen), step, out=out, dtype=np.float32, casting="same_kind")


def _parity_bytes(codes: Array, run_length: int) -> Array:
    """Parities of codes, eight a byte, the first lowest: shape (runs, bytes of a run)."""
    runs = -(-codes.size // run_length)
    odd = np.zeros(runs * run_length, np.uint8)
    np.bitwise_and(codes, 1, out=odd[: codes.size], casting="unsafe")
    return np.packbits(odd.reshape(runs, run_length), axis=1, bitorder="little")


def _whole_runs(size: int, run_length: int) -> Iterator[slice]:
    """Slices of whole runs of elements; only the last may end within one."""
    length = max(_SLICE_ELEMENTS // run_length, 1) * run_length
    for start in range(0, size, length):
        yield slice(start, min(start + length, size))
