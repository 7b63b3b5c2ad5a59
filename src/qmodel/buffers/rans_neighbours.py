"""Which neighbours tell most about an element (spec/buffers/rans.md, "Contexts")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array

_COUNT = 4
_LARGEST_WEIGHT = 8
_FARTHEST = 4096
_CANDIDATES = 48
_REGULARISATION = 1e-6


@dataclass(frozen=True, slots=True)
class NeighbourWeights:
    """Neighbours and what their magnitudes weigh.

    Attributes:
        distance: of each, 1 to 4 of them.
        weight: of each, at least 1.
    """

    distance: tuple[int, ...]
    weight: tuple[int, ...]

    def sums(self, magnitudes: Array, run_length: int, /) -> Array:
        """The weighted sum before each element of its run: int32, of the shape of magnitudes."""
        lanes = -(-magnitudes.size // run_length)
        padded = np.zeros(lanes * run_length, np.int32)
        padded[: magnitudes.size] = magnitudes
        runs, sums = padded.reshape(lanes, run_length), np.zeros((lanes, run_length), np.int32)
        for distance, weight in zip(self.distance, self.weight, strict=True):
            if distance < run_length:
                sums[:, distance:] += runs[:, :-distance] * np.int32(weight)
        return sums.reshape(-1)[: magnitudes.size]


def find_neighbours(signal: Array, most: int, /) -> NeighbourWeights | None:
    """The neighbours that predict a signal best, by least squares on its autocorrelation, one after another.

    Args:
        signal: 1-D, as magnitudes.
        most: so many elements are looked at.

    Returns:
        None if no neighbour helps.
    """
    signal = signal[:most].astype(np.float64)
    correlation = _autocorrelation(signal - signal.mean(), min(signal.size // 4, _FARTHEST))
    if correlation is None:
        return None
    candidates = np.argsort(-correlation[1:], kind="stable")[:_CANDIDATES] + 1
    chosen: list[int] = []
    for _ in range(min(_COUNT, candidates.size)):
        others = [[*chosen, int(distance)] for distance in candidates if distance not in chosen]
        chosen = others[_explained(correlation, np.array(others)).argmax()]
    exact = _predictor(correlation, np.array(chosen))
    if exact.max(initial=0) <= 0:
        return None
    weights = np.rint(np.maximum(exact, 0) / exact.max() * _LARGEST_WEIGHT).astype(int)
    pairs = [(distance, int(weight)) for distance, weight in zip(chosen, weights, strict=True) if weight]
    return NeighbourWeights(*(tuple(part) for part in zip(*pairs, strict=True)))


def _autocorrelation(signal: Array, farthest: int) -> Array | None:
    # Filled up to where nothing overlaps, and on to a length that is quickly transformed.
    length = _smooth_length(signal.size + farthest)
    spectrum = np.fft.rfft(signal, length)
    correlation: Array = np.fft.irfft(np.square(np.abs(spectrum)), length)[: farthest + 1]
    return correlation / correlation[0] if farthest and correlation[0] > 0 else None


def _smooth_length(least: int) -> int:
    """The smallest length from a least one on that is a power of two, or that times 3, 5, 9 or 15 by 2, 4, 8 or 16."""
    power = 1 << (least - 1).bit_length()
    return min(length for length in (power * part // 16 for part in (9, 10, 12, 15, 16)) if length >= least)


def _predictor(correlation: Array, distances: Array) -> Array:
    """Factors of the least squares prediction from some distances, by the last axis."""
    matrix = correlation[np.abs(distances[..., :, None] - distances[..., None, :])]
    matrix += _REGULARISATION * np.eye(distances.shape[-1])
    weights: Array = np.linalg.solve(matrix, correlation[distances][..., None])[..., 0]
    return weights


def _explained(correlation: Array, distances: Array) -> Array:
    """The part of the variance that a prediction from some distances explains."""
    explained: Array = (_predictor(correlation, distances) * correlation[distances]).sum(axis=-1)
    return explained
