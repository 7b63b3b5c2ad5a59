from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import GraphError, LimitError
from qmodel.kernels import resampling
from qmodel.runtime.memory import DEFAULT_MEMORY_LIMIT
from qmodel.runtime.ops.resize import resize
from tests.runtime.oracle import by_onnxruntime, by_reference, check_node, normal

X = normal(1, 2, 5, 7)
COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric")


def sizes(*lengths: int) -> Array:
    return np.array(lengths, np.int64)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("lengths", [(9, 11), (3, 20), (2, 3), (5, 14)])
def test_sizes(mode: str, coordinates: str, lengths: tuple[int, int]) -> None:
    inputs = {"x": X, "r": None, "s": None, "n": sizes(1, 2, *lengths)}
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates}
    check_node("Resize", inputs, opset=19, oracle=by_reference, **attributes, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("scales", [(2.0, 3.0), (0.6, 0.5), (1.7, 0.8), (1.0, 2.5)])
@pytest.mark.parametrize("coordinates", ["half_pixel", "align_corners", "asymmetric"])
def test_scales_as_onnxruntime(mode: str, scales: tuple[float, float], coordinates: str) -> None:
    inputs = {"x": X, "r": None, "s": np.array([1, 1, *scales], np.float32)}
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates}
    if coordinates == "align_corners" and any(scale % 1 for scale in scales):
        pytest.skip("onnxruntime counts from the rounded length, ONNX from the exact one")
    check_node("Resize", inputs, opset=13, oracle=by_onnxruntime, **attributes, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("nearest", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("length", [2, 4, 7, 10, 15])
def test_nearest_modes(nearest: str, coordinates: str, length: int) -> None:
    inputs = {"x": normal(1, 1, 5, 1), "r": None, "s": None, "n": sizes(1, 1, length, 1)}
    attributes = {"nearest_mode": nearest, "coordinate_transformation_mode": coordinates}
    check_node("Resize", inputs, opset=19, oracle=by_reference, **attributes)


@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("lengths", [(2, 3), (5, 3), (9, 2), (4, 6)])
@pytest.mark.parametrize("exclude", [0, 1])
def test_antialias(mode: str, lengths: tuple[int, int], exclude: int) -> None:
    inputs = {"x": X, "r": None, "s": None, "n": sizes(1, 2, *lengths)}
    attributes = {"mode": mode, "antialias": 1, "exclude_outside": exclude}
    check_node("Resize", inputs, opset=19, oracle=by_reference, **attributes, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("policy", ["stretch", "not_larger", "not_smaller"])
@pytest.mark.parametrize("axes", [(2, 3), (3, 2), (-1, -2)])
def test_policies_and_axes(policy: str, axes: tuple[int, int]) -> None:
    inputs = {"x": X, "r": None, "s": None, "n": sizes(8, 13)}
    attributes = {"mode": "linear", "keep_aspect_ratio_policy": policy, "axes": tuple(a % 4 for a in axes)}
    check_node("Resize", inputs, opset=18, oracle=by_reference, **attributes, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("part", [(0.1, 0.2, 0.7, 0.9), (-0.3, 0.2, 0.7, 1.4), (0.8, 0.9, 0.1, 0.2)])
def test_crop_and_resize(mode: str, part: tuple[float, ...]) -> None:
    roi = np.array([0, 0, *part[:2], 1, 1, *part[2:]], np.float32)
    inputs = {"x": X, "r": roi, "s": None, "n": sizes(1, 2, 4, 6)}
    attributes = {"mode": mode, "coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": 7.0}
    check_node("Resize", inputs, opset=19, oracle=by_reference, **attributes, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float16, np.float64])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_element_types(dtype: Any, mode: str) -> None:
    x = np.random.default_rng(0).integers(0, 99, (1, 1, 4, 4)).astype(dtype)
    inputs = {"x": x, "r": None, "s": None, "n": sizes(1, 1, 7, 3)}
    check_node("Resize", inputs, opset=19, oracle=by_reference, mode=mode, rtol=2e-3)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize(("operator", "opset"), [("Upsample", 9), ("Resize", 10)])
@pytest.mark.parametrize("scales", [(2.0, 3.0), (1.0, 1.5)])
def test_old_opsets(mode: str, operator: str, opset: int, scales: tuple[float, float]) -> None:
    inputs = {"x": X, "s": np.array([1, 1, *scales], np.float32)}
    check_node(operator, inputs, opset=opset, mode=mode, rtol=1e-4, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2), st.booleans(), st.integers(0, 1 << 20))
def test_matrix_and_taps_agree(length: int, count: int, axis: int, exclude: bool, seed: int) -> None:
    shape = [2, 3, 2]
    shape[axis] = length
    x = normal(*shape, seed=seed, dtype=np.float64)
    centres = np.random.default_rng(seed).uniform(-2, length + 1, count)
    stretch = max(1.0, length / count)
    taps = resampling.taps_of(centres, length, resampling.cubic(-0.5), 2, stretch=stretch, exclude_outside=exclude)
    matrix = np.zeros((count, length))
    np.add.at(matrix, (np.arange(count)[:, None], taps.places), taps.weights)
    wanted = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    np.testing.assert_allclose(resampling.resample(x, axis, taps), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"scales": np.ones(3, np.float32)}, "wanted 4 positive scales"),
        ({"scales": np.array([1, 1, 0, 1], np.float32)}, "positive scales"),
        ({"sizes": sizes(1, 2, 3)}, "wanted 4 sizes"),
        ({"sizes": sizes(1, 2, -3, 3)}, "at least 0"),
        ({}, "exactly one of scales and sizes"),
        ({"sizes": sizes(1, 2, 3, 3), "mode": "area"}, "mode must be"),
        ({"sizes": sizes(1, 2, 3, 3), "nearest_mode": "up"}, "nearest_mode must be"),
        ({"sizes": sizes(1, 2, 3, 3), "coordinate_transformation_mode": "own"}, "unknown coordinate"),
        ({"sizes": sizes(1, 2, 3, 3), "keep_aspect_ratio_policy": "crop"}, "keep_aspect_ratio_policy"),
    ],
)
def test_refusals(keywords: dict[str, Any], words: str) -> None:
    given = {name: keywords.pop(name, None) for name in ("scales", "sizes")}
    with pytest.raises(GraphError, match=words):
        resize(X, None, given["scales"], given["sizes"], memory_limit=DEFAULT_MEMORY_LIMIT, **keywords)


def test_enormous_outputs() -> None:
    scales = np.array([1, 1, 1e9, 1e9], np.float32)
    with pytest.raises(LimitError):
        resize(X, None, scales, memory_limit=DEFAULT_MEMORY_LIMIT)
    with pytest.raises(LimitError):
        resize(X, None, None, sizes(1, 2, 1 << 40, 0), memory_limit=DEFAULT_MEMORY_LIMIT)
