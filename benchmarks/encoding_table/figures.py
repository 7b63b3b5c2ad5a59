"""One measured way to represent a set of weights, and how figures travel between environments and runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """What one method does to one set of weights.

    Attributes:
        method: name of the encoding or of the peer's format.
        weights: number of values coded.
        payload_bits: bits of codes, scales and tables, without names, headers or alignment.
        squared_error: sum of squared errors over all values.
        energy: sum of squares of all values.
        encode_seconds: on one thread.
        decode_seconds: on one thread.
        file_bits: bits of the whole file; None where a peer's file was not written.
        tree: how the largest tensor is encoded, where we did it.
    """

    method: str
    weights: int
    payload_bits: int
    squared_error: float
    energy: float
    encode_seconds: float
    decode_seconds: float
    file_bits: int | None = None
    tree: str = ""

    @property
    def bits(self) -> float:
        """Bits of payload for each weight."""
        return self.payload_bits / self.weights

    @property
    def whole_bits(self) -> float | None:
        """Bits of the file for each weight."""
        return None if self.file_bits is None else self.file_bits / self.weights

    @property
    def error(self) -> float:
        """Relative mean square error, over all tensors together."""
        return self.squared_error / self.energy

    @property
    def encode_rate(self) -> float:
        """Million weights a second."""
        return self.weights / self.encode_seconds / 1e6

    @property
    def decode_rate(self) -> float:
        """Million weights a second."""
        return self.weights / self.decode_seconds / 1e6


def write_figures(figures: Iterable[Figure], path: Path) -> None:
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n", "utf-8")


def read_figures(path: Path) -> list[Figure]:
    return [Figure(**entry) for entry in json.loads(path.read_text("utf-8"))]
