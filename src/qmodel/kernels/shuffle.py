"""Byte shuffle: all first bytes of the elements, then all second bytes, and so on.

Bytes of equal significance resemble each other, so a byte codec that follows finds longer repeats.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.kernels.dispatch import compiled

_ELEMENT_BYTES = (2, 4, 8)


def shuffle(data: Array, element_bytes: int, /) -> Array:
    """Bring bytes of equal place together.

    Args:
        data: uint8, one axis, a multiple of `element_bytes` long.
        element_bytes: 2, 4 or 8.

    Returns:
        uint8 of the shape of `data`: byte b of element i stands at b · elements + i.

    Raises:
        InvalidInputError: the width is not allowed, or `data` has another dtype, rank or length.
    """
    source = _checked(data, element_bytes)
    out = np.empty_like(source)
    if module := compiled("shuffle", source.size):
        return np.asarray(module.shuffle_into(source, element_bytes, out))
    return shuffle_into(source, element_bytes, out)


def unshuffle(data: Array, element_bytes: int, /, *, out: Array | None = None) -> Array:
    """Undo `shuffle`.

    Args:
        data: uint8, one axis, a multiple of `element_bytes` long.
        element_bytes: 2, 4 or 8.
        out: where to put the result: uint8, C-contiguous, of the shape of `data`, apart from it in memory.

    Returns:
        `out`, or a new array.

    Raises:
        InvalidInputError: the width is not allowed, or an array has another dtype, rank or length.
    """
    source = _checked(data, element_bytes)
    if out is None:
        out = np.empty_like(source)
    elif out.dtype != np.uint8 or out.shape != source.shape or not out.flags.c_contiguous:
        raise InvalidInputError(f"out must be contiguous uint8 of shape {source.shape}, not {out.dtype} {out.shape}")
    if module := compiled("shuffle", source.size):
        return np.asarray(module.unshuffle_into(source, element_bytes, out))
    return unshuffle_into(source, element_bytes, out)


def shuffle_into(data: Array, element_bytes: int, out: Array, /) -> Array:
    """Fill `out` with the shuffled `data`: the reference."""
    out.reshape(element_bytes, -1)[:] = data.reshape(-1, element_bytes).T
    return out


def unshuffle_into(data: Array, element_bytes: int, out: Array, /) -> Array:
    """Fill `out` with the elements whose shuffled bytes are `data`: the reference."""
    planes = data.reshape(element_bytes, -1)
    elements = out.reshape(-1, element_bytes)
    # Plane by plane: assigning the transpose at once walks all planes for each element, at half the speed.
    for place in range(element_bytes):
        elements[:, place] = planes[place]
    return out


def _checked(data: Array, element_bytes: int) -> Array:
    if element_bytes not in _ELEMENT_BYTES:
        raise InvalidInputError(f"byte shuffle works on elements of 2, 4 or 8 bytes, not {element_bytes}")
    if data.dtype != np.uint8 or data.ndim != 1 or data.size % element_bytes:
        raise InvalidInputError(
            f"byte shuffle takes uint8 with one axis, a multiple of {element_bytes} long, "
            f"not {data.dtype} of shape {data.shape}"
        )
    return np.ascontiguousarray(data)
