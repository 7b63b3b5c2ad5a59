"""The operator STFT."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator
from qmodel.runtime.scalars import whole_number
from qmodel.runtime.spectra import as_complex, as_parts, transform


@operator("STFT", since=17, fresh=True, grows=True)
def stft(
    signal: Array,
    frame_step: Array,
    window: Array | None = None,
    frame_length: Array | None = None,
    /,
    *,
    memory_limit: int,
    onesided: int = 1,
) -> Array:
    """Spectra of frames of signals (batch, length, parts) times a window, as (batch, frames, frequencies, 2)."""
    if signal.ndim != 3:
        raise GraphError(f"signals must have the shape (batch, length, 1 or 2), got {signal.shape}")
    step, default = whole_number(frame_step), signal.shape[1] if window is None else window.size
    length = default if frame_length is None else whole_number(frame_length)
    if step < 1 or not 1 <= length <= signal.shape[1]:
        raise GraphError(f"frames of {length}, {step} apart, do not fit a signal of {signal.shape[1]}")
    if window is not None and window.shape != (length,):
        raise GraphError(f"the window must have the shape {(length,)}, got {window.shape}")
    count = (signal.shape[1] - length) // step + 1
    require_memory((signal.shape[0], count, length, 2), np.dtype(np.float64), memory_limit)
    frames = np.lib.stride_tricks.sliding_window_view(as_complex(signal), length, axis=1)[:, ::step]
    weighted = frames if window is None else frames * window
    return as_parts(transform(weighted, length, 2, inverse=False, onesided=bool(onesided)), signal.dtype)
