"""Trained networks on real digits: the interpreter against onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from qmodel.adapters.onnx import import_model
from qmodel.dtypes import Array
from qmodel.kernels import depthwise
from qmodel.runtime.session import Session

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "src/qmodel/demo/data"
PATHS = {
    "lenet300": ROOT / "tests/networks/lenet300.onnx",
    "lenet5": ROOT / "tests/networks/lenet5.onnx",
    "rescnn": DEMO / "rescnn.onnx",
    "lstm": ROOT / "tests/networks/lstm.onnx",
    "gru": ROOT / "tests/networks/gru.onnx",
}
SHAPES = {"lenet300": (-1, 784), "lstm": (-1, 28, 28), "gru": (-1, 28, 28)}


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    with np.load(DEMO / "digits.npz") as archive:
        return archive["images"].astype(np.float32) / np.float32(255), archive["labels"]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("name", PATHS)
def test_agrees_with_onnxruntime(
    name: str, compiled: bool, digits: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.setattr(depthwise, "compiled", lambda kernel, size: None)
    images, labels = digits
    assert len(images) == 1000
    x = images.reshape(SHAPES.get(name, (-1, 1, 28, 28)))
    model = import_model(PATHS[name])
    assert model.graph is not None
    got = Session(model.graph, model.weights).run({"x": x})["logits"]
    reference = onnxruntime.InferenceSession(PATHS[name], providers=["CPUExecutionProvider"])
    wanted = reference.run(["logits"], {"x": x})[0]
    assert np.abs(got - wanted).max() <= 1e-4 * np.abs(wanted).max()
    np.testing.assert_array_equal(got.argmax(axis=1), wanted.argmax(axis=1))
    assert (got.argmax(axis=1) == labels).mean() > 0.97


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_images(name: str, count: int, digits: tuple[Array, Array]) -> None:
    x = digits[0][:8].reshape(SHAPES.get(name, (-1, 1, 28, 28)))
    model = import_model(PATHS[name])
    assert model.graph is not None
    session = Session(model.graph, model.weights)
    some = session.run({"x": x[:count]})["logits"]
    assert some.shape == (count, 10)
    np.testing.assert_allclose(some, session.run({"x": x})["logits"][:count], rtol=1e-3, atol=1e-3)
