"""Turns the samples a caller has into the inputs of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, ImageInput, Value


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """One input of a network, and how images become it.

    Attributes:
        value: name, type and shape.
        image_input: None when the graph does not say how images are stored.
    """

    value: Value
    image_input: ImageInput | None

    @classmethod
    def of(cls, graph: Graph, value: Value) -> NetworkInput:
        """An input of a graph."""
        found = [image_input for image_input in graph.image_inputs if image_input.input == value.name]
        return cls(value, found[0] if found else None)

    @property
    def samples_a_run(self) -> int | None:
        """Length that the shape demands of the first axis; None where it is open or there is none."""
        first = self.value.shape[0] if self.value.shape else None
        return first if isinstance(first, int) else None

    def prepare(self, samples: Array) -> Array:
        """Turn samples into the input.

        Numbers of the kind and the shape of the input go straight in; all others are images and go through the
        graph's image input.

        Args:
            samples: numbers of the input's shape, or images of shape (N, height, width) or (N, height, width,
                channels).

        Returns:
            An array of the input's dtype and shape.

        Raises:
            InvalidInputError: they are neither.
        """
        if self._has_kind(samples) and self._has_shape(samples):
            return converted_input(self.value, samples)
        if self.image_input is None:
            raise InvalidInputError(
                f"{self._mismatch(samples)}, and the graph does not say how images become its input: store that with "
                "'qmodel compress --pixel-scale', or pass numbers of the input's type and shape"
            )
        prepared = self.image_input.prepare(samples)
        if not self._has_shape(prepared):
            raise InvalidInputError(f"{self._mismatch(samples)}; prepared as images they have shape {prepared.shape}")
        return converted_input(self.value, prepared)

    def _has_kind(self, samples: Array) -> bool:
        wanted, (found, _) = self.value.element_type, dtypes.from_numpy(np.empty(0, samples.dtype))
        return (wanted.is_integer and found.is_integer) or wanted.kind == found.kind

    def _has_shape(self, samples: Array) -> bool:
        shape = self.value.shape
        if shape is None:
            return True
        return len(shape) == samples.ndim and all(
            wanted == found or not isinstance(wanted, int)
            for wanted, found in zip(shape[1:], samples.shape[1:], strict=True)
        )

    def _mismatch(self, samples: Array) -> str:
        return (
            f"input {self.value.name!r} takes {self.value.element_type} of shape {self.value.shape}, "
            f"the samples are {samples.dtype} of shape {samples.shape}"
        )


class Shaped(Protocol):
    """An array, or what will be read as one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""


@dataclass(frozen=True, slots=True)
class NetworkInputs:
    """All inputs of a network. Samples lie along the first axis of the arrays that carry them.

    Where the first axis of some input is open, inputs with an open first axis carry samples and the others serve every
    run alike. Else the longest arrays carry samples, and shorter ones, long enough for one run, serve every run alike.
    """

    inputs: tuple[NetworkInput, ...]

    @classmethod
    def of(cls, graph: Graph) -> NetworkInputs:
        """The inputs of a graph.

        Raises:
            InvalidInputError: there are none.
        """
        if not graph.inputs:
            raise InvalidInputError(f"graph {graph.name!r} has no inputs: it cannot be measured on samples")
        return cls(tuple(NetworkInput.of(graph, value) for value in graph.inputs))

    @property
    def for_images(self) -> NetworkInput | None:
        """The input that images become: the only one, or the only one whose images the graph describes."""
        described = [each for each in self.inputs if each.image_input is not None]
        candidates = described if len(self.inputs) > 1 else self.inputs
        return candidates[0] if len(candidates) == 1 else None

    def count(self, given: Mapping[str, Shaped]) -> int:
        """Number of samples in arrays by input name.

        Raises:
            InvalidInputError: an input is missing, or those that carry samples do not have as many.
        """
        lengths = {name: given[name].shape[0] for name in self.carriers(given)}
        if len(set(lengths.values())) > 1:
            counts = ", ".join(f"{name!r} {length}" for name, length in lengths.items())
            raise InvalidInputError(f"inputs must have as many samples each: {counts}")
        return next(iter(lengths.values()), 1)

    def samples_a_run(self, given: Mapping[str, Shaped], wanted: int) -> int:
        """Number of samples a run: `wanted`, or what the shapes of the inputs that carry samples demand.

        Raises:
            InvalidInputError: there is no multiple of that, or the shapes do not agree.
        """
        carriers, samples = self.carriers(given), self.count(given)
        fixed = {each.value.name: each.samples_a_run for each in self.inputs if each.value.name in carriers}
        sizes = {size for size in fixed.values() if size is not None}
        if not sizes:
            return wanted if carriers else 1
        name, size = next((name, size) for name, size in fixed.items() if size is not None)
        if len(sizes) > 1 or size < 1 or samples % size:
            raise InvalidInputError(
                f"input {name!r} takes {size} samples at a time, and {samples} is no multiple of it"
                + (f"; other inputs take {max(sizes)}" if len(sizes) > 1 else "")
            )
        return size

    def part(self, given: Mapping[str, Array], start: int, stop: int) -> dict[str, Array]:
        """Some of the samples, in views."""
        carriers = self.carriers(given)
        return {name: array[start:stop] if name in carriers else array for name, array in given.items()}

    def prepare(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """Turn samples into the inputs.

        Raises:
            InvalidInputError: they do not fit.
        """
        return {each.value.name: each.prepare(given[each.value.name]) for each in self.inputs}

    def carriers(self, given: Mapping[str, Shaped]) -> list[str]:
        """Names of the inputs whose arrays carry samples.

        Raises:
            InvalidInputError: an input is missing, or has no axis where samples should lie.
        """
        wanted = [each.value.name for each in self.inputs]
        missing = [name for name in wanted if name not in given]
        if missing:
            raise InvalidInputError(f"input {missing[0]!r} is missing; wanted {wanted}, got {list(given)[:5]}")
        carriers = self._open()
        if not carriers:
            fixed = [each.value.name for each in self.inputs if each.value.shape != () and given[each.value.name].shape]
            longest = max((given[name].shape[0] for name in fixed), default=0)
            carriers = [name for name in fixed if given[name].shape[0] == longest]
        for name in carriers:
            if not given[name].shape:
                raise InvalidInputError(f"input {name!r} has no axis of samples: it is a single number")
        return carriers

    def _open(self) -> list[str]:
        return [
            each.value.name
            for each in self.inputs
            if each.value.shape is None or (each.value.shape and not isinstance(each.value.shape[0], int))
        ]


def converted_input(value: Value, samples: Array, /) -> Array:
    """Numbers in the dtype of an input.

    Raises:
        InvalidInputError: the input takes no floats, and some numbers are not of its type.
    """
    element_type = value.element_type
    dtype = dtypes.to_numpy(np.empty(0, element_type.storage), element_type).dtype
    converted = samples.astype(dtype, copy=False)
    if not element_type.is_float and not np.array_equal(converted, samples):
        raise InvalidInputError(f"input {value.name!r} takes {element_type}, and some samples do not fit in it")
    return converted
