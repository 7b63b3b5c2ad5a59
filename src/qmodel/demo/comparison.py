"""Compresses the sample network with several recipes, and measures each file beside the float network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qmodel.adapters.numpy_archive import read_npz
from qmodel.api import from_onnx, load, save, verify
from qmodel.demo.predictions import class_scores
from qmodel.demo.samples import copy_samples
from qmodel.dtypes import Array
from qmodel.quality.classification import (
    ClassificationScores,
    agreement,
    checked_labels,
    confusion_matrix,
    predicted_classes,
    scores_of,
)
from qmodel.quality.error import ErrorSums
from qmodel.recipes import CompressionSummary

RECIPES = ("lossless", "int8", "int4")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file beside the float network.

    Attributes:
        recipe: its name.
        path: of the file, which `qmodel.verify` has found to be without fault.
        bytes: size of the file.
        ratio: size of the float weights over size of the file.
        bits_per_weight: of the whole file.
        scores: accuracy and the like.
        agreement: fraction of images for which both networks predict the same class.
        sqnr_db: signal to quantization noise ratio of the output, in decibels; infinite without error.
    """

    recipe: str
    path: Path
    bytes: int
    ratio: float
    bits_per_weight: float
    scores: ClassificationScores
    agreement: float
    sqnr_db: float

    def to_json(self) -> dict[str, Any]:
        """As plain values; an infinite SQNR is None."""
        return {
            "recipe": self.recipe,
            "path": str(self.path),
            "bytes": self.bytes,
            "ratio": self.ratio,
            "bits_per_weight": self.bits_per_weight,
            **_measures(self.scores),
            "agreement": self.agreement,
            "sqnr_db": self.sqnr_db if math.isfinite(self.sqnr_db) else None,
            "verified": True,  # a file that is not does not get here
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The float network and the files made from it.

    Attributes:
        network: path of the float network.
        digits: path of the images and labels.
        float_bytes: size of the float weights.
        float_scores: how good the float network is.
        files: in the order of RECIPES.
    """

    network: Path
    digits: Path
    float_bytes: int
    float_scores: ClassificationScores
    files: tuple[FileResult, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "images": self.float_scores.samples,
            "float": {"bytes": self.float_bytes, **_measures(self.float_scores)},
            "files": [result.to_json() for result in self.files],
        }


def compare_recipes(folder: Path, /, *, progress: Progress | None = None) -> Comparison:
    """Write a file for each of RECIPES into a folder, verify it, run it, and compare it with the float network.

    Args:
        folder: made when it does not exist; files of the same names in it are replaced.
        progress: called with the number of answers computed and their total.

    Raises:
        OSError: the folder cannot be written to.
        UnsupportedError: the package `onnx` is not installed.
        VerificationError: a file just written is not right.
    """
    network, digits = copy_samples(folder)
    model = from_onnx(network, pixel_scale=1 / 255)
    with read_npz(digits) as arrays:
        images, labels = arrays["images"], checked_labels(arrays["labels"])
    count = _counter(progress, len(images) * (1 + len(RECIPES)))
    reference = class_scores(model, images, after_batch=count)
    files = []
    for recipe in RECIPES:
        path = folder / f"{recipe}.qmodel"
        summary = save(model, path, recipe=recipe)
        verify(path)
        answers = class_scores(load(path), images, after_batch=count)
        files.append(_file_result(recipe, path, summary, answers, reference, labels))
    return Comparison(network, digits, summary.input_bytes, _measured(reference, labels), tuple(files))


def _file_result(
    recipe: str, path: Path, summary: CompressionSummary, answers: Array, reference: Array, labels: Array
) -> FileResult:
    return FileResult(
        recipe=recipe,
        path=path,
        bytes=path.stat().st_size,
        ratio=summary.input_bytes / path.stat().st_size,
        bits_per_weight=summary.bits_per_weight,
        scores=_measured(answers, labels),
        agreement=agreement(predicted_classes(answers), predicted_classes(reference)),
        sqnr_db=ErrorSums().add(reference, answers).sqnr_db,
    )


def _measured(answers: Array, labels: Array) -> ClassificationScores:
    return scores_of(confusion_matrix(labels, predicted_classes(answers), classes=answers.shape[1]))


def _measures(scores: ClassificationScores) -> dict[str, float]:
    return {name: getattr(scores, name) for name in ("accuracy", "precision", "recall", "f1")}


def _counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, total)

    return count
