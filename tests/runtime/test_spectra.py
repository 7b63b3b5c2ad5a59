from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours


def one(number: float, dtype: Any = np.int64) -> Array:
    return np.array(number, dtype)


@pytest.mark.parametrize("name", ["HannWindow", "HammingWindow", "BlackmanWindow"])
@pytest.mark.parametrize("periodic", [0, 1])
@pytest.mark.parametrize("size", [2, 3, 10, 400])
def test_windows(name: str, periodic: int, size: int) -> None:
    check_node(name, {"n": one(size)}, output_types=[1], periodic=periodic, oracle=by_reference)


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("inverse", [0, 1])
@pytest.mark.parametrize("length", [None, 5, 12])
@pytest.mark.parametrize("axis", [0, 1, -2])
def test_dft(parts: int, inverse: int, length: int | None, axis: int) -> None:
    x = normal(3, 8, parts)
    inputs = {"x": x, "n": None if length is None else one(length), "a": one(axis)}
    check_node("DFT", inputs, inverse=inverse, oracle=by_reference, rtol=1e-4, atol=1e-4)
    older = {"x": x} if length is None else {"x": x, "n": one(length)}
    check_node("DFT", older, opset=17, inverse=inverse, axis=axis, oracle=by_reference, rtol=1e-4, atol=1e-4)


def test_onesided_dft_and_back() -> None:
    x = normal(2, 9, 1)
    half = ours(node_model("DFT", {"x": x}, {"onesided": 1}, opset=20), {"x": x})["y"]
    np.testing.assert_allclose(half[..., 0] + 1j * half[..., 1], np.fft.rfft(x[..., 0]), rtol=1e-4, atol=1e-5)
    inputs = {"x": half, "n": one(9)}
    back = ours(node_model("DFT", inputs, {"onesided": 1, "inverse": 1}, opset=20), inputs)["y"]
    np.testing.assert_allclose(back, x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("onesided", [0, 1])
@pytest.mark.parametrize("with_window", [False, True])
def test_stft(onesided: int, with_window: bool) -> None:
    inputs = {
        "x": normal(2, 50, 1),
        "s": one(7),
        "w": normal(16) if with_window else None,
        "n": one(16),
    }
    check_node("STFT", inputs, onesided=onesided, oracle=by_reference, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("bins", "length"), [(8, 16), (40, 400), (80, 64)])
def test_mel_weight_matrix(bins: int, length: int) -> None:
    inputs = {
        "b": one(bins), "n": one(length), "r": one(8000), "l": one(0, np.float32), "u": one(4000, np.float32)
    }  # fmt: skip
    check_node("MelWeightMatrix", inputs, output_types=[1], oracle=by_reference)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "words"),
    [
        ("DFT", {"x": normal(2, 4, 3)}, {}, "one or two parts"),
        ("DFT", {"x": normal(2, 4, 2)}, {"onesided": 1}, "needs a real signal"),
        ("DFT", {"x": normal(2, 4, 2), "n": one(0)}, {}, "at least 1"),
        ("STFT", {"x": normal(2, 4, 1), "s": one(0)}, {}, "do not fit a signal"),
        ("STFT", {"x": normal(2, 4, 1), "s": one(1), "w": normal(3), "n": one(4)}, {}, "the window must have"),
        ("HannWindow", {"n": one(-1)}, {}, "at least 0"),
    ],
)
def test_refusals(operator: str, inputs: dict[str, Array], attributes: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        ours(node_model(operator, inputs, attributes, opset=21), inputs)
