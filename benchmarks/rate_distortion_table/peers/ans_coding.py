"""What `constriction` gives: a uniform quantizer, one step for all tensors, codes of each tensor by its ANS coder.

The tables are not counted, as if they were free: that favours it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import constriction
import numpy as np
from encoding_table.peers.coded import squared_distance
from encoding_table.weight_sets import Weights

from rate_distortion_table.float_fields import Array

_HALVINGS = 24


@dataclass(frozen=True, slots=True)
class Coded:
    """A set of weights.

    Attributes:
        step: of the quantizer.
        words: of each tensor's coder, uint32.
        frequencies: of each tensor's codes, float64, from the least code on.
        least: code of each tensor.
        counts: of each tensor's elements.
    """

    step: float
    words: list[Array]
    frequencies: list[Array]
    least: list[int]
    counts: list[int]

    @property
    def size(self) -> int:
        """Bytes of the words alone."""
        return sum(words.nbytes for words in self.words)

    def decode(self) -> list[Array]:
        """The weights of each tensor, flat float32."""
        return [
            (np.float32(self.step) * (constriction.stream.stack.AnsCoder(words).decode(model(table), count) + least))
            for words, table, least, count in zip(self.words, self.frequencies, self.least, self.counts, strict=True)
        ]

    def save(self, path: Path) -> None:
        """Write to an archive that `load` reads."""
        parts = {f"words{number}": words for number, words in enumerate(self.words)}
        parts |= {f"table{number}": table for number, table in enumerate(self.frequencies)}
        np.savez(path, step=self.step, least=self.least, counts=self.counts, **parts)

    @classmethod
    def load(cls, path: Path) -> Coded:
        """Read what `save` wrote."""
        with np.load(path) as archive:
            numbers = range(len(archive["least"]))
            words = [archive[f"words{number}"] for number in numbers]
            tables = [archive[f"table{number}"] for number in numbers]
            return cls(float(archive["step"]), words, tables, archive["least"].tolist(), archive["counts"].tolist())


def encoded(weights: Weights, step: float) -> Coded:
    coded = Coded(step, [], [], [], [])
    for array in weights.values():
        codes = np.rint(array.reshape(-1) / np.float32(step)).astype(np.int32)
        least = int(codes.min())
        table = np.bincount(codes - least).astype(np.float64)
        coder = constriction.stream.stack.AnsCoder()
        coder.encode_reverse(codes - least, model(table))
        coded.words.append(coder.get_compressed())
        coded.frequencies.append(table)
        coded.least.append(least)
        coded.counts.append(codes.size)
    return coded


def model(table: Array) -> constriction.stream.model.Categorical:
    """A tensor's table; one that has a single code needs another to be a distribution."""
    padded = np.append(table, 1e-9) if table.size == 1 else table
    return constriction.stream.model.Categorical(padded / padded.sum(), perfect=False)


def step_for(weights: Weights, error: float) -> float:
    """The step that gives a relative mean square error, by bisection; rounded to float32."""
    flat = np.concatenate([array.reshape(-1) for array in weights.values()])
    energy = squared_distance(flat, 0 * flat)
    low, high = 0.0, float(np.abs(flat).max()) * 2
    for _ in range(_HALVINGS):
        step = np.float32((low + high) / 2)
        reached = squared_distance(flat, np.rint(flat / step) * step) / energy
        low, high = (low, float(step)) if reached > error else (float(step), high)
    return float(np.float32(low))
