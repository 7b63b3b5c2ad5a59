"""Turns the samples a caller has into the input of a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, ImageInput, Value


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """The one input of a network, and how images become it.

    Attributes:
        value: name, type and shape.
        image_input: None when the graph does not say how images are stored.
    """

    value: Value
    image_input: ImageInput | None

    @classmethod
    def of(cls, graph: Graph) -> NetworkInput:
        """The input of a graph.

        Raises:
            InvalidInputError: the graph has not exactly one input.
        """
        if len(graph.inputs) != 1:
            names = ", ".join(repr(value.name) for value in graph.inputs) or "none"
            raise InvalidInputError(f"evaluation needs a network with one input; graph {graph.name!r} has: {names}")
        value = graph.inputs[0]
        found = [image_input for image_input in graph.image_inputs if image_input.input == value.name]
        return cls(value, found[0] if found else None)

    def batch_size(self, samples: int, wanted: int) -> int:
        """Number of samples a run: `wanted`, or what the shape of the input demands.

        Raises:
            InvalidInputError: the number of samples is no multiple of a batch size that the shape demands.
        """
        fixed = self.value.shape[0] if self.value.shape else None
        if not isinstance(fixed, int):
            return wanted
        if fixed < 1 or samples % fixed:
            raise InvalidInputError(
                f"input {self.value.name!r} takes {fixed} samples at a time, and {samples} is no multiple of it"
            )
        return fixed

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
