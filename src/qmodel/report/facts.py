"""What a report says, as plain values: gathered from files and data, shown by the page, printed as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import DeviationError, NonCanonicalError, QModelError
from qmodel.quality.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Verification:
    """What `qmodel.verify` found.

    Attributes:
        findings: every error; none of a file that is right.
        golden: number of golden samples.
        ran: whether the network was run on them.
    """

    findings: tuple[QModelError, ...]
    golden: int
    ran: bool

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def decodes(self) -> bool:
        """Whether the numbers can be read all the same."""
        return all(isinstance(finding, NonCanonicalError | DeviationError) for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFacts:
    """Size and error of one tensor.

    Attributes:
        number: its place, from 1, in the order in which the network uses the tensors.
        name: of the tensor.
        shape: length of each axis.
        dtype: element type in short, as `f32`.
        encoding: the tree in short.
        values: number of values.
        stored_bytes: its payloads in the file.
        bits_per_weight: 8 · stored_bytes / values.
        share: stored_bytes / size of the file.
        is_weight: whether it is worth quantizing; see `qmodel.model.is_weight`.
        relative_mse: Σ (w − w′)² / Σ w², measured against the reference, else what the file records; None where neither
            says anything.
        max_abs_error: max |w − w′|, likewise.
    """

    number: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    encoding: str
    values: int
    stored_bytes: int
    bits_per_weight: float
    share: float
    is_weight: bool
    relative_mse: float | None
    max_abs_error: float | None

    @property
    def sqnr_db(self) -> float | None:
        """−10 · log10(relative_mse) in decibels, infinite without error; None where that is not known."""
        if self.relative_mse is None or math.isinf(self.relative_mse):
            return None
        return -10 * math.log10(self.relative_mse) if self.relative_mse else math.inf


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WeightHistogram:
    """How often a tensor's values occur, before and after.

    Attributes:
        tensor: its name.
        are_codes: whether values are on the scale of the quantizer's codes: over the scale of their own block, plus its
            zero point.
        low: the lower end of the first bin.
        high: the upper end of the last bin; values outside are not counted.
        original: fraction of the reference's values in each bin; None without a reference.
        decoded: fraction of the decoded values in each bin; None where there are levels.
        levels: the different decoded values within the bins, ascending; None where they are too many.
        at_levels: fraction of the decoded values at each level.
        counted: number of values looked at: all, or evenly spaced ones of a large tensor.
        smallest: of all decoded values that were looked at, as they are.
        largest: likewise.
    """

    tensor: str
    are_codes: bool
    low: float
    high: float
    original: Array | None
    decoded: Array | None
    levels: Array | None
    at_levels: Array | None
    counted: int
    smallest: float
    largest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What another recipe makes of the same weights.

    Attributes:
        recipe: its name.
        about: it, in a few words.
        bits_per_weight: payloads alone, over the number of the weights' values.
        relative_mse: of the weights.
        accuracy: of the network with these weights; None where it was not run.
        problem: why there are no figures; empty: there are.
    """

    recipe: str
    about: str
    bits_per_weight: float = 0.0
    relative_mse: float = 0.0
    accuracy: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """This file among what other recipes make of its weights.

    Attributes:
        this: the file itself.
        others: presets, then those of any quality, each at several.
        against_reference: whether the weights are the reference's; else they are the file's own, `relative_mse` adds up
            the error that the file records and that of the alternative, and finer ones are left out.
        values: number of values that the others were tried on.
        all_values: number of values of all weights.
    """

    this: Alternative
    others: tuple[Alternative, ...]
    against_reference: bool
    values: int
    all_values: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Report:
    """All that a page says.

    Attributes:
        title: of the page.
        file: what the file says of itself; see `qmodel.description.file.describe`.
        float_bytes: of all values in their own element types: what the file would take without compression.
        relative_mse: of all tensors that are stored with loss, measured or recorded; None where nothing is known.
        verification: what was found wrong.
        reference: name of the file compared with; None without.
        compared: number of tensors of floats that it has by the same name and of the same shape.
        tensors: in the order in which the network uses them.
        histograms: of the largest weights, in that order.
        evaluation: of the network on labelled data; None without.
        data: name of the data; None without.
        alternatives: None when they were not asked for, or there are no weights.
    """

    title: str
    file: dict[str, Any]
    float_bytes: int
    relative_mse: float | None
    verification: Verification
    reference: str | None
    compared: int
    tensors: tuple[TensorFacts, ...]
    histograms: tuple[WeightHistogram, ...]
    evaluation: Evaluation | None
    data: str | None
    alternatives: Alternatives | None

    def to_json(self) -> dict[str, Any]:
        """As dicts, lists, numbers, text and None."""
        return {member.name: _plain(getattr(self, member.name)) for member in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Evaluation):
        return value.to_json()
    if isinstance(value, QModelError):
        return {"kind": type(value).__name__, "message": str(value)}
    if is_dataclass(value):
        return {member.name: _plain(getattr(value, member.name)) for member in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
