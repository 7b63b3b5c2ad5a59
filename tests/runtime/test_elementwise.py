from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.kernels.error_function import erf
from qmodel.runtime.ops.hard_sigmoid import hard_sigmoid
from qmodel.runtime.ops.hard_swish import hard_swish
from qmodel.runtime.ops.sigmoid import sigmoid
from qmodel.runtime.ops.swish import swish
from tests.runtime.oracle import by_reference, check_node, normal

SPREAD = np.array(
    [-np.inf, -1e4, -100, -3.5, -1, -0.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1, 2.5, 6, 90, 1e4, np.inf, np.nan]
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("operator", "attributes"),
    [
        ("Relu", {}),
        ("LeakyRelu", {}),
        ("LeakyRelu", {"alpha": 1.5}),
        ("LeakyRelu", {"alpha": 0.0}),
        ("Sigmoid", {}),
        ("Tanh", {}),
        ("HardSigmoid", {}),
        ("HardSigmoid", {"alpha": 0.5, "beta": 0.25}),
        ("Elu", {"alpha": 0.7}),
        ("Sqrt", {}),
        ("Exp", {}),
        ("Log", {}),
        ("Neg", {}),
        ("Abs", {}),
        ("Erf", {}),
        ("Identity", {}),
    ],
)
def test_unary(operator: str, attributes: dict[str, float], dtype: type) -> None:
    # HardSigmoid of NaN is not defined by ONNX, and LeakyRelu(0) of infinity is 0 times infinity.
    check_node(operator, {"x": SPREAD.astype(dtype)[1:-2]}, oracle=by_reference, **attributes)
    check_node(operator, {"x": normal(2, 3, 4, dtype=dtype)}, oracle=by_reference, **attributes)


def test_hard_swish() -> None:
    check_node("HardSwish", {"x": SPREAD.astype(np.float32)[1:-2]}, rtol=1e-5)


@pytest.mark.parametrize("function", [sigmoid, hard_sigmoid, hard_swish, swish])
def test_narrow_floats_are_rounded_at_the_end(function: Callable[[Array], Array]) -> None:
    x = np.linspace(-14, 14, 5001).astype(np.float16)
    got, wanted = function(x), function(x.astype(np.float64)).astype(np.float16)
    assert got.dtype == np.float16
    np.testing.assert_array_less(np.abs(got - wanted), 1.5 * np.spacing(np.abs(wanted)))


@pytest.mark.parametrize("operator", ["Relu", "Abs", "Neg", "Sqrt", "Sigmoid", "Tanh", "Exp"])
def test_not_a_number_and_infinity(operator: str) -> None:
    check_node(operator, {"x": np.array([np.nan, np.inf, -np.inf], np.float32)}, oracle=by_reference)


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div"])
@pytest.mark.parametrize(
    "shapes", [((2, 3), (2, 3)), ((2, 3), ()), ((), (2, 3)), ((2, 1, 4), (3, 1)), ((0, 3), (1, 3))]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
def test_binary(operator: str, shapes: tuple[tuple[int, ...], tuple[int, ...]], dtype: type) -> None:
    rng = np.random.default_rng(3)
    a, b = (np.asarray(rng.integers(1, 50, shape) * rng.choice([-1, 1], shape), dtype) for shape in shapes)
    check_node(operator, {"a": a, "b": b}, rtol=1e-6)


@given(st.integers(-128, 127), st.integers(-128, 127).filter(bool))
def test_integer_division_truncates(a: int, b: int) -> None:
    from qmodel.runtime.ops.div import div

    got = div(np.array([a], np.int16), np.array([b], np.int16))
    assert got.dtype == np.int16
    assert got[0] == math.trunc(a / b)


@given(st.integers(0, 255), st.integers(1, 255))
def test_unsigned_division(a: int, b: int) -> None:
    from qmodel.runtime.ops.div import div

    assert div(np.array([a], np.uint8), np.array([b], np.uint8))[0] == a // b


def test_integers_wrap() -> None:
    check_node("Mul", {"a": np.array([100, -100], np.int8), "b": np.array([3, 3], np.int8)}, oracle=by_reference)


@pytest.mark.parametrize("exponent", [2.0, 0.5, 3.0, -1.0, 0.0])
def test_power(exponent: float) -> None:
    base = np.abs(normal(3, 4)) + 0.1
    check_node("Pow", {"x": base, "e": np.array(exponent, np.float32)})
    check_node("Pow", {"x": base, "e": np.full(4, exponent, np.float32)})


def test_power_keeps_the_dtype_of_the_base() -> None:
    check_node("Pow", {"x": np.array([1, 2, 3], np.int64), "e": np.array([2, 1, 3], np.float32)})
    check_node("Pow", {"x": np.array([1, 2, 3], np.float32), "e": np.array([2, 1, 3], np.int64)})


@pytest.mark.parametrize("operator", ["Min", "Max"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_extremes_of_many(operator: str, count: int) -> None:
    inputs = {f"x{i}": normal(*((2, 3), (3,), (2, 1))[i], seed=i) for i in range(count)}
    check_node(operator, inputs)


@pytest.mark.parametrize(("low", "high"), [(None, None), (-0.5, None), (None, 0.5), (-0.5, 0.5), (0.7, 0.2)])
def test_clip(low: float | None, high: float | None) -> None:
    bounds = {n: None if v is None else np.array(v, np.float32) for n, v in (("low", low), ("high", high))}
    check_node("Clip", {"x": normal(3, 5), **bounds})


def test_clip_by_attributes() -> None:
    check_node("Clip", {"x": normal(3, 5)}, opset=9, min=-0.25, max=0.75)
    check_node("Clip", {"x": normal(3, 5)}, opset=10, max=0.75)


def test_where_and_equal() -> None:
    a, b = np.arange(6).reshape(2, 3), np.array([[0], [4]])
    check_node("Equal", {"a": a, "b": b}, output_types=[9])
    check_node("Equal", {"a": normal(3), "b": normal(3)}, output_types=[9])
    condition = a % 2 == 0
    check_node("Where", {"c": condition, "a": normal(2, 3), "b": normal(3)}, output_types=[1])


@pytest.mark.parametrize(
    ("source", "target", "enumeration"),
    [
        (np.float32, np.int64, 7),
        (np.float32, np.float16, 10),
        (np.float32, np.bool_, 9),
        (np.int64, np.float64, 11),
        (np.int64, np.uint8, 2),
        (np.bool_, np.float32, 1),
    ],
)
def test_cast(source: type, target: type, enumeration: int) -> None:
    x = np.array([0, 1, 2.75, 100.5]).astype(source)
    check_node("Cast", {"x": x}, output_types=[enumeration], to=enumeration)


def test_error_function_equals_the_library() -> None:
    x = np.concatenate([np.linspace(-7, 7, 20001), [1e-300, -1e-20, np.inf, -np.inf]])
    exact = np.array([math.erf(value) for value in x])
    assert np.abs(erf(x) - exact).max() < 3e-16
    assert np.isnan(erf(np.array([np.nan])))
    narrow = np.concatenate([x, 10.0 ** np.linspace(-30, 1, 2001)]).astype(np.float32)
    exact = np.array([math.erf(value) for value in narrow])
    assert erf(narrow).dtype == np.float32
    np.testing.assert_allclose(erf(narrow), exact, rtol=7e-7)
    assert np.signbit(erf(np.array([-0.0], np.float32)))
