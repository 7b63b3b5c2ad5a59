"""Golden samples and the message `GoldenSample` (spec/golden.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import isfinite

from qmodel.buffers import Buffer
from qmodel.errors import CorruptError
from qmodel.v1 import golden_pb2
from qmodel.wire.buffer import buffer_from_message, buffer_to_message
from qmodel.wire.shape import checked_shape
from qmodel.wire.text import check_text


@dataclass(frozen=True, slots=True)
class GoldenValue:
    """An array under the name of an input or an output of the graph."""

    name: str
    shape: tuple[int, ...]
    values: Buffer


@dataclass(frozen=True, slots=True)
class GoldenOutput:
    """What an output must be, and how far each element e may be from it: absolute_tolerance + relative_tolerance · |e|.

    Both tolerances are finite and at least 0, and 0 where the values are no floats.
    """

    expected: GoldenValue
    absolute_tolerance: float = 0.0
    relative_tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class GoldenSample:
    """One run of the network: an array for each input of the graph, and some outputs, in the graph's order."""

    inputs: tuple[GoldenValue, ...]
    outputs: tuple[GoldenOutput, ...]

    def buffers(self) -> Iterator[Buffer]:
        """The buffers of all arrays, and those that their codings hold."""
        for value in (*self.inputs, *(output.expected for output in self.outputs)):
            yield from value.values.buffers()

    def with_buffers(self, change: Callable[[Buffer], Buffer], /) -> GoldenSample:
        """The same sample with every buffer replaced by what `change` makes of it."""

        def changed(value: GoldenValue) -> GoldenValue:
            return replace(value, values=value.values.with_buffers(change))

        outputs = tuple(replace(output, expected=changed(output.expected)) for output in self.outputs)
        return GoldenSample(tuple(map(changed, self.inputs)), outputs)

    def features(self) -> frozenset[str]:
        """What a reader must implement to decode the arrays."""
        return frozenset[str]().union(*(buffer.coding.features for buffer in self.buffers()))


def golden_to_message(sample: GoldenSample, message: golden_pb2.GoldenSample, /) -> None:
    """Fill an empty message with a sample whose buffers are written."""
    for value in sample.inputs:
        _value_to_message(value, message.inputs.add())
    for output in sample.outputs:
        target = message.outputs.add()
        _value_to_message(output.expected, target.expected)
        target.absolute_tolerance = output.absolute_tolerance
        target.relative_tolerance = output.relative_tolerance


def golden_from_message(message: golden_pb2.GoldenSample, /) -> GoldenSample:
    """The sample of a message.

    Raises:
        CorruptError: a part is missing or out of its range.
        UnsupportedError: a coding, filter or codec is not implemented here.
    """
    inputs = tuple(map(_value_from_message, message.inputs))
    return GoldenSample(inputs, tuple(map(_output_from_message, message.outputs)))


def _value_to_message(value: GoldenValue, message: golden_pb2.GoldenValue) -> None:
    message.name = value.name
    message.shape.extend(value.shape)
    buffer_to_message(value.values, message.values)


def _value_from_message(message: golden_pb2.GoldenValue) -> GoldenValue:
    check_text("golden value", message.name, empty_allowed=False)
    if not message.HasField("values"):
        raise CorruptError(f"golden value {message.name!r} without values")
    return GoldenValue(message.name, checked_shape(tuple(message.shape)), buffer_from_message(message.values))


def _output_from_message(message: golden_pb2.GoldenOutput) -> GoldenOutput:
    if not message.HasField("expected"):
        raise CorruptError("a golden output without expected values")
    expected = _value_from_message(message.expected)
    tolerances = (message.absolute_tolerance, message.relative_tolerance)
    if not all(isfinite(tolerance) and tolerance >= 0 for tolerance in tolerances):
        raise CorruptError(f"golden output {expected.name!r}: tolerances are finite and at least 0, not {tolerances}")
    if any(tolerances) and not expected.values.element_type.is_float:
        raise CorruptError(f"golden output {expected.name!r}: {expected.values.element_type} has tolerances of 0")
    return GoldenOutput(expected, *tolerances)
