"""Comparisons, logic, operations on bits, and remainders."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

SHAPES = [((2, 3), (2, 3)), ((2, 3), ()), ((), ()), ((2, 1, 4), (3, 1)), ((0, 3), (1, 3))]
INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]


def pair(shapes: tuple[tuple[int, ...], tuple[int, ...]], dtype: Any, low: int = 0, high: int = 5) -> dict[str, Array]:
    rng = np.random.default_rng(1)
    return {name: np.asarray(rng.integers(low, high, shape), dtype) for name, shape in zip("ab", shapes, strict=True)}


@pytest.mark.parametrize("operator", ["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, *INTEGERS])
def test_comparison(operator: str, shapes: tuple[tuple[int, ...], tuple[int, ...]], dtype: Any) -> None:
    check_node(operator, pair(shapes, dtype), output_types=[9], oracle=by_reference, opset=16)


@pytest.mark.parametrize("operator", ["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"])
def test_comparison_of_bfloat16_and_nan(operator: str) -> None:
    values = np.array([np.nan, 1, 2, -np.inf])
    for dtype in (np.float32, ml_dtypes.bfloat16):
        inputs = {"a": values.astype(dtype)[:, None], "b": values.astype(dtype)}
        check_node(operator, inputs, output_types=[9], oracle=by_reference, opset=16)


@pytest.mark.parametrize("operator", ["And", "Or", "Xor"])
@pytest.mark.parametrize("shapes", SHAPES)
def test_logic(operator: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    check_node(operator, pair(shapes, np.bool_, high=2), opset=9)


@pytest.mark.parametrize("operator", ["And", "Not"])
def test_logic_takes_bools_alone(operator: str) -> None:
    x = np.arange(3)
    inputs = {"a": x, "b": x} if operator == "And" else {"a": x}
    with pytest.raises(GraphError, match="wanted element type bool"):
        ours(node_model(operator, inputs, {}, opset=9), inputs)


@pytest.mark.parametrize("operator", ["BitwiseAnd", "BitwiseOr", "BitwiseXor"])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_bitwise(operator: str, dtype: Any) -> None:
    check_node(operator, pair(((2, 1, 4), (3, 1)), dtype, high=100), opset=18)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_bitwise_not(dtype: Any) -> None:
    check_node("BitwiseNot", {"x": np.arange(5).astype(dtype)}, opset=18)


def test_bitwise_takes_integers_alone() -> None:
    with pytest.raises(GraphError, match="wanted element type s16"):
        ours(node_model("BitwiseNot", {"x": normal(2)}, {}, opset=18), {"x": normal(2)})


@given(st.integers(-128, 127), st.integers(-128, 127), st.sampled_from(["LEFT", "RIGHT"]))
def test_shift_is_that_of_python(x: int, count: int, direction: str) -> None:
    from qmodel.runtime.ops.bit_shift import bit_shift

    got = bit_shift(np.array([x], np.int8), np.array([count], np.int8), direction=direction)
    steps = count if 0 <= count < 8 else 8
    wanted = x >> steps if direction == "RIGHT" else (x << steps) & 0xFF
    assert got.dtype == np.int8
    assert int(got[0]) & 0xFF == wanted & 0xFF


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
@pytest.mark.parametrize("direction", ["LEFT", "RIGHT"])
def test_shift_of_unsigned(dtype: Any, direction: str) -> None:
    x = np.array([0, 1, 200, 255], dtype)[:, None]
    check_node("BitShift", {"x": x, "count": np.arange(8, dtype=dtype)}, opset=11, direction=direction)


def test_shift_with_unknown_direction_is_refused() -> None:
    inputs = pair(((2,), (2,)), np.uint8)
    with pytest.raises(GraphError, match="LEFT or RIGHT"):
        ours(node_model("BitShift", inputs, {"direction": "UP"}, opset=11), inputs)


@pytest.mark.parametrize("fmod", [0, 1])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_modulo_of_integers(fmod: int, dtype: Any) -> None:
    inputs = {"a": np.arange(-9, 10).astype(dtype)[:, None], "b": np.array([-4, -1, 3, 7]).astype(dtype)}
    check_node("Mod", inputs, opset=10, fmod=fmod)


@pytest.mark.parametrize("fmod", [0, 1])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16])
def test_modulo_of_floats(fmod: int, dtype: Any) -> None:
    a = np.array([-np.inf, -7.5, -1, -0.0, 0.0, 2.25, np.inf, np.nan]).astype(dtype)[:, None]
    b = np.array([-np.inf, -2, 0.0, 0.75, np.inf]).astype(dtype)
    check_node("Mod", {"a": a, "b": b}, opset=28, fmod=fmod, oracle=by_reference)


def test_modulo_refuses_another_mode() -> None:
    inputs = pair(((2,), (2,)), np.int32)
    with pytest.raises(GraphError, match="fmod must be 0 or 1"):
        ours(node_model("Mod", inputs, {"fmod": 2}, opset=13), inputs)


@pytest.mark.parametrize("attributes", [{}, {"detect_negative": 0}, {"detect_positive": 0}])
@pytest.mark.parametrize("shape", [(), (4,)])
def test_is_infinite(attributes: dict[str, int], shape: tuple[int, ...]) -> None:
    for value in (np.inf, -np.inf, np.nan, 1.0):
        x = np.full(shape, value, np.float32)
        check_node("IsInf", {"x": x}, output_types=[9], opset=20, **attributes)
        check_node("IsNaN", {"x": x}, output_types=[9], opset=20)
