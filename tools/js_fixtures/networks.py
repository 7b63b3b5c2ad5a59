"""Trained networks of digits as small files with golden samples, and the sample of the viewer."""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path

import numpy as np

import qmodel
from qmodel.demo.samples import DIGITS, NETWORK
from qmodel.dtypes import Array

BITS_PER_WEIGHT = 2.5
SAMPLE_BITS_PER_WEIGHT = 3.0
PIXEL_SCALE = 1 / 255


def stored_network(model: Path, /) -> bytes:
    """An ONNX network of digits, stored with loss, with golden samples."""
    return _stored(qmodel.from_onnx(model), BITS_PER_WEIGHT, samples=2, metadata={})


def sample() -> bytes:
    """The demo's network as the viewer shows it."""
    metadata = {
        "about": "A small residual network with depthwise convolutions that reads handwritten digits.",
        "data": "MNIST, by Yann LeCun and Corinna Cortes (CC BY-SA 3.0)",
        "license": "Apache-2.0",
    }
    with _demo_file(NETWORK) as stream:
        path = Path(stream.name)
    return _stored(qmodel.from_onnx(path), SAMPLE_BITS_PER_WEIGHT, samples=4, metadata=metadata)


def digits() -> tuple[Array, Array]:
    """The demo's digits: images uint8 (1000, 28, 28) and labels uint8 (1000,)."""
    with _demo_file(DIGITS) as stream, np.load(stream) as archive:
        return archive["images"], archive["labels"]


def _demo_file(name: str) -> io.BufferedReader:
    return open(str(files("qmodel.demo") / "data" / name), "rb")


def _stored(model: qmodel.Model, bits: float, *, samples: int, metadata: dict[str, str]) -> bytes:
    images, labels = digits()
    chosen = np.stack([images[labels == digit][0] for digit in range(samples)])
    target = io.BytesIO()
    prepared = qmodel.with_image_input(model, scale=PIXEL_SCALE)
    qmodel.save(
        prepared,
        target,
        recipe="small",
        bits_per_weight=bits,
        golden={"images": chosen},
        golden_samples=samples,
        metadata=metadata,
        threads=1,
    )
    return target.getvalue()
