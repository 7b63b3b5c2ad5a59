"""The convolutional codes that join two quantizers into a trellis (spec/encodings/trellis.md).

Ungerboeck's codes of rate 1/2 (1982, "Channel coding with multilevel/phase signals", IEEE Trans. Inf. Theory 28):
systematic, with feedback, of the largest free distance for amplitude modulation.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from qmodel.dtypes import Array

# Parity-check polynomials (h0, h1), the lowest bit for delay 0.
PARITY_CHECKS = {
    4: (0o5, 0o2),
    8: (0o13, 0o4),
    16: (0o23, 0o4),
    32: (0o45, 0o10),
    64: (0o103, 0o24),
    128: (0o235, 0o126),
    256: (0o515, 0o362),
}
STATE_COUNTS = tuple(PARITY_CHECKS)


@cache
def transitions(states: int) -> Array:
    """The state after each state and parity of a code.

    Args:
        states: one of `STATE_COUNTS`.

    Returns:
        uint8 of shape (states, 2): entry [w, p] follows state w when the code k is even (p = 0) or odd (p = 1).
        Read-only.
    """
    feedback, forward = (check >> 1 for check in PARITY_CHECKS[states])
    state = np.arange(states)
    chosen = state & 1
    table = np.empty((states, 2), np.uint8)
    for parity in (0, 1):
        table[:, parity] = (state >> 1) ^ (chosen * feedback) ^ ((parity ^ chosen) * forward)
    table.flags.writeable = False
    return table


def quantizer(state: Array | int) -> Array | int:
    """Which of the two quantizers, 0 or 1, a state selects for the next value."""
    return state & 1
