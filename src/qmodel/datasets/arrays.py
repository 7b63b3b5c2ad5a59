"""Samples in arrays that hold all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from qmodel.adapters.arrays import typed_array
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.batch import Batch, Roles
from qmodel.quality.network_input import NetworkInputs, Shaped


@dataclass(frozen=True, slots=True, eq=False)
class ArrayDataset:
    """All samples in one batch, handed out in parts.

    Attributes:
        whole: the batch.
        inputs: of the network.
        samples: number of them.
        class_names: by label; may be empty.
    """

    whole: Batch
    inputs: NetworkInputs
    samples: int
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, graph: Graph, arrays: Mapping[str, object], /) -> ArrayDataset:
        """From arrays by name, as `qmodel.quality.batch.Roles` sorts them.

        Raises:
            InvalidInputError: an input is missing, a value is no array, or the arrays do not have as many samples.
        """
        whole, inputs = batch_of(graph, arrays), NetworkInputs.of(graph)
        samples = inputs.count(whole.inputs)
        check_targets(whole.targets, samples)
        return cls(whole, inputs, samples)

    def batches(self, size: int) -> Iterator[Batch]:
        """All samples, `size` at a time where the network does not say how many."""
        yield from parts(self.whole, self.inputs, self.inputs.samples_a_run(self.whole.inputs, size))


def check_targets(targets: Mapping[str, Shaped], samples: int, /) -> None:
    """See whether there are as many targets as samples.

    Raises:
        InvalidInputError: there are not.
    """
    for name, array in targets.items():
        if array.shape[:1] != (samples,):
            raise InvalidInputError(
                f"there are {samples} samples, and labels or targets {name!r} of shape {array.shape}"
            )


def parts(batch: Batch, inputs: NetworkInputs, size: int, /) -> Iterator[Batch]:
    """A batch in parts of at most `size` samples."""
    samples = inputs.count(batch.inputs)
    for start in range(0, samples, size):
        yield batch.part(inputs, start, min(start + size, samples))


def batch_of(graph: Graph, arrays: Mapping[str, object], /) -> Batch:
    """A batch from arrays or tensors by name.

    Raises:
        InvalidInputError: an input is missing, or a value is no array.
    """
    roles = Roles.of(graph, list(arrays))
    return Batch(
        {name: array_of(arrays[given], given) for name, given in roles.inputs.items()},
        {name: array_of(arrays[given], given) for name, given in roles.targets.items()},
    )


def array_of(value: object, name: str, /) -> Array:
    """A NumPy array of what a user has; a NumPy array as it is.

    Raises:
        InvalidInputError: it is no array of numbers.
    """
    return value if isinstance(value, np.ndarray) else typed_array(value, name=name).to_numpy()
