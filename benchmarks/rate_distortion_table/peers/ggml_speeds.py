"""Times ggml's Q4_K: `python -m rate_distortion_table.peers.ggml_speeds CACHE SET OUTPUT`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from encoding_table.peers.ggml import quantized
from encoding_table.weight_sets import load_weights

from rate_distortion_table.records import Timing
from rate_distortion_table.size_targets import Q4_K
from rate_distortion_table.speed_targets import DECODE, ENCODE
from rate_distortion_table.timing import quickest, write_timings


def timings(cache: Path, name: str) -> Iterator[Timing]:
    arrays = list(load_weights(name, cache).values())
    count = sum(array.size for array in arrays)
    start = time.perf_counter()
    coded = [quantized(Q4_K.removeprefix("GGUF "), array) for array in arrays]
    seconds = time.perf_counter() - start
    size = sum(each.bits for each in coded) // 8
    yield Timing(Q4_K, ENCODE, name, 1, count, seconds, size)
    yield Timing(Q4_K, DECODE, name, 1, count, quickest(lambda: [each.decode() for each in coded]), size)


if __name__ == "__main__":
    write_timings(timings(Path(sys.argv[1]), sys.argv[2]), Path(sys.argv[3]))
