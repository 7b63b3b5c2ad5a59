from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import GraphError, LimitError
from tests.runtime.oracle import by_onnxruntime, by_reference, check_node, node_model, normal, ours


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [0, 1])
def test_grid_sample(mode: str, padding_mode: str, align_corners: int) -> None:
    grid = np.random.default_rng(3).uniform(-1.6, 1.6, (2, 4, 3, 2)).astype(np.float32)
    inputs = {"x": normal(2, 3, 4, 5), "g": grid}
    attributes = {"mode": mode, "padding_mode": padding_mode, "align_corners": align_corners}
    oracle = by_onnxruntime if (mode, padding_mode) == ("cubic", "border") else by_reference
    check_node("GridSample", inputs, opset=20, oracle=oracle, **attributes, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_grid_sample_of_old_opset(mode: str) -> None:
    grid = np.random.default_rng(3).uniform(-1.6, 1.6, (2, 4, 3, 2)).astype(np.float32)
    check_node("GridSample", {"x": normal(2, 3, 4, 5), "g": grid}, opset=16, mode=mode, rtol=1e-3, atol=1e-4)


def test_grid_that_is_not_finite() -> None:
    grid = np.array([np.nan, np.inf, -np.inf, 1e30], np.float32).reshape(1, 2, 1, 2)
    inputs = {"x": normal(1, 1, 3, 3), "g": grid}
    for padding_mode in ("zeros", "border", "reflection"):
        got = ours(node_model("GridSample", inputs, {"padding_mode": padding_mode}, opset=20), inputs)["y"]
        assert np.isfinite(got).all()


@pytest.mark.parametrize("align_corners", [0, 1])
@pytest.mark.parametrize("space", [(4, 5), (2, 3, 4), (1, 3)])
def test_affine_grid(align_corners: int, space: tuple[int, ...]) -> None:
    rank = len(space)
    inputs = {"t": normal(2, rank, rank + 1), "s": np.array([2, 1, *space], np.int64)}
    if 1 in space and align_corners:
        assert ours(node_model("AffineGrid", inputs, {"align_corners": 1}, opset=20), inputs)["y"].shape[-1] == rank
        return
    check_node("AffineGrid", inputs, opset=20, oracle=by_reference, align_corners=align_corners, rtol=1e-4, atol=1e-5)


REGIONS = np.array([[0, 0, 5, 4], [1.3, 0.7, 6.2, 9.9], [-3, -2, 2, 2], [2, 2, 2.1, 2.2]], np.float32)


@pytest.mark.parametrize("mode", ["avg", "max"])
@pytest.mark.parametrize("opset", [10, 16])
@pytest.mark.parametrize("ratio", [0, 1, 3])
def test_roi_align(mode: str, opset: int, ratio: int) -> None:
    inputs = {"x": normal(2, 3, 8, 7), "r": REGIONS, "b": np.array([0, 1, 1, 0], np.int64)}
    attributes: dict[str, Any] = {"mode": mode, "output_height": 3, "output_width": 2, "sampling_ratio": ratio}
    check_node("RoiAlign", inputs, opset=opset, spatial_scale=0.8, **attributes, rtol=1e-4, atol=1e-5)


def test_enormous_region_is_refused() -> None:
    inputs = {"x": normal(1, 1, 4, 4), "r": np.array([[0, 0, 1e12, 1e12]], np.float32), "b": np.zeros(1, np.int64)}
    with pytest.raises(LimitError):
        ours(node_model("RoiAlign", inputs, {}, opset=16), inputs)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "words"),
    [
        ("GridSample", {"x": normal(1, 1, 2, 2), "g": normal(1, 2, 2, 3)}, {}, "does not fit X"),
        ("GridSample", {"x": normal(1, 1, 2, 2), "g": normal(1, 2, 2, 2)}, {"mode": "area"}, "mode must be"),
        ("AffineGrid", {"t": normal(1, 2, 3), "s": np.array([1, 1, 2])}, {}, "do not fit each other"),
        ("RoiAlign", {"x": normal(1, 1, 2, 2), "r": normal(1, 5), "b": np.array([0])}, {}, "wanted X"),
        ("RoiAlign", {"x": normal(1, 1, 2, 2), "r": normal(1, 4), "b": np.array([4])}, {}, "an index is not in"),
    ],
)
def test_refusals(operator: str, inputs: dict[str, Array], attributes: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        ours(node_model(operator, inputs, attributes, opset=22), inputs)
