"""Operators that sum: matrix products, reductions, softmax, normalization."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours


@pytest.mark.parametrize("trans_a", [0, 1])
@pytest.mark.parametrize("trans_b", [0, 1])
@pytest.mark.parametrize("c_shape", [None, (), (1,), (5,), (3, 1), (1, 5), (3, 5)])
@pytest.mark.parametrize("scales", [{}, {"alpha": 0.5, "beta": 2.0}, {"beta": 0.0}])
def test_gemm(trans_a: int, trans_b: int, c_shape: tuple[int, ...] | None, scales: dict[str, float]) -> None:
    a = normal(4, 3) if trans_a else normal(3, 4)
    b = normal(5, 4, seed=1) if trans_b else normal(4, 5, seed=1)
    c = None if c_shape is None else np.asarray(normal(*c_shape, seed=2), np.float32)
    check_node("Gemm", {"a": a, "b": b, "c": c}, transA=trans_a, transB=trans_b, rtol=1e-4, atol=1e-5, **scales)


@pytest.mark.parametrize(
    "shapes", [((3, 4), (4, 5)), ((4,), (4,)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3)), ((2, 1, 3, 4), (5, 4, 2))]
)
def test_matmul(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    check_node("MatMul", {"a": normal(*shapes[0]), "b": normal(*shapes[1], seed=1)}, rtol=1e-4, atol=1e-5)


def test_half_precision_is_summed_in_single() -> None:
    a, b = normal(8, 300, dtype=np.float16), normal(300, 8, seed=1, dtype=np.float16)
    check_node("MatMul", {"a": a, "b": b}, rtol=2e-3, atol=2e-2)
    check_node("Gemm", {"a": a, "b": b}, rtol=2e-3, atol=2e-2)


@pytest.mark.parametrize("operator", ["ReduceMean", "ReduceSum", "ReduceMax"])
@pytest.mark.parametrize("axes", [None, (0,), (-1,), (0, 2)])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("opset", [11, 13, 18])
def test_reductions(operator: str, axes: tuple[int, ...] | None, keepdims: int, opset: int) -> None:
    by_input = opset >= (13 if operator == "ReduceSum" else 18)
    inputs: dict[str, Any] = {"x": normal(2, 3, 4)}
    if by_input:
        inputs["axes"] = None if axes is None else np.array(axes, np.int64)
    attributes = {"axes": axes} if axes is not None and not by_input else {}
    check_node(operator, inputs, opset=opset, keepdims=keepdims, rtol=1e-5, **attributes)


@pytest.mark.parametrize("operator", ["ReduceMean", "ReduceSum", "ReduceMax"])
def test_reductions_without_axes_may_do_nothing(operator: str) -> None:
    check_node(operator, {"x": normal(2, 3)}, noop_with_empty_axes=1, oracle=by_reference)
    check_node(operator, {"x": np.arange(6, dtype=np.int32).reshape(2, 3)})


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1])
@pytest.mark.parametrize("opset", [9, 11, 13, 21])
def test_softmax(operator: str, axis: int | None, opset: int) -> None:
    if opset < 11 and axis == -1:
        axis = 2
    attributes = {} if axis is None else {"axis": axis}
    check_node(operator, {"x": normal(2, 3, 4) * 30}, opset=opset, atol=2e-5, **attributes)


@pytest.mark.parametrize("opset", [9, 14, 15])
@pytest.mark.parametrize("space", [(), (5,), (4, 3)])
def test_batch_normalization(opset: int, space: tuple[int, ...]) -> None:
    inputs = {name: normal(3, seed=seed) for seed, name in enumerate(("scale", "bias", "mean"))}
    variance = np.abs(normal(3, seed=9)) + 0.1
    given = {"x": normal(2, 3, *space), **inputs, "variance": variance}
    check_node("BatchNormalization", given, opset=opset, epsilon=1e-3, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("opset", [14, 15])
@pytest.mark.parametrize("space", [(), (5,), (4, 3)])
def test_batch_normalization_by_its_own_statistics(opset: int, space: tuple[int, ...]) -> None:
    inputs = {name: normal(3, seed=seed) for seed, name in enumerate(("scale", "bias", "mean"))}
    given = {"x": normal(4, 3, *space), **inputs, "variance": np.abs(normal(3, seed=9)) + 0.1}
    outputs = ("y", "running_mean", "running_variance")
    options = {"training_mode": 1, "momentum": 0.7}
    check_node("BatchNormalization", given, opset=opset, outputs=outputs, oracle=by_reference, rtol=1e-4, **options)


def test_running_statistics_exist_in_training_alone() -> None:
    given = {name: np.ones(3, np.float32) for name in ("scale", "bias", "mean", "variance")}
    inputs = {"x": normal(2, 3), **given}
    with pytest.raises(GraphError, match="training_mode alone"):
        ours(node_model("BatchNormalization", inputs, {}, opset=15, outputs=("y", "m", "v")), inputs)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("last", [0, 1])
def test_arg_max(axis: int, keepdims: int, last: int) -> None:
    x = np.random.default_rng(0).integers(0, 3, (4, 5, 6)).astype(np.float32)
    check_node("ArgMax", {"x": x}, output_types=[7], axis=axis, keepdims=keepdims, select_last_index=last)
