"""Elementwise functions of one number, and activations."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

TRIGONOMETRIC = ["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Sin", "Cos", "Tan", "Sinh", "Cosh"]
ROUNDING = ["Ceil", "Floor", "Round", "Sign", "Reciprocal"]
ACTIVATIONS: list[tuple[str, dict[str, Any]]] = [
    ("Celu", {}),
    ("Celu", {"alpha": 2.5}),
    ("Selu", {}),
    ("Selu", {"alpha": 2.0, "gamma": 3.0}),
    ("ThresholdedRelu", {"alpha": 0.25}),
    ("Softplus", {}),
    ("Softsign", {}),
    ("Gelu", {}),
    ("Gelu", {"approximate": "tanh"}),
    ("Mish", {}),
    ("Shrink", {"lambd": 0.625, "bias": 0.2}),
]
SPREAD = np.array([-1e30, -300, -88, -20, -2.5, -1, -0.5, -1e-3, 0, 1e-3, 0.5, 1, 1.5, 2.5, 20, 41, 88, 300, 1e30])


@pytest.mark.parametrize("operator", TRIGONOMETRIC + ROUNDING)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 5)])
def test_function(operator: str, dtype: type, shape: tuple[int, ...]) -> None:
    x = np.asarray(normal(*shape) * 2, dtype)
    check_node(operator, {"x": x}, oracle=by_reference, opset=22, rtol=1e-5 if dtype != np.float16 else 1e-3)


@pytest.mark.parametrize(("operator", "attributes"), ACTIVATIONS)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 5)])
def test_activation(operator: str, attributes: dict[str, Any], shape: tuple[int, ...]) -> None:
    check_node(operator, {"x": np.asarray(normal(*shape) * 2)}, rtol=1e-5, opset=20, **attributes)


@pytest.mark.parametrize(("operator", "attributes"), [a for a in ACTIVATIONS if a[0] != "Gelu"])
def test_activation_far_out(operator: str, attributes: dict[str, Any]) -> None:
    check_node(operator, {"x": SPREAD.astype(np.float32)}, opset=20, rtol=1e-5, **attributes)


@pytest.mark.parametrize(("operator", "attributes"), [*ACTIVATIONS, ("Swish", {}), ("Swish", {"alpha": -0.5})])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32])
def test_activation_in_half_precision_is_that_of_double(operator: str, attributes: dict[str, Any], dtype: Any) -> None:
    if operator == "Shrink" and dtype == ml_dtypes.bfloat16:
        pytest.skip("ONNX has no Shrink of bfloat16")
    x = normal(400).astype(dtype)
    tolerance = float(ml_dtypes.finfo(dtype).eps) * 4
    (got,) = ours(node_model(operator, {"x": x}, attributes, opset=28), {"x": x}).values()
    exact = {"x": x.astype(np.float64)}
    (wanted,) = ours(node_model(operator, exact, attributes, opset=28), exact).values()
    assert got.dtype == dtype
    np.testing.assert_allclose(got.astype(np.float64), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 3, 4), (3, 1)), ((2, 3), ()), ((0, 3), (3,))])
def test_prelu(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    x, slope = (np.asarray(normal(*shape, seed=seed)) for seed, shape in enumerate(shapes))
    check_node("PRelu", {"x": x, "slope": slope}, opset=9)
    check_node("PRelu", {"x": x, "slope": slope}, opset=16)


def test_prelu_does_not_broadcast_x() -> None:
    inputs = {"x": normal(3), "slope": normal(2, 3)}
    with pytest.raises(GraphError, match="cannot be broadcast"):
        ours(node_model("PRelu", inputs, {}, opset=16), inputs)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64])
def test_shrink_of_integers(dtype: type) -> None:
    check_node("Shrink", {"x": np.arange(7).astype(dtype)}, lambd=2.0, bias=1.0)


@pytest.mark.parametrize("operator", ["Sum", "Mean"])
@pytest.mark.parametrize("shapes", [((2, 3),), ((2, 3), (3,)), ((3,), (2, 1), (1, 1, 1)), ((), ()), ((0, 2), (2,))])
def test_sum_and_mean_of_many(operator: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    inputs = {f"x{seed}": np.asarray(normal(*shape, seed=seed)) for seed, shape in enumerate(shapes)}
    check_node(operator, inputs, opset=9)
    check_node(operator, inputs, opset=13)


@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1])
@pytest.mark.parametrize("opset", [9, 11, 13])
def test_hardmax(axis: int | None, opset: int) -> None:
    if opset < 11 and axis == -1:
        axis = 2
    x = np.random.default_rng(0).integers(0, 3, (2, 3, 4)).astype(np.float32)
    check_node("Hardmax", {"x": x}, opset=opset, **({} if axis is None else {"axis": axis}))


@pytest.mark.parametrize("operator", ["Sin", "Ceil", "Softplus", "Gelu", "Hardmax", "Mish"])
def test_integers_are_refused(operator: str) -> None:
    x = np.arange(4).reshape(2, 2)
    with pytest.raises(GraphError, match=r"got s64"):
        ours(node_model(operator, {"x": x}, {}, opset=22), {"x": x})


def test_unknown_approximation_is_refused() -> None:
    with pytest.raises(GraphError, match="must be none or tanh"):
        ours(node_model("Gelu", {"x": normal(2)}, {"approximate": "erf"}, opset=20), {"x": normal(2)})


@pytest.mark.parametrize("operator", ["Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "LeakyRelu", "Relu", "Exp"])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32])
@pytest.mark.parametrize("shape", [(), (0,), (3, 4)])
def test_functions_keep_dtype_and_shape(operator: str, dtype: Any, shape: tuple[int, ...]) -> None:
    x = np.asarray(normal(*shape)).astype(dtype)
    made = ours(node_model(operator, {"x": x}, {}, opset=22), {"x": x})["y"]
    assert made.dtype == dtype
    assert made.shape == shape


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("opset", [11, 13])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 3)])
def test_softmax_of_nothing_is_nothing(operator: str, opset: int, shape: tuple[int, int]) -> None:
    x = np.zeros(shape, np.float16)
    made = ours(node_model(operator, {"x": x}, {}, opset=opset), {"x": x})["y"]
    assert made.dtype == np.float16
    assert made.shape == shape
