"""Measure ZipNN's lossless sizes on weight sets: `python -m rate_distortion_table.peers.zipnn_sizes CACHE SET...`.

A set is compressed as one run of bytes, and tensor by tensor; the smaller counts. Neither stores names or shapes.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

from encoding_table.weight_sets import Weights, load_weights

from rate_distortion_table.cache import ZIPNN, curve_path
from rate_distortion_table.float_fields import FLOAT_TYPES, FloatType
from rate_distortion_table.peers.zipnn_library import compressed, restored


def main(cache: Path, names: list[str]) -> None:
    for name in names:
        weights = load_weights(name, cache)
        sizes = {kind.name: smallest(weights, kind) for kind in FLOAT_TYPES.values()}
        print(f"{name}: ZipNN {sizes}", file=sys.stderr)
        curve_path(cache, ZIPNN, version(ZIPNN), name).write_text(json.dumps(sizes) + "\n", "utf-8")


def smallest(weights: Weights, kind: FloatType) -> int:
    """Bytes of a set."""
    parts = [kind.narrowed(array).tobytes() for array in weights.values()]
    return min(size([b"".join(parts)], kind), size(parts, kind))


def size(parts: list[bytes], kind: FloatType) -> int:
    """Bytes of parts compressed each alone, once each is known to come back."""
    total = 0
    for part in parts:
        stream = compressed(part, kind, threads=1)
        if restored(stream, kind, threads=1) != part:
            raise ValueError(f"ZipNN does not give {kind.name} back")
        total += len(stream)
    return total


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
