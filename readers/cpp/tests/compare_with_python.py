"""Holds the command `predict` against the Python interpreter: the digit networks, compressed in several ways.

python compare_with_python.py BUILD            1,000 digits that come with the package
python compare_with_python.py BUILD DIGITS.npz all digits of an archive with `images` and `labels`

BUILD is the folder with the programs `predict` and `qmodel_verify`. Every network must give the same class for each
digit, the same accuracy, precision, recall and F1, and probabilities within 1e-5; its golden samples must be replayed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from networks import DIGITS, NETWORKS, RECIPES, read_digits, write_idx, write_model

import qmodel
from qmodel.quality.classification import confusion_matrix, predicted_classes, scores_of

TOLERANCE = 1e-5
BATCH = 250
SCORES = ("accuracy", "precision", "recall", "f1")


@dataclass(frozen=True)
class Answer:
    """What an interpreter says of all digits."""

    classes: np.ndarray
    probabilities: np.ndarray
    scores: dict[str, float]


def of_python(path: Path, images: np.ndarray, labels: np.ndarray) -> Answer:
    """The answer of the Python interpreter."""
    model = qmodel.load(path)
    image_input = model.graph.image_inputs[0]
    logits = np.concatenate(
        [
            next(
                iter(
                    qmodel.run(model, {image_input.input: image_input.prepare(images[start : start + BATCH])}).values()
                )
            )
            for start in range(0, len(images), BATCH)
        ]
    ).astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    classes = predicted_classes(logits)
    found = scores_of(confusion_matrix(labels.astype(np.int64), classes, classes=logits.shape[1]))
    return Answer(classes, powers / powers.sum(axis=1, keepdims=True), {name: getattr(found, name) for name in SCORES})


def of_cpp(command: list[str]) -> Answer:
    """The answer of `predict`."""
    said = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True).stdout)
    return Answer(
        np.array([each["class"] for each in said["predictions"]]),
        np.array([each["probabilities"] for each in said["predictions"]]),
        {name: said["scores"][name] for name in SCORES},
    )


def problems_of(python: Answer, cpp: Answer) -> list[str]:
    """What must hold and does not."""
    found = []
    if not np.array_equal(python.classes, cpp.classes):
        found.append(f"{np.count_nonzero(python.classes != cpp.classes)} classes differ")
    if cpp.probabilities.min() < 0 or cpp.probabilities.max() > 1:
        found.append("probabilities are not between 0 and 1")
    worst = np.abs(python.probabilities - cpp.probabilities).max()
    if not worst <= TOLERANCE:
        found.append(f"a probability is off by {worst:.2g}")
    found += [
        f"{name} is {cpp.scores[name]}, not {wanted}"
        for name, wanted in python.scores.items()
        if (cpp.scores[name] != wanted if name == "accuracy" else abs(cpp.scores[name] - wanted) > 1e-12)
    ]
    return found


def compare(build: Path, digits: Path, folder: Path) -> int:
    """Compare all networks; print a line for each, and return how many do not hold."""
    images, labels = read_digits(digits)
    write_idx(folder / "images.idx.gz", images)
    write_idx(folder / "labels.idx", labels)
    failed = 0
    for network in NETWORKS:
        for recipe in RECIPES:
            path = folder / f"{network}-{recipe}.qmodel"
            write_model(path, network, recipe, images)
            command = [str(build / "predict"), str(path), str(folder / "images.idx.gz")]
            python, cpp = of_python(path, images, labels), of_cpp([*command, "--labels", str(folder / "labels.idx")])
            problems = problems_of(python, cpp)
            if subprocess.run([build / "predict", "--golden", path], capture_output=True, check=False).returncode:
                problems.append("golden samples are not replayed")
            worst = np.abs(python.probabilities - cpp.probabilities).max()
            state = "; ".join(problems) or f"largest difference of a probability {worst:.1e}"
            print(f"{network:9} {recipe:9} accuracy {100 * cpp.scores['accuracy']:.2f} %  {state}")
            failed += bool(problems)
    return failed


def main() -> int:
    """Compare, and say how many networks hold."""
    digits = Path(sys.argv[2]) if len(sys.argv) > 2 else DIGITS
    with tempfile.TemporaryDirectory() as folder:
        failed = compare(Path(sys.argv[1]), digits, Path(folder))
    print(f"{len(NETWORKS) * len(RECIPES) - failed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
