"""The operator MelWeightMatrix."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator
from qmodel.runtime.scalars import whole_number


@operator("MelWeightMatrix", since=17, fresh=True, grows=True)
def mel_weight_matrix(
    num_mel_bins: Array,
    dft_length: Array,
    sample_rate: Array,
    lower_edge_hertz: Array,
    upper_edge_hertz: Array,
    /,
    *,
    memory_limit: int,
    output_datatype: int = 1,
) -> Array:
    """Triangles of height 1 over the frequencies of a spectrum, (dft_length // 2 + 1, num_mel_bins).

    Their corners are evenly spaced on the mel scale, mel(f) = 2595 log10(1 + f / 700), and rounded down to frequencies
    of the spectrum.
    """
    bins, length, rate = (whole_number(given) for given in (num_mel_bins, dft_length, sample_rate))
    if bins < 0 or length < 0 or rate < 1:
        raise GraphError(f"{bins} bins for a spectrum of {length} at {rate} samples a second are not possible")
    require_memory((length // 2 + 1, bins + 2, 4), np.dtype(np.float64), memory_limit)
    corners = _corners(bins, length, rate, float(lower_edge_hertz.reshape(())), float(upper_edge_hertz.reshape(())))
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    places = np.arange(length // 2 + 1)[:, None]
    rising = (places - low) / np.maximum(1, middle - low)
    falling = (high - places) / np.maximum(1, high - middle)
    made = np.where(places <= middle, np.where(low == middle, places == middle, rising), falling)
    weights: Array = np.clip(made, 0, 1)
    return weights.astype(dtype_of(output_datatype))


def _corners(bins: int, length: int, rate: int, lower: float, upper: float) -> Array:
    """Places in the spectrum of the corners of all triangles, ascending."""
    if not 0 <= lower < upper < np.inf:
        raise GraphError(f"the edges must be ascending frequencies, got {lower} and {upper}")
    low, high = (2595 * np.log10(1 + edge / 700) for edge in (lower, upper))
    mels = np.arange(bins + 2) * ((high - low) / (bins + 2)) + low
    places: Array = np.floor((length + 1) * 700 * np.expm1(mels / 2595 * np.log(10)) / rate)
    return places
