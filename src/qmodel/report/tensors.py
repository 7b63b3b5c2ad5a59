"""Size and error of each tensor, and histograms of the largest: decoded one after another, some ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from qmodel.container import Reader
from qmodel.dtypes import Array
from qmodel.encodings.convert import widen
from qmodel.model import is_weight
from qmodel.quality.error import ErrorSums
from qmodel.report.codes import CodeScale
from qmodel.report.facts import TensorFacts, WeightHistogram
from qmodel.report.histogram import evenly_spaced, weight_histogram
from qmodel.rewriting.overlay import stored_tensor, tensor_facts

Progress = Callable[[int, int], None]

MOST_HISTOGRAMS = 24


@dataclass(frozen=True, slots=True)
class TensorMeasures:
    """All that was measured of tensors.

    Attributes:
        tensors: in the order in which the network uses them.
        histograms: of the largest weights, in that order.
        compared: number of tensors that the reference has, too.
        lossy_error: of those of them that differ, together; None where none was compared.
        weight_error: of the weights among them, together; None where none was compared.
    """

    tensors: tuple[TensorFacts, ...]
    histograms: tuple[WeightHistogram, ...]
    compared: int
    lossy_error: ErrorSums | None
    weight_error: ErrorSums | None


@dataclass(frozen=True, slots=True)
class _Found:
    errors: ErrorSums | None = None
    histogram: WeightHistogram | None = None


def measured_tensors(
    reader: Reader,
    described: list[dict[str, Any]],
    /,
    *,
    reference: Mapping[str, Any] | None = None,
    decode: bool = True,
    progress: Progress | None = None,
) -> TensorMeasures:
    """Measure the tensors of a file.

    Args:
        reader: the file.
        described: its tensors, as `qmodel.description.file.describe` has them.
        reference: tensors that the file's are compared with by name, where the shapes are equal; floats only.
        decode: whether anything is decoded: not in a file that is damaged.
        progress: called with the number of tensors done and their total.
    """
    drawn = _largest_weights(reader)
    found: dict[str, _Found] = {}
    if decode:
        measures = reader.for_each(lambda name: _measured(reader, name, reference, draw=name in drawn))
        for name, each in zip(reader, measures, strict=True):
            found[name] = each
            if progress:
                progress(len(found), len(reader))
    tensors = tuple(
        _tensor_facts(reader, number, each, found.get(each["name"], _Found()).errors)
        for number, each in enumerate(described, start=1)
    )
    histograms = (found[each.name].histogram for each in tensors if each.name in found)
    errors = {name: each.errors for name, each in found.items() if each.errors}
    weights = [errors[each.name] for each in tensors if each.is_weight and each.name in errors]
    return TensorMeasures(
        tensors,
        tuple(each for each in histograms if each),
        len(errors),
        _sum(each for each in errors.values() if each.squared_error) if errors else None,
        _sum(weights) if weights else None,
    )


def _largest_weights(reader: Reader) -> set[str]:
    weights = [each for each in reader.tensors.values() if is_weight(each.element_type, each.shape)]
    return {each.name for each in sorted(weights, key=lambda each: -prod(each.shape))[:MOST_HISTOGRAMS]}


def _measured(reader: Reader, name: str, reference: Mapping[str, Any] | None, *, draw: bool) -> _Found:
    original = None if reference is None else _comparable(reader, name, reference)
    if original is None and not draw:
        return _Found()
    decoded = widen(reader.tensor(name))
    errors = None if original is None else ErrorSums().add(original, decoded)
    return _Found(errors, _histogram(reader, name, decoded, original) if draw else None)


def _comparable(reader: Reader, name: str, reference: Mapping[str, Any]) -> Array | None:
    """The reference of a tensor; None where there is none, of other shape, or one of the two is not of floats."""
    record = reader.tensors[name]
    if not record.element_type.is_float or name not in reference:
        return None
    element_type, shape = tensor_facts(reference, name)
    if not element_type.is_float or shape != record.shape:
        return None
    return widen(stored_tensor(reference, name))


def _histogram(reader: Reader, name: str, decoded: Array, original: Array | None) -> WeightHistogram | None:
    shown = evenly_spaced(decoded)
    extremes = (float(np.fmin.reduce(shown)), float(np.fmax.reduce(shown)))
    scale = CodeScale.of(reader, name)
    if scale is not None:
        shown = evenly_spaced(scale.codes_of(decoded))
        original = None if original is None else scale.codes_of(original)
    before = None if original is None else evenly_spaced(original)
    return weight_histogram(name, shown, before, are_codes=scale is not None, extremes=extremes)


def _tensor_facts(reader: Reader, number: int, described: dict[str, Any], errors: ErrorSums | None) -> TensorFacts:
    record = reader.tensors[described["name"]]
    return TensorFacts(
        number=number,
        name=record.name,
        shape=record.shape,
        dtype=described["dtype"],
        encoding=described["encoding"],
        values=prod(record.shape),
        stored_bytes=described["stored_bytes"],
        bits_per_weight=described["bits_per_weight"],
        share=described["share"],
        is_weight=is_weight(record.element_type, record.shape),
        relative_mse=errors.relative_mse if errors else described["relative_mse"],
        max_abs_error=errors.max_abs_error if errors else described["max_abs_error"],
    )


def _sum(parts: Iterable[ErrorSums]) -> ErrorSums:
    total = ErrorSums()
    for part in parts:
        total = total.merge(part)
    return total
