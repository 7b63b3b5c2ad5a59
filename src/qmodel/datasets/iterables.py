"""Batches that come one after another, such as those of a PyTorch DataLoader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qmodel.datasets.arrays import batch_of, check_targets, parts
from qmodel.datasets.naming import naming
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.batch import IMAGES, LABELS, Batch
from qmodel.quality.network_input import NetworkInputs


@dataclass(frozen=True, slots=True, eq=False)
class IterableDataset:
    """Batches of any size, each a mapping of arrays, a pair of images and labels, or images alone.

    Attributes:
        graph: the network.
        items: the batches; gone through once.
    """

    graph: Graph
    items: Iterable[object]

    @property
    def samples(self) -> None:
        """Not known."""
        return None

    @property
    def class_names(self) -> tuple[str, ...]:
        """None are known."""
        return ()

    def batches(self, _size: int) -> Iterator[Batch]:
        """The batches as they come; in parts where the network says how many samples it takes.

        Raises:
            InvalidInputError: a batch is none of these, or does not fit the network.
        """
        inputs = NetworkInputs.of(self.graph)
        for number, item in enumerate(self.items):
            with naming(f"batch {number}"):
                batch = batch_of(self.graph, self._arrays(inputs, item))
                samples = inputs.count(batch.inputs)
                check_targets(batch.targets, samples)
                size = inputs.samples_a_run(batch.inputs, max(samples, 1))
            yield from parts(batch, inputs, size)

    def _arrays(self, inputs: NetworkInputs, item: object) -> Mapping[str, object]:
        if isinstance(item, Mapping):
            return item
        if isinstance(item, tuple | list):
            if len(item) not in (1, 2):
                raise InvalidInputError(f"a batch is images, (images, labels) or a mapping, not {len(item)} things")
            labels = item[1] if len(item) == 2 else {}
            targets = labels if isinstance(labels, Mapping) else {LABELS: labels}
            return {**single_input(inputs, item[0]), **targets}
        return single_input(inputs, item)


def single_input(inputs: NetworkInputs, value: object, /) -> dict[str, object]:
    """The arrays of a network of which only one input is given: a mapping of them, or what is for images.

    Raises:
        InvalidInputError: the network has several inputs, and `value` does not name them.
    """
    if isinstance(value, Mapping):
        return dict(value)
    if inputs.for_images is None:
        names = ", ".join(repr(each.value.name) for each in inputs.inputs)
        raise InvalidInputError(f"the network has several inputs: give arrays by name: {names}")
    return {IMAGES if len(inputs.inputs) > 1 else inputs.for_images.value.name: value}
