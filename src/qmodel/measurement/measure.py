"""How small, how exact and how fast a method is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from qmodel.buffers.storage import stored_bytes
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.measurement.methods import Method
from qmodel.measurement.round_trip import decoded, encoded, error_of
from qmodel.measurement.sample import Sample
from qmodel.quality.error import ErrorSums
from qmodel.typed_array import TypedArray

# Work that takes less is repeated: the first time code is loaded, and clocks are coarse.
_QUICK_SECONDS = 0.5
_DECODINGS = 3
_NO_ERRORS = ErrorSums()


@dataclass(frozen=True, slots=True)
class Measured:
    """What a method made of a sample.

    Attributes:
        method: the method.
        sample: what it was measured on.
        size: bytes of payloads and of the parameters of their codings.
        errors: of the values of floats.
        encode_seconds: for all tensors, by one thread.
        decode_seconds: likewise, the best of several times.
        problem: why there are no figures, such as a library that is missing; empty: there are.
    """

    method: Method
    sample: Sample
    size: int = 0
    errors: ErrorSums = _NO_ERRORS
    encode_seconds: float = 0.0
    decode_seconds: float = 0.0
    problem: str = ""

    @property
    def bits_per_value(self) -> float:
        """Bits that a value takes."""
        return self.size * 8 / max(self.sample.values, 1)

    def speed(self, seconds: float) -> float:
        """Bytes of values a second, as packed bits of their own type."""
        return self.sample.size / seconds if seconds else math.nan

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        described = {"name": self.method.name, "kind": self.method.kind, "about": self.method.about}
        if self.problem:
            return {**described, "problem": self.problem}
        return {
            **described,
            "bytes": self.size,
            "ratio": self.sample.size / max(self.size, 1),
            "bits_per_value": self.bits_per_value,
            "relative_mse": self.errors.relative_mse,
            "encode_bytes_per_second": self.speed(self.encode_seconds),
            "decode_bytes_per_second": self.speed(self.decode_seconds),
        }


def measure(method: Method, sample: Sample, /) -> Measured:
    """Encode a sample and decode it again, by one thread."""
    empty = Measured(method, sample)
    try:
        seconds, nodes = _timed(lambda: [encoded(method, item) for item in sample.items])
        if seconds < _QUICK_SECONDS:
            seconds = min(seconds, _timed(lambda: [encoded(method, item) for item in sample.items])[0])
        decodings = [_timed(lambda: list(map(decoded, nodes, sample.items))) for _ in range(_DECODINGS)]
    except (InvalidInputError, UnsupportedError) as error:
        return replace(empty, problem=str(error))
    return replace(
        empty,
        size=sum(stored_bytes(buffer) for node in nodes for buffer in node.buffers()),
        errors=_errors(sample, decodings[-1][1]),
        encode_seconds=seconds,
        decode_seconds=min(taken for taken, _ in decodings),
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def _errors(sample: Sample, values: list[TypedArray]) -> ErrorSums:
    errors = ErrorSums()
    for item, array in zip(sample.items, values, strict=True):
        errors = errors.merge(error_of(item, array))
    return errors
