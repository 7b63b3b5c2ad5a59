"""The convolutional codes that join two quantizers into a trellis (spec/encodings/trellis.md).

Codes of rate 1/2, systematic, with feedback, as Ungerboeck has them (1982, "Channel coding with multilevel/phase
signals", IEEE Trans. Inf. Theory 28). Those of 4 and 8 states are his; the others were found by a search among all, or
from 512 states on among many, for the least squared error of evenly distributed values.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from qmodel.dtypes import Array

# Parity-check polynomials (h0, h1), the lowest bit for delay 0.
PARITY_CHECKS = {
    4: (0o5, 0o2),
    8: (0o13, 0o4),
    16: (0o23, 0o10),
    32: (0o43, 0o24),
    64: (0o167, 0o26),
    128: (0o247, 0o102),
    256: (0o523, 0o212),
    512: (0o1243, 0o432),
    1024: (0o2621, 0o1012),
    2048: (0o4405, 0o3002),
}
STATE_COUNTS = tuple(PARITY_CHECKS)


@cache
def transitions(states: int) -> Array:
    """The state after each state and parity of a code.

    Args:
        states: one of `STATE_COUNTS`.

    Returns:
        uint16 of shape (states, 2): entry [w, p] follows state w when the code k is even (p = 0) or odd (p = 1).
        Read-only.
    """
    feedback, forward = (check >> 1 for check in PARITY_CHECKS[states])
    state = np.arange(states)
    chosen = state & 1
    table = np.empty((states, 2), np.uint16)
    for parity in (0, 1):
        table[:, parity] = (state >> 1) ^ (chosen * feedback) ^ ((parity ^ chosen) * forward)
    table.flags.writeable = False
    return table


def quantizer(state: Array | int) -> Array | int:
    """Which of the two quantizers, 0 or 1, a state selects for the next value."""
    return state & 1
