"""Logarithms to base 2 in 1/1024 bits, and what is made of them, by integers alone (spec/buffers/arithmetic.md).

Probabilities are whole numbers of 1/65,536. Their logit, the logarithm of the odds, is in 1/1024 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from qmodel.dtypes import Array

ONE = 1 << 16
BIT = 1 << 10
# Logits stop at 12 bits: a probability of 16 / 65,536.
LOGIT_LIMIT = 12 * BIT
# Powers of 2 are below 1 / 65,536 from 16 bits on.
POWER_LIMIT = 16 * BIT
# Logits are tabulated for every 16th probability.
LOGIT_SHIFT = 4

_MANTISSA_BITS = 25
_FRACTION_BITS = 11


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Tables that both sides make alike; int32, read-only.

    Attributes:
        logit: of shape (4096,), by probability >> 4.
        probability: by logit + `LOGIT_LIMIT`, of shape (2 * `LOGIT_LIMIT`,).
        softplus: log2(1 + 2^-u) by u, of shape (`LOGIT_LIMIT`,).
        power: 2^-d by d, of shape (`POWER_LIMIT`,).
    """

    logit: Array
    probability: Array
    softplus: Array
    power: Array


@cache
def tables() -> Tables:
    """The tables."""
    log = logarithms()
    logit = log[1:ONE] - log[ONE - 1 : 0 : -1]
    probability = 1 + np.searchsorted(logit, np.arange(-LOGIT_LIMIT, LOGIT_LIMIT))
    made = (
        logit[(1 << LOGIT_SHIFT - 1) - 1 :: 1 << LOGIT_SHIFT],
        probability,
        POWER_LIMIT - log[probability[LOGIT_LIMIT:]],
        np.minimum(np.searchsorted(log, POWER_LIMIT - np.arange(POWER_LIMIT)), ONE - 1),
    )
    narrow = [np.ascontiguousarray(table, np.int32) for table in made]
    for table in narrow:
        table.flags.writeable = False
    return Tables(*narrow)


def logarithms() -> Array:
    """The logarithm of each number: int64 of shape (65537,); that of 0 is -1, below all others.

    The fraction comes bit by bit from repeated squaring of the mantissa (as in Knuth, volume 1, 1.2.2, exercise 28).
    """
    number = np.arange(1, ONE + 1)
    exponent = np.frexp(number)[1].astype(np.int64) - 1
    mantissa = number << (_MANTISSA_BITS - exponent)
    fraction = np.zeros_like(mantissa)
    for _ in range(_FRACTION_BITS):
        mantissa = mantissa * mantissa >> _MANTISSA_BITS
        reached = mantissa >> _MANTISSA_BITS + 1
        mantissa >>= reached
        fraction = 2 * fraction + reached
    return np.concatenate(([-1], exponent * BIT + (fraction + 1 >> 1)))
