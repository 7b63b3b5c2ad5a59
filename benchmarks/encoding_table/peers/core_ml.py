"""coremltools' weight compression, called below its model conversion: the arrays it would put into a model's file."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import numpy as np

from encoding_table.peers.coded import Array, Coded, Peer

# Its k-means on float32 goes through scikit-learn and takes minutes on large sets.
LARGEST_SLOW_SET = 4_000_000


def peers() -> list[Peer]:
    """Its methods; none where it is not installed."""
    logging.disable(logging.WARNING)  # it warns at import that models do not run outside of macOS
    try:
        from coremltools.optimize.coreml import _quantization_passes
    except ImportError:
        return []
    linear = partial(linear_quantized, _quantization_passes.linear_quantize_weights)
    palettes = partial(palettized, _quantization_passes.palettize_weights)
    half, single = np.dtype(np.float16), np.dtype(np.float32)
    found = [
        Peer("coremltools int8 per channel", partial(linear, nbits=8, block=0)),
        Peer("coremltools int4 block 32", partial(linear, nbits=4, block=32)),
    ]
    for bits in (3, 4, 6):
        found.append(Peer(f"coremltools k-means {bits} bits, f16 weights", partial(palettes, nbits=bits, dtype=half)))
    for bits in (4, 6):
        name = f"coremltools k-means {bits} bits, f32 weights"
        found.append(Peer(name, partial(palettes, nbits=bits, dtype=single), LARGEST_SLOW_SET))
    return found


def linear_quantized(method: Any, array: Array, nbits: int, block: int) -> Coded:
    """Symmetric codes for each output channel, or for blocks of its row where these divide it."""
    matrix = array.reshape(array.shape[0], -1)
    length = block if block and matrix.shape[1] % block == 0 else matrix.shape[1]
    stored = method.blockwise_compress(
        matrix, nbits=nbits, mode="LINEAR_SYMMETRIC", signed=True, block_sizes=[1, length]
    )
    return Coded(matrix.size * nbits + stored.scale.nbytes * 8, lambda: method.decompress(stored))


def palettized(method: Any, array: Array, nbits: int, dtype: np.dtype[Any]) -> Coded:
    """One palette for the tensor. Models have float16 weights unless told otherwise; these it clusters exactly."""
    matrix = array.reshape(array.shape[0], -1).astype(dtype)
    stored = method.blockwise_compress(matrix, "KMEANS", nbits, [0, 0])
    return Coded(matrix.size * nbits + stored.lut.nbytes * 8, lambda: method.decompress(stored))
