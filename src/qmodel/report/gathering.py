"""Gathers what a report says: the file checked and described, its tensors measured, its network run, others tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from qmodel.container import Reader
from qmodel.description.file import describe
from qmodel.errors import InvalidInputError
from qmodel.kernels.dispatch import compiling_possible
from qmodel.model import Model
from qmodel.quality.batch import Dataset
from qmodel.quality.evaluation import Evaluation, evaluate
from qmodel.quality.output_measurement import Task
from qmodel.report.alternatives import Judge, tried_alternatives
from qmodel.report.facts import Alternatives, Report
from qmodel.report.tensors import TensorMeasures, measured_tensors
from qmodel.report.verification import verified

Progress = Callable[[int, int | None], None]
# Given what is being done, a context that gives a function to call with what is done and the total, or None.
Stages = Callable[[str], AbstractContextManager[Progress | None]]

# In NumPy alone, trellises take some fifty times as long.
_ALTERNATIVES_BYTES, _ALTERNATIVES_BYTES_UNCOMPILED = 4_000_000, 250_000
DEFAULT_WRONG = 24


@dataclass(frozen=True, slots=True, eq=False)
class DataWanted:
    """What the network is run on.

    Attributes:
        name: what the report calls the data.
        dataset: the samples; gone through again for each alternative whose accuracy is wanted.
        task: what labels are, as `qmodel.evaluate` takes it.
        batch_size: samples a run, where neither the data nor the network says how many.
        limit: number of samples at most; None: all.
        wrong: how many wrong predictions, the surest ones, are shown.
    """

    name: str
    dataset: Dataset
    task: Task = "auto"
    batch_size: int = 250
    limit: int | None = None
    wrong: int = DEFAULT_WRONG


def default_alternatives_bytes() -> int:
    """Of how many bytes alternatives are tried in some ten seconds."""
    return _ALTERNATIVES_BYTES if compiling_possible() else _ALTERNATIVES_BYTES_UNCOMPILED


@dataclass(frozen=True, slots=True)
class AlternativesWanted:
    """How other recipes are tried.

    Attributes:
        limit: about how many bytes of values, the first rows of each tensor; None: all.
            By default 4 MB, or 250 kB without numba, which take some ten seconds.
        accuracy: whether the network is run with each, which takes all values.
    """

    limit: int | None = field(default_factory=default_alternatives_bytes)
    accuracy: bool = False


def _silent(_what: str) -> AbstractContextManager[Progress | None]:
    return nullcontext()


def gather(
    path: Path,
    model: Model,
    /,
    *,
    title: str | None = None,
    reference: Model | None = None,
    reference_name: str | None = None,
    data: DataWanted | None = None,
    alternatives: AlternativesWanted | None = None,
    bases: Sequence[Mapping[str, Any]] = (),
    stages: Stages = _silent,
) -> Report:
    """Measure a file.

    Args:
        path: of the file; its folder is not mentioned.
        model: the same file, open: its weights are a `Reader`.
        title: of the page; None: the file's name.
        reference: the network that the file was made from, whose tensors have the same names.
        reference_name: what the report calls it.
        data: what the network is run on; None: it is not run.
        alternatives: None: no others are tried.
        bases: where deltas find the tensors they change.
        stages: shows progress.

    Raises:
        InvalidInputError: the model is not that of a `.qmodel` file, or the data do not fit its network.
        GraphError: the network cannot be run.
    """
    reader = model.weights
    if not isinstance(reader, Reader):
        raise InvalidInputError(f"{path}: a report is about a .qmodel file")
    with stages("verifying") as progress:
        verification = verified(path, reader, bases=bases, progress=progress)
    described = describe(reader)
    with stages("measuring tensors") as progress:
        measures = measured_tensors(
            reader,
            described["tensors"],
            reference=None if reference is None else reference.weights,
            decode=verification.decodes,
            progress=progress,
        )
    usable = verification.decodes
    return Report(
        title=path.name if title is None else title,
        file={"name": path.name, **described},
        float_bytes=sum(each.element_type.packed_bytes(prod(each.shape)) for each in reader.tensors.values()),
        relative_mse=measures.lossy_error.relative_mse if measures.lossy_error else described["relative_mse"],
        verification=verification,
        reference=None if reference is None else reference_name,
        compared=measures.compared,
        tensors=measures.tensors,
        histograms=measures.histograms,
        evaluation=_evaluated(model, reference, data, stages) if usable else None,
        data=None if data is None else data.name,
        alternatives=_tried(model, reference, measures, data, alternatives, stages) if usable else None,
    )


def _evaluated(model: Model, reference: Model | None, data: DataWanted | None, stages: Stages) -> Evaluation | None:
    if data is None:
        return None
    with stages("evaluating") as progress:
        return evaluate(
            model,
            data.dataset,
            reference=reference if reference and reference.graph else None,
            task=data.task,
            batch_size=data.batch_size,
            limit=data.limit,
            keep_wrong=data.wrong,
            progress=progress,
        )


def _tried(
    model: Model,
    reference: Model | None,
    measures: TensorMeasures,
    data: DataWanted | None,
    wanted: AlternativesWanted | None,
    stages: Stages,
) -> Alternatives | None:
    if wanted is None:
        return None
    reader = model.weights
    judge = None
    if wanted.accuracy:
        if data is None:
            raise InvalidInputError("the accuracy of alternatives is measured on data: give them as well")
        judge = _judge(data)
    recorded = reader.manifest.quality if isinstance(reader, Reader) else None
    recorded_error = recorded.relative_mse if recorded else None
    own = measures.weight_error.relative_mse if measures.weight_error else recorded_error
    with stages("trying alternatives") as progress:
        return tried_alternatives(
            model,
            measures.tensors,
            own_error=own,
            reference=reference,
            limit=wanted.limit,
            judge=judge,
            progress=progress,
        )


def _judge(data: DataWanted) -> Judge:
    def accuracy_of(model: Model) -> float:
        return evaluate(model, data.dataset, task=data.task, batch_size=data.batch_size, limit=data.limit).accuracy

    return accuracy_of
