"""What all compiled loops over the lanes of a rANS stream have in common (spec/buffers/rans.md, "Decoding a lane")."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

# An element takes one word at most: so many elements need no look at the end of a lane that has as many words.
BLOCK = 16

_U = np.uint64
_ONE, _WORD_BITS = _U(1), _U(16)
_LOWEST_STATE = _U(1 << 16)


@jit
def start(words: Array, position: int, end: int) -> tuple[Any, int]:
    """State and position behind a lane's first words."""
    x = _ONE
    if position < end:
        x = _U(words[position])
        position += 1
    if position < end:
        x = (x << _WORD_BITS) | _U(words[position])
        position += 1
    return x, position


@jit
def refill(x: Any, position: Any, end: Any, words: Array) -> tuple[Any, Any]:
    """State and position behind the word that a low state takes. An end of None is one that cannot be reached."""
    if end is not None and position >= end:
        return x, position
    # The word is loaded anyway, so that no branch depends on chance.
    word, is_low = _U(words[_U(position)]), x < _LOWEST_STATE
    x = (x << _WORD_BITS) | word if is_low else x
    return x, position + is_low
