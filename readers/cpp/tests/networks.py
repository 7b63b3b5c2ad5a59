"""The digit networks of the repository, compressed in the ways that the tests of the C++ reader run."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

import qmodel
from qmodel.adapters.numpy_archive import read_npz

ROOT = Path(__file__).resolve().parents[3]
DIGITS = ROOT / "src" / "qmodel" / "demo" / "data" / "digits.npz"
NETWORKS = {
    "rescnn": ROOT / "src" / "qmodel" / "demo" / "data" / "rescnn.onnx",
    **{name: ROOT / "tests" / "networks" / f"{name}.onnx" for name in ("lenet300", "lenet5", "gru", "lstm")},
}
RECIPES = ("lossless", "int8", "small")


def read_digits(path: Path = DIGITS) -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 of shape (samples, 28, 28), and labels, uint8 of shape (samples,)."""
    with read_npz(path) as arrays:
        return np.asarray(arrays["images"]), np.asarray(arrays["labels"])


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write bytes as the MNIST files hold them; compressed when the name ends with `.gz`."""
    content = bytes([0, 0, 8, array.ndim]) + np.asarray(array.shape, dtype=">u4").tobytes() + array.tobytes()
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)


def write_model(path: Path, network: str, recipe: str, images: np.ndarray) -> None:
    """Compress a network, with golden samples of the first images."""
    model = qmodel.from_onnx(NETWORKS[network], pixel_scale=1 / 255)
    qmodel.save(model, path, recipe=recipe, golden={"images": images[:4]})
