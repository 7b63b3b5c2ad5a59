"""What papers and standards publish, done plainly in NumPy where no program of the peers' environment does it."""

from __future__ import annotations

from functools import partial

import numpy as np

from encoding_table.peers.coded import Array, Coded, Peer

# NormalFloat4, Dettmers et al. 2023 (QLoRA), appendix E.
NF4 = np.array(
    [
        -1.0,
        -0.6961928009986877,
        -0.5250730514526367,
        -0.39491748809814453,
        -0.28444138169288635,
        -0.18477343022823334,
        -0.09105003625154495,
        0.0,
        0.07958029955625534,
        0.16093020141124725,
        0.24611230194568634,
        0.33791524171829224,
        0.44070982933044434,
        0.5626170039176941,
        0.7229568362236023,
        1.0,
    ],
    np.float32,
)
NF4_BLOCK = 64
GROUP, KEPT = 4, 2


def peers() -> list[Peer]:
    return [
        Peer("NF4 nearest, block 64, f32 absmax", partial(nf4, absmax_dtype="f4")),
        Peer("NF4 nearest, block 64, f16 absmax", partial(nf4, absmax_dtype="f2")),
        Peer("NF4 nearest, block 64, double quantization", partial(nf4, absmax_dtype="double")),
        Peer("2:4 by magnitude + int8 per channel", two_of_four),
    ]


def nf4(array: Array, absmax_dtype: str) -> Coded:
    """Blocks of 64 consecutive weights divided by their largest magnitude, each to the nearest of sixteen levels."""
    padded = np.zeros(-(-array.size // NF4_BLOCK) * NF4_BLOCK, np.float32)
    padded[: array.size] = array.reshape(-1)
    blocks = padded.reshape(-1, NF4_BLOCK)
    absmax, absmax_bits = stored_absmax(np.abs(blocks).max(axis=1, keepdims=True), absmax_dtype)
    divisor = np.where(absmax == 0, np.float32(1), absmax)
    codes = np.searchsorted((NF4[1:] + NF4[:-1]) / 2, blocks / divisor).astype(np.uint8)
    return Coded(array.size * 4 + absmax_bits, lambda: (NF4[codes] * absmax).reshape(-1)[: array.size])


def stored_absmax(absmax: Array, dtype: str) -> tuple[Array, int]:
    """As it is read back, and its bits; `double`: less its mean, to 8 bits in blocks of 256 (QLoRA, section 3)."""
    if dtype != "double":
        return absmax.astype(dtype).astype(np.float32), absmax.size * np.dtype(dtype).itemsize * 8
    mean = absmax.mean(dtype=np.float32)
    outer = np.zeros(-(-absmax.size // 256) * 256, np.float32)
    outer[: absmax.size] = (absmax - mean).reshape(-1)
    rows = outer.reshape(-1, 256)
    scale = np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.float32(1e-30)) / np.float32(127)
    restored = (np.rint(rows / scale) * scale).reshape(-1)[: absmax.size].reshape(absmax.shape) + mean
    return np.maximum(restored, 0), absmax.size * 8 + scale.size * 32 + 32


def two_of_four(array: Array) -> Coded:
    """The two largest of every four weights of an output channel's row, kept as int8 with one scale a row.

    Positions take four bits a group, as hardware stores them. Rows that are no multiple of four are padded.
    """
    matrix = array.reshape(array.shape[0], -1)
    padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % GROUP)))
    groups = padded.reshape(-1, GROUP)
    dropped = np.argsort(np.abs(groups), axis=1, kind="stable")[:, : GROUP - KEPT]
    pruned = groups.copy()
    np.put_along_axis(pruned, dropped, 0, axis=1)
    pruned = pruned.reshape(padded.shape)
    scale = np.abs(pruned).max(axis=1, keepdims=True) / np.float32(127)
    codes = np.rint(pruned / np.where(scale == 0, np.float32(1), scale))
    bits = groups.shape[0] * (KEPT * 8 + 4) + scale.size * 32
    return Coded(bits, lambda: np.ascontiguousarray((codes * scale)[:, : matrix.shape[1]]))
