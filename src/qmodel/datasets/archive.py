"""Samples in a `.npz` file, read as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from qmodel.adapters.numpy_archive import NumpyArchive, read_npz
from qmodel.datasets.arrays import check_targets
from qmodel.datasets.naming import naming
from qmodel.datasets.rows import ArrayRows, WholeRows, npy_rows
from qmodel.graph import Graph
from qmodel.quality.batch import Batch, Roles
from qmodel.quality.network_input import NetworkInputs


@dataclass(frozen=True, slots=True, eq=False)
class ArchiveDataset:
    """Arrays named after inputs and outputs, or `images` and `labels`.

    Attributes:
        path: of the file.
        inputs: of the network.
        roles: what the arrays are for.
        samples: number of them.
    """

    path: Path
    inputs: NetworkInputs
    roles: Roles
    samples: int

    @classmethod
    def of(cls, graph: Graph, path: Path) -> ArchiveDataset:
        """Look into a file.

        Raises:
            OSError: it cannot be opened.
            InvalidInputError: it is damaged, an input is missing, or the arrays do not have as many samples.
        """
        inputs = NetworkInputs.of(graph)
        with ExitStack() as stack:
            arrays = stack.enter_context(read_npz(path))
            with naming(path):
                roles = Roles.of(graph, list(arrays))
            shapes = {
                name: _opened(stack, arrays, path, name) for name in (*roles.inputs.values(), *roles.targets.values())
            }
        with naming(path):
            samples = inputs.count({name: shapes[array] for name, array in roles.inputs.items()})
            check_targets({array: shapes[array] for array in roles.targets.values()}, samples)
        return cls(path, inputs, roles, samples)

    @property
    def class_names(self) -> tuple[str, ...]:
        """There are none in such a file."""
        return ()

    def batches(self, size: int) -> Iterator[Batch]:
        """All samples, `size` at a time where the network does not say how many."""
        with ExitStack() as stack:
            arrays = stack.enter_context(read_npz(self.path))
            rows = {name: _opened(stack, arrays, self.path, array) for name, array in self.roles.inputs.items()}
            targets = {name: _opened(stack, arrays, self.path, array) for name, array in self.roles.targets.items()}
            carriers, step = self.inputs.carriers(rows), self.inputs.samples_a_run(rows, size)
            alike = {name: arrays[array] for name, array in self.roles.inputs.items() if name not in carriers}
            for start in range(0, self.samples, step):
                count = min(step, self.samples - start)
                inputs = {name: alike[name] if name in alike else each.read(count) for name, each in rows.items()}
                yield Batch(inputs, {name: each.read(count) for name, each in targets.items()})


def _opened(stack: ExitStack, arrays: NumpyArchive, path: Path, name: str) -> ArrayRows | WholeRows:
    stream, size = arrays.stream(name)
    stack.enter_context(closing(stream))
    return npy_rows(f"{path}: array {name!r}", stream, size) or WholeRows(arrays[name])
