"""What a peer's quantizer gives back, and how it is measured over a set of tensors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from encoding_table.figures import Figure
from encoding_table.weight_sets import Weights

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Coded:
    """A quantized tensor.

    Attributes:
        bits: size of its codes, scales and tables.
        decode: gives the values back, of the tensor's size, in row-major order.
    """

    bits: int
    decode: Callable[[], Array]


@dataclass(frozen=True, slots=True)
class Peer:
    """A format of another program.

    Attributes:
        name: as the page calls it.
        encode: quantizes a float32 tensor.
        largest_set: weights of the largest set that it is measured on, where it is slow.
    """

    name: str
    encode: Callable[[Array], Coded]
    largest_set: int = 1 << 62


def measure(peer: Peer, weights: Weights) -> Figure:
    """Quantize and restore every tensor of a set."""
    bits, count = 0, 0
    squared_error = energy = encode_seconds = decode_seconds = 0.0
    for array in weights.values():
        start = time.perf_counter()
        coded = peer.encode(array)
        encoded = time.perf_counter()
        restored = coded.decode()
        decode_seconds += time.perf_counter() - encoded
        encode_seconds += encoded - start
        bits += coded.bits
        count += array.size
        squared_error += squared_distance(array, restored)
        energy += float(np.square(array, dtype=np.float64).sum())
    return Figure(peer.name, count, bits, squared_error, energy, encode_seconds, decode_seconds)


def squared_distance(array: Array, restored: Array) -> float:
    difference = restored.reshape(-1).astype(np.float64)
    difference -= array.reshape(-1)
    return float(difference @ difference)
