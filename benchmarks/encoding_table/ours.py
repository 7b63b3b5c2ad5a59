"""Measures our own methods through files: written to memory and read back by what users call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from math import prod
from typing import ClassVar

import qmodel
from encoding_table.figures import Figure
from encoding_table.methods import Method
from encoding_table.weight_sets import Weights
from qmodel.buffers import Inline
from qmodel.dtypes import Array
from qmodel.encodings import Encoder, Node
from qmodel.recipes.presets import Preset
from qmodel.recipes.recipe import Recipe

# What asking for a preset, an encoder or an option that this version lacks raises.
MISSING_ERRORS = (qmodel.QModelError, TypeError, NameError)


@dataclass(frozen=True, slots=True)
class Missing:
    """A method that this version lacks, or that cannot represent a set.

    Attributes:
        method: its name.
        reason: what it said.
    """

    method: str
    reason: str


@dataclass(slots=True)
class Stopwatch:
    """Seconds that encoders took, without the search for their errors and the writing that `save` does besides."""

    seconds: float = 0.0


@dataclass(frozen=True)
class Timed(Encoder):
    """An encoder that adds its time to a stopwatch."""

    inner: Encoder
    stopwatch: Stopwatch = field(repr=False)
    kind: ClassVar[str] = "timed"

    def encode(self, array: qmodel.TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`."""
        start = time.perf_counter()
        node = self.inner.encode(array, importance=importance, threads=threads)
        self.stopwatch.seconds += time.perf_counter() - start
        return node


@dataclass(frozen=True)
class Ready(Encoder):
    """Gives a node that was made before."""

    node: Node
    kind: ClassVar[str] = "ready"

    def encode(self, array: qmodel.TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`."""
        return self.node


def measure(method: Method, weights: Weights) -> Figure | Missing:
    """Write a set to a file in memory, one thread, and read it back."""
    stopwatch = Stopwatch()
    preset = Preset(method.name, "", lambda facts: Timed(method.encoder(facts), stopwatch))
    file = BytesIO()
    try:
        summary = qmodel.save(weights, file, recipe=Recipe(default=preset), threads=1)
    except MISSING_ERRORS as error:
        return Missing(method.name, first_line(error))
    start = time.perf_counter()
    with qmodel.open(file.getvalue(), threads=1) as reader:
        restored = {name: reader[name] for name in reader}
        decode_seconds = time.perf_counter() - start
        payload_bits = payload_bytes(reader) * 8
    count = sum(array.size for array in weights.values())
    largest = max(summary.tensors, key=lambda tensor: prod(tensor.shape))
    squared_error, energy = map(sum, zip(*differences(weights, restored), strict=True))
    return Figure(
        method.name,
        count,
        payload_bits,
        squared_error,
        energy,
        stopwatch.seconds,
        decode_seconds,
        summary.output_bytes * 8,
        largest.encoding,
    )


def payload_bytes(reader: qmodel.Reader) -> int:
    """Bytes of all payloads and of the parameters of codings; a chunk counts once, however many tensors share it."""
    buffers = [buffer for record in reader.tensors.values() for buffer in record.encoding.all_buffers()]
    inline = sum(len(buffer.location.data) for buffer in buffers if isinstance(buffer.location, Inline))
    parameters = sum(buffer.coding.parameter_bytes for buffer in buffers)
    return inline + parameters + sum(chunk.size for chunk in reader.manifest.chunks)


def differences(weights: Weights, restored: Weights) -> Iterator[tuple[float, float]]:
    """Squared error and energy of each tensor."""
    for name, array in weights.items():
        wide = array.reshape(-1).astype("f8")
        difference = wide - restored[name].reshape(-1)
        yield float(difference @ difference), float(wide @ wide)


def first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
