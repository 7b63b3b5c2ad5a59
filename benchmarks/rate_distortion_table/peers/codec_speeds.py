"""Times NNCodec, ZipNN and constriction.

    python -m rate_distortion_table.peers.codec_speeds encode|decode CACHE SET ERROR PARAMETER LAMBDA OUTPUT

Streams written by `encode` are read by `decode`. NNCodec is run at a quantization parameter and λ scale, constriction
at the step that gives the error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from encoding_table.weight_sets import Weights, load_weights

from rate_distortion_table.cache import speed_folder
from rate_distortion_table.float_fields import FLOAT_TYPES
from rate_distortion_table.peers import ans_coding, nncodec_library, zipnn_library
from rate_distortion_table.records import Timing
from rate_distortion_table.speed_targets import (
    CONSTRICTION,
    DECODE,
    DECODE_BF16,
    ENCODE,
    ENCODE_BF16,
    NNCODEC,
    ZIPNN,
)
from rate_distortion_table.timing import quickest, quickest_prepared, write_timings

BF16 = FLOAT_TYPES["bf16"]
ZIPNN_THREADS = (1, 2)


def encode(cache: Path, name: str, error: float, setting: tuple[int, int]) -> Iterator[Timing]:
    weights = load_weights(name, cache)
    count = sum(array.size for array in weights.values())
    folder = speed_folder(cache)
    start = time.perf_counter()
    stream = nncodec_library.compressed(weights, *setting)
    yield Timing(NNCODEC, ENCODE, name, 1, count, time.perf_counter() - start, len(stream))
    (folder / "nncodec.nnc").write_bytes(stream)

    raw = raw_bf16(weights)
    shrunk = zipnn_library.compressed(raw, BF16, threads=1)
    seconds = quickest(lambda: zipnn_library.compressed(raw, BF16, threads=1))
    yield Timing(ZIPNN, ENCODE_BF16, name, 1, len(raw), seconds, len(shrunk))
    (folder / "zipnn.znn").write_bytes(shrunk)

    step = ans_coding.step_for(weights, error)
    start = time.perf_counter()
    coded = ans_coding.encoded(weights, step)
    yield Timing(CONSTRICTION, ENCODE, name, 1, count, time.perf_counter() - start, coded.size)
    coded.save(folder / "constriction.npz")


def decode(cache: Path, name: str) -> Iterator[Timing]:
    weights = load_weights(name, cache)
    count = sum(array.size for array in weights.values())
    folder = speed_folder(cache)
    stream = bytearray((folder / "nncodec.nnc").read_bytes())
    seconds = quickest(lambda: nncodec_library.restored(stream))
    yield Timing(NNCODEC, DECODE, name, 1, count, seconds, len(stream))

    shrunk = (folder / "zipnn.znn").read_bytes()
    raw = raw_bf16(weights)
    if zipnn_library.restored(shrunk, BF16, threads=1) != raw:
        raise ValueError("ZipNN does not give bf16 back")
    for threads in ZIPNN_THREADS:
        seconds = quickest_zipnn(shrunk, threads)
        yield Timing(ZIPNN, DECODE_BF16, name, threads, len(raw), seconds, len(shrunk))

    coded = ans_coding.Coded.load(folder / "constriction.npz")
    yield Timing(CONSTRICTION, DECODE, name, 1, count, quickest(coded.decode), coded.size)


def quickest_zipnn(shrunk: bytes, threads: int) -> float:
    """Without the copy that it needs because it overwrites what it is given, and that its results need not."""
    return quickest_prepared(
        lambda: bytearray(shrunk), lambda copy: zipnn_library.codec(BF16, threads).decompress(copy)
    )


def raw_bf16(weights: Weights) -> bytes:
    return b"".join(BF16.narrowed(array).tobytes() for array in weights.values())


if __name__ == "__main__":
    cache, name, output = Path(sys.argv[2]), sys.argv[3], Path(sys.argv[7])
    if sys.argv[1] == "encode":
        setting = int(sys.argv[5]), int(sys.argv[6])
        write_timings(encode(cache, name, float(sys.argv[4]), setting), output)
    else:
        write_timings(decode(cache, name), output)
