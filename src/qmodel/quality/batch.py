"""What a network is measured on: batches of samples, from wherever they come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.quality.network_input import NetworkInputs

IMAGES = "images"
LABELS = "labels"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some samples.

    Attributes:
        inputs: by name of the graph's input: numbers that go straight in, or images.
        targets: by name of the graph's output: classes of the samples, or what the output should be; not for every
            output.
        names: of the samples, such as the files they are from; empty where they have none.
    """

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def part(self, inputs: NetworkInputs, start: int, stop: int, /) -> Batch:
        """Some of the samples, in views."""
        targets = {name: array[start:stop] for name, array in self.targets.items()}
        return Batch(inputs.part(self.inputs, start, stop), targets, self.names[start:stop])


class Dataset(Protocol):
    """Samples to measure a network on, read as they are needed."""

    @property
    def samples(self) -> int | None:
        """How many there are; None where that is not known beforehand."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by label; empty where they have none."""

    def batches(self, size: int) -> Iterator[Batch]:
        """All samples in turn, `size` a run where neither the data set nor the network says how many."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What arrays are for.

    Attributes:
        inputs: by name of the graph's input, the name of the array.
        targets: by name of the graph's output, likewise; not for every output.
    """

    inputs: Mapping[str, str]
    targets: Mapping[str, str]

    @classmethod
    def of(cls, graph: Graph, names: Collection[str]) -> Roles:
        """Sort arrays by their names.

        Args:
            graph: the network.
            names: of an input or output; `images` stands for the input that images become, `labels` for the first
                output. Others have no role.

        Raises:
            InvalidInputError: there is none for an input.
        """
        inputs = {value.name: value.name for value in graph.inputs if value.name in names}
        targets = {value.name: value.name for value in graph.outputs if value.name in names}
        for_images = NetworkInputs.of(graph).for_images
        if for_images is not None and IMAGES in names:
            inputs.setdefault(for_images.value.name, IMAGES)
        if graph.outputs and LABELS in names and LABELS not in inputs:
            targets.setdefault(graph.outputs[0].name, LABELS)
        for value in graph.inputs:
            if value.name not in inputs:
                instead = f" nor {IMAGES!r}" if for_images and value.name == for_images.value.name else ""
                found = ", ".join(map(repr, list(names)[:5])) + (", ..." if len(names) > 5 else "")
                raise InvalidInputError(
                    f"there is no array {value.name!r}{instead} for the input; there is {found or 'none'}"
                )
        return cls(inputs, targets)
