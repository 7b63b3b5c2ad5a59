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
    spectrum = np.fft.rfft(signal, 2 * signal.size)
    correlation: Array = np.fft.irfft(np.square(np.abs(spectrum)))[: farthest + 1]
    return correlation / correlation[0] if farthest and correlation[0] > 0 else None


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
