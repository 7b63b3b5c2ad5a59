from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

X = normal(3, 4, 5)


def indices(low: int, high: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(low, high, shape)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 3, 1), (1, 1, 7), (0, 4, 5)])
def test_gather_elements(axis: int, shape: tuple[int, ...]) -> None:
    fitting = tuple(n if a == axis % 3 else min(n, m) for a, (n, m) in enumerate(zip(shape, X.shape, strict=True)))
    length = X.shape[axis]
    check_node("GatherElements", {"x": X, "i": indices(-length, length, *fitting)}, axis=axis)


@pytest.mark.parametrize(("batch", "shape"), [(0, (2, 1)), (0, (2, 2, 3)), (1, (3, 2, 1)), (1, (3, 2)), (2, (3, 4, 1))])
def test_gather_nd(batch: int, shape: tuple[int, ...]) -> None:
    check_node("GatherND", {"x": X, "i": indices(-3, 3, *shape)}, batch_dims=batch)


@pytest.mark.parametrize("reduction", ["none", "add", "mul", "max", "min"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_scatter_elements(reduction: str, axis: int, dtype: Any) -> None:
    length = X.shape[axis]
    shape = [min(2, n) for n in X.shape]
    shape[axis] = length
    # Without a reduction no place may be written twice: onnxruntime and ONNX leave open which update wins.
    where = np.argsort(normal(*shape), axis=axis) if reduction == "none" else indices(-length, length, *shape)
    x, updates = (X * 9).astype(dtype), (normal(*shape, seed=1) * 9).astype(dtype)
    check_node("ScatterElements", {"x": x, "i": where, "u": updates}, opset=18, axis=axis, reduction=reduction)


def test_scatter_of_old_opsets() -> None:
    inputs = {"x": X, "i": indices(0, 4, 1, 1, 1), "u": normal(1, 1, 1)}
    check_node("Scatter", inputs, opset=9, axis=1)
    check_node("Scatter", inputs, opset=10, axis=-2)
    check_node("ScatterElements", inputs, opset=11, axis=1)


@pytest.mark.parametrize("reduction", ["none", "add", "mul", "max", "min"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_scatter_nd(reduction: str, depth: int) -> None:
    many = 1 if reduction == "none" else 6
    inputs = {"x": X, "i": indices(-3, 3, many, depth), "u": normal(many, *X.shape[depth:], seed=1)}
    check_node("ScatterND", inputs, opset=18, reduction=reduction)


def test_scatter_nd_of_empty_slices() -> None:
    inputs = {"x": np.zeros((3, 0), np.float32), "i": indices(0, 3, 2, 1), "u": np.zeros((2, 0), np.float32)}
    for reduction in ("none", "add"):
        assert ours(node_model("ScatterND", inputs, {"reduction": reduction}, opset=18), inputs)["y"].shape == (3, 0)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("opset", [9, 11, 21])
def test_one_hot(axis: int, opset: int) -> None:
    inputs = {"i": indices(-8, 8, 3, 4), "d": np.array([5], np.int64), "v": np.array([2, 7], np.float32)}
    check_node("OneHot", inputs, opset=opset, output_types=[1], axis=axis)


@settings(max_examples=100, deadline=None)
@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-7, 7).filter(bool), st.booleans())
def test_range(start: int, limit: int, delta: int, whole: bool) -> None:
    dtype = np.int64 if whole else np.float32
    numbers = {name: np.array(n, dtype) for name, n in zip("sld", (start, limit, delta), strict=True)}
    if not whole:
        numbers["d"] = numbers["d"] / np.float32(4)
    check_node("Range", numbers, oracle=by_reference)


def test_range_of_float16_counts_past_2048() -> None:
    inputs = {"s": np.array(0, np.float16), "l": np.array(4000, np.float16), "d": np.array(1, np.float16)}
    got = ours(node_model("Range", inputs, {}, opset=27), inputs)["y"]
    np.testing.assert_array_equal(got, np.arange(4000).astype(np.float16))


@pytest.mark.parametrize("k", [None, 0, 2, -2, 9, -9, 1 << 60])
@pytest.mark.parametrize("upper", [0, 1])
@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 3), (0, 3)])
def test_trilu(k: int | None, upper: int, shape: tuple[int, ...]) -> None:
    wanted_k = 0 if k is None else min(k, 99)
    inputs = {"x": normal(*shape), "k": None if k is None else np.array(k, np.int64)}
    given = {name: array for name, array in inputs.items() if array is not None}
    got = ours(node_model("Trilu", inputs, {"upper": upper}, opset=21), given)["y"]
    np.testing.assert_array_equal(got, (np.triu if upper else np.tril)(inputs["x"], wanted_k))


@pytest.mark.parametrize("k", [0, 2, -1, 9, -9])
def test_eye_like(k: int) -> None:
    check_node("EyeLike", {"x": normal(3, 4)}, k=k)
    check_node("EyeLike", {"x": normal(3, 4)}, output_types=[7], k=k, dtype=7)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("length", [0, 2, 3])
def test_compress(axis: int | None, length: int) -> None:
    condition = np.array([True, False, True][:length], np.bool_)
    check_node("Compress", {"x": X, "c": condition}, **({} if axis is None else {"axis": axis}))


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("is_sorted", [0, 1])
def test_unique(axis: int | None, is_sorted: int) -> None:
    x = indices(0, 2, 3, 4).astype(np.float32)
    attributes = {"sorted": is_sorted, **({} if axis is None else {"axis": axis})}
    check_node("Unique", {"x": x}, outputs=("y", "i", "v", "c"), output_types=[1, 7, 7, 7], **attributes)


@pytest.mark.parametrize(("batch_axis", "time_axis"), [(0, 1), (1, 0)])
def test_reverse_sequence(batch_axis: int, time_axis: int) -> None:
    lengths = indices(1, X.shape[time_axis] + 1, X.shape[batch_axis])
    check_node("ReverseSequence", {"x": X, "l": lengths}, batch_axis=batch_axis, time_axis=time_axis)


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_depth_to_space_and_back(mode: str) -> None:
    x = normal(2, 12, 3, 5)
    check_node("DepthToSpace", {"x": x}, blocksize=2, mode=mode)
    inputs = {"x": x}
    wide = ours(node_model("DepthToSpace", inputs, {"blocksize": 2, "mode": mode}, opset=28), inputs)["y"]
    back = ours(node_model("SpaceToDepth", {"x": wide}, {"blocksize": 2, "mode": mode}, opset=28), {"x": wide})["y"]
    np.testing.assert_array_equal(back, x)
    check_node("SpaceToDepth", {"x": normal(2, 3, 4, 6)}, opset=13, blocksize=2)
    check_node("DepthToSpace", {"x": x}, opset=9, blocksize=2)


@pytest.mark.parametrize(("shape", "axes"), [((5, 3, 6), None), ((2, 7), (-2, 0)), ((1,), (2,))])
def test_center_crop_pad(shape: tuple[int, ...], axes: tuple[int, ...] | None) -> None:
    inputs = {"x": X, "s": np.array(shape, np.int64)}
    attributes = {} if axes is None else {"axes": axes}
    check_node("CenterCropPad", inputs, oracle=by_reference, **attributes)


ONE = np.array([1], np.int64)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "words"),
    [
        ("GatherElements", {"x": X, "i": indices(9, 10, 3, 4, 5)}, {}, "an index is not in -3 to 2"),
        ("GatherElements", {"x": X, "i": indices(0, 1, 1, 5, 1)}, {}, "do not fit"),
        ("GatherND", {"x": X, "i": indices(0, 1, 2, 4)}, {}, "do not address"),
        ("GatherND", {"x": X, "i": indices(0, 1, 2, 1)}, {"batch_dims": 1}, "must agree"),
        ("ScatterND", {"x": X, "i": indices(5, 6, 1, 1), "u": normal(1, 4, 5)}, {}, "not in -3 to 2"),
        ("ScatterND", {"x": X, "i": indices(0, 1, 1, 1), "u": normal(1, 4)}, {}, "do not fit x"),
        ("ScatterElements", {"x": X, "i": indices(0, 1, 1, 1, 1), "u": X}, {}, "shape of the indices"),
        ("Range", {"s": ONE[0], "l": ONE[0], "d": ONE[0] * 0}, {}, "delta must not be 0"),
        ("OneHot", {"i": ONE, "d": -ONE, "v": np.array([0, 1])}, {}, "depth must be at least 0"),
        ("Trilu", {"x": normal(3)}, {}, "at least two axes"),
        ("DepthToSpace", {"x": normal(1, 3, 2, 2)}, {"blocksize": 2}, "do not fit the channels"),
        ("SpaceToDepth", {"x": normal(1, 3, 3, 2)}, {"blocksize": 2}, "does not consist of blocks"),
        ("ReverseSequence", {"x": X, "l": ONE}, {}, "wanted 4 lengths"),
        ("CenterCropPad", {"x": X, "s": ONE}, {}, "wanted 3 lengths"),
    ],
)
def test_refusals(operator: str, inputs: dict[str, Array], attributes: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        ours(node_model(operator, inputs, attributes, opset=21), inputs)
