"""GGUF's block formats, by ggml's own C code, which the wheel of pywhispercpp brings as a shared library."""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache, partial
from pathlib import Path

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

from encoding_table.peers.coded import Array, Coded, Peer

FORMATS = {
    "Q8_0": "q8_0",
    "Q6_K": "q6_K",
    "Q5_1": "q5_1",
    "Q5_K": "q5_K",
    "Q5_0": "q5_0",
    "Q4_1": "q4_1",
    "Q4_K": "q4_K",
    "Q4_0": "q4_0",
    "IQ4_NL": "iq4_nl",
    "IQ4_XS": "iq4_xs",
    "MXFP4": "mxfp4",
    "NVFP4": "nvfp4",
    "Q3_K": "q3_K",
    "IQ3_S": "iq3_s",
    "IQ3_XXS": "iq3_xxs",
    "Q2_K": "q2_K",
    "IQ2_S": "iq2_s",
    "TQ2_0": "tq2_0",
    "TQ1_0": "tq1_0",
}
SLOW = {"IQ3_S", "IQ3_XXS", "IQ2_S"}
LARGEST_SLOW_SET = 4_000_000


def peers() -> list[Peer]:
    return [
        Peer(f"GGUF {name}", partial(quantized, name), LARGEST_SLOW_SET if name in SLOW else 1 << 62)
        for name in FORMATS
    ]


def quantized(name: str, array: Array) -> Coded:
    """One tensor, flattened and padded with zeros to whole blocks, as one row."""
    kind = GGMLQuantizationType[name]
    block, block_bytes = GGML_QUANT_SIZES[kind]
    blocks = -(-array.size // block)
    values = np.zeros(blocks * block, np.float32)
    values[: array.size] = array.reshape(-1)
    codes = np.empty(blocks * block_bytes, np.uint8)
    written = library().ggml_quantize_chunk(int(kind), pointer(values), pointer(codes), 0, 1, values.size, None)
    if written != codes.size:
        raise RuntimeError(f"ggml wrote {written} bytes of {name}, not {codes.size}")

    def decode() -> Array:
        restored = np.empty(values.size, np.float32)
        getattr(library(), f"dequantize_row_{FORMATS[name]}")(
            pointer(codes), pointer(restored), ctypes.c_int64(restored.size)
        )
        return restored[: array.size]

    return Coded(codes.size * 8, decode)


@cache
def library() -> ctypes.CDLL:
    # The wheel puts its libraries beside its extension module, in the top folder of the packages.
    spec = importlib.util.find_spec("pywhispercpp")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("pywhispercpp is not installed")
    packages = Path(spec.origin).parents[1]
    found = sorted([*packages.glob("libggml-base.so*"), *packages.glob("pywhispercpp.libs/libggml-base*")])
    loaded = ctypes.CDLL(str(found[0]))
    loaded.ggml_quantize_chunk.restype = ctypes.c_size_t
    loaded.ggml_quantize_chunk.argtypes = [
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_void_p,
    ]
    return loaded


def pointer(array: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
