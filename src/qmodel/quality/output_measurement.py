"""Measures one output of a network batch by batch: against labels, against targets, and against the reference's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.quality.batch import Batch
from qmodel.quality.class_measurement import Classification, ClassMeasurement
from qmodel.quality.classification import are_class_scores, class_scores
from qmodel.quality.deviation import DeviationSums, OutputDeviation
from qmodel.quality.network_input import NetworkInputs
from qmodel.quality.target_error import TargetError, TargetSums
from qmodel.quality.two_classes import TwoClasses, is_one_number

Task: TypeAlias = Literal["auto", "classification", "regression"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OutputQuality:
    """How good one output of a network is.

    Attributes:
        name: of the output in the graph.
        classification: against labels; None without labels, or where they are numbers to be met.
        target_error: against numbers to be met; None without them.
        deviation: from the reference's output; None without reference, and where both networks made outputs of other
            shapes, as those are that list what was found.
    """

    name: str
    classification: Classification | None = None
    target_error: TargetError | None = None
    deviation: OutputDeviation | None = None


class OutputMeasurement:
    """Everything that is summed for one output; the first batch decides what its targets are.

    Args:
        name: of the output.
        task: `auto` takes integers of shape (samples,) for labels where the output holds scores of classes, and all
            else for numbers to be met. With `classification`, an output of one number a sample is that of two classes:
            the probability of class 1 where all numbers of the first batch are from 0 to 1, else its logit.
        top_k: for `Classification.top_k`.
        keep_wrong: number of wrong predictions to keep.
        class_names: by label; may be empty.
    """

    def __init__(self, name: str, *, task: Task, top_k: int, keep_wrong: int, class_names: tuple[str, ...]) -> None:
        self.name = name
        self._task = task
        self._classes = ClassMeasurement(top_k=top_k, keep_wrong=keep_wrong, class_names=class_names)
        self._targets = TargetSums()
        self._kind: Literal["classes", "numbers"] | None = None
        self._scores_of: Callable[[Array], Array] = class_scores
        self._deviation: DeviationSums | None = None
        self._shapes_differ = False
        self._batches = 0

    def add(self, output: Array, reference: Array | None, batch: Batch, inputs: NetworkInputs) -> None:
        """Take a batch.

        Args:
            output: of the network.
            reference: the same of the reference network, if there is one.
            batch: the samples, with or without targets for this output.
            inputs: of the network.

        Raises:
            InvalidInputError: targets or reference do not fit, there are targets for some batches alone, or a score of
                a class is NaN.
        """
        targets = batch.targets.get(self.name)
        try:
            if not self._batches and self._task == "classification" and is_one_number(output):
                self._scores_of = TwoClasses.of(output)
            self._add_targets(output, targets, batch, inputs)
            if reference is not None:
                self._add_reference(output, reference)
        except InvalidInputError as error:
            raise InvalidInputError(f"output {self.name!r}: {error}") from None
        self._batches += 1

    def result(self) -> OutputQuality:
        """The measures over all batches."""
        return OutputQuality(
            name=self.name,
            classification=self._classes.result() if self._kind == "classes" else None,
            target_error=self._targets.result() if self._kind == "numbers" else None,
            deviation=self._deviation.result() if self._deviation and not self._shapes_differ else None,
        )

    def _add_targets(self, output: Array, targets: Array | None, batch: Batch, inputs: NetworkInputs) -> None:
        if self._batches and (targets is None) != (self._kind is None):
            raise InvalidInputError("some batches have labels or targets, others have none")
        if targets is None:
            return
        if not self._batches:
            self._kind = "classes" if self._are_labels(output, targets) else "numbers"
        if self._kind == "classes":
            self._classes.add(self._scores_of(output), targets, batch, inputs)
        else:
            self._targets.add(targets, output)

    def _add_reference(self, output: Array, reference: Array) -> None:
        self._shapes_differ |= output.shape != reference.shape
        if self._shapes_differ:
            return
        if self._deviation is None:
            self._deviation = DeviationSums(self._scores_of if self._holds_classes(output) else None)
        self._deviation.add(reference, output)

    def _are_labels(self, output: Array, targets: Array) -> bool:
        if self._task != "auto":
            return self._task == "classification"
        return targets.ndim == 1 and targets.dtype.kind in "biu" and are_class_scores(output)

    def _holds_classes(self, output: Array) -> bool:
        if self._kind is not None:
            return self._kind == "classes"
        return self._task != "regression" and (are_class_scores(output) or self._scores_of is not class_scores)
