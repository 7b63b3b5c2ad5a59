"""Fourier transforms of signals whose last axis holds the real part, or real and imaginary part."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError


def as_complex(x: Array, /) -> Array:
    """The last axis gone: real numbers where it has length 1, complex ones where it has length 2.

    Raises:
        GraphError: it has another length.
    """
    if x.ndim < 2 or x.shape[-1] not in (1, 2):
        raise GraphError(f"the last axis must hold one or two parts of each number, got shape {x.shape}")
    values = x.astype(np.float32) if x.dtype.itemsize < 4 else x
    return values[..., 0] if x.shape[-1] == 1 else values[..., 0] + 1j * values[..., 1]


def as_parts(x: Array, dtype: np.dtype[np.generic], /) -> Array:
    """Complex numbers as a last axis of real and imaginary part."""
    return np.stack([x.real, x.imag], axis=-1).astype(dtype, copy=False)


def transform(x: Array, length: int, axis: int, /, *, inverse: bool, onesided: bool) -> Array:
    """The discrete Fourier transform along an axis, cut or filled with zeros to a length.

    Onesided, half of the spectrum of a real signal: made from the signal, or with `inverse` the signal made from it.

    Raises:
        GraphError: the length is not positive, or only one side of the spectrum of a complex signal is wanted.
    """
    if length < 1:
        raise GraphError(f"the length of a transform must be at least 1, got {length}")
    if not onesided:
        return np.fft.ifft(x, length, axis) if inverse else np.fft.fft(x, length, axis)
    if inverse:
        return np.fft.irfft(x, length, axis)
    if np.iscomplexobj(x):
        raise GraphError("onesided needs a real signal, got a complex one")
    return np.fft.rfft(x, length, axis)
