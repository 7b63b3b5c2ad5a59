"""Golden samples of a file: checked against its graph, decoded one by one (spec/golden.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import overload

from qmodel.buffers import ChunkSource, check_buffer, load
from qmodel.dtypes import Array
from qmodel.errors import CorruptError, QModelError
from qmodel.graph import Graph, Value
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from qmodel.wire import GoldenSample, GoldenValue, Manifest


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedOutput:
    """What an output must be.

    Attributes:
        values: the expected numbers.
        absolute_tolerance: each element e may be off by absolute_tolerance + relative_tolerance · |e|.
        relative_tolerance: see there.
    """

    values: Array
    absolute_tolerance: float
    relative_tolerance: float


@dataclass(frozen=True, slots=True, eq=False)
class GoldenRun:
    """One run of the network, decoded.

    Attributes:
        inputs: an array for each input of the graph.
        outputs: what some of its outputs, at least one, must be.
    """

    inputs: Mapping[str, Array]
    outputs: Mapping[str, ExpectedOutput]


class GoldenRuns(Sequence[GoldenRun]):
    """The golden samples of a file; each look-up decodes one.

    Args:
        samples: as the manifest has them.
        source: where the chunks are.
    """

    def __init__(self, samples: Sequence[GoldenSample], source: ChunkSource, /) -> None:
        self._samples = samples
        self._source = source

    @overload
    def __getitem__(self, index: int) -> GoldenRun: ...

    @overload
    def __getitem__(self, index: slice) -> GoldenRuns: ...

    def __getitem__(self, index: int | slice) -> GoldenRun | GoldenRuns:
        """Decode a sample; or the same for some of them.

        Raises:
            IndexError: there is no such sample.
            CorruptError: a payload is damaged.
            UnsupportedError: an element type needs `ml_dtypes`, which is not installed.
        """
        if isinstance(index, slice):
            return GoldenRuns(self._samples[index], self._source)
        sample = self._samples[index]
        try:
            inputs = {value.name: self._decoded(value) for value in sample.inputs}
            outputs = {
                output.expected.name: ExpectedOutput(
                    self._decoded(output.expected), output.absolute_tolerance, output.relative_tolerance
                )
                for output in sample.outputs
            }
        except QModelError as error:
            raise type(error)(f"golden sample {index}: {error}") from None
        return GoldenRun(inputs, outputs)

    def __len__(self) -> int:
        return len(self._samples)

    def _decoded(self, value: GoldenValue) -> Array:
        storage = load(value.values, self._source).reshape(value.shape)
        storage.flags.writeable = False
        return TypedArray(value.values.element_type, storage).to_numpy()


def check_golden(manifest: Manifest, limits: Limits, /) -> None:
    """Check all that can be known of the golden samples without their payloads.

    Raises:
        CorruptError: they do not fit the graph or the chunk table.
        LimitError: an array would be larger than the limits allow.
    """
    sizes = [chunk.size for chunk in manifest.chunks]
    for number, sample in enumerate(manifest.golden):
        try:
            if manifest.graph is None:
                raise CorruptError("there is no graph to run it")
            _check_names(sample, manifest.graph)
            _check_values(sample.inputs, manifest.graph.inputs)
            _check_values([output.expected for output in sample.outputs], manifest.graph.outputs)
            for value in (*sample.inputs, *(output.expected for output in sample.outputs)):
                check_buffer(value.values, prod(value.shape), sizes, limits=limits)
        except QModelError as error:
            raise type(error)(f"golden sample {number}: {error}") from None


def _check_names(sample: GoldenSample, graph: Graph) -> None:
    wanted = [value.name for value in graph.inputs]
    given = [value.name for value in sample.inputs]
    if given != wanted:
        raise CorruptError(f"its inputs are {given}, the graph's {wanted}")
    outputs = [value.name for value in graph.outputs]
    expected = [output.expected.name for output in sample.outputs]
    if not expected or expected != [name for name in outputs if name in set(expected)]:
        raise CorruptError(f"its outputs {expected} are not some of the graph's in their order, {outputs}")


def _check_values(values: Sequence[GoldenValue], declared: Sequence[Value]) -> None:
    by_name = {value.name: value for value in declared}
    symbols: dict[str, int] = {}
    for value in values:
        wanted = by_name[value.name]
        if value.values.element_type != wanted.element_type:
            raise CorruptError(f"{value.name!r} is {value.values.element_type}, in the graph {wanted.element_type}")
        if wanted.shape is not None and not _fits(value.shape, wanted.shape, symbols):
            raise CorruptError(f"{value.name!r} has shape {value.shape}, in the graph {wanted.shape}")


def _fits(shape: tuple[int, ...], wanted: tuple[int | str | None, ...], symbols: dict[str, int]) -> bool:
    if len(shape) != len(wanted):
        return False
    lengths = [
        symbols.setdefault(want, got) if isinstance(want, str) else want
        for want, got in zip(wanted, shape, strict=True)
    ]
    return all(length in (None, got) for length, got in zip(lengths, shape, strict=True))
