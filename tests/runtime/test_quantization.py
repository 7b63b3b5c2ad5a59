"""QuantizeLinear, DequantizeLinear, and the operators that compute with quantized values."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.integer_products import exact_dtype, integer_matmul
from qmodel.runtime.element_types import dtype_of
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

BYTES = {np.uint8: 2, np.int8: 3}
INTEGERS = {"uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "uint4": 21, "int4": 22, "uint2": 25, "int2": 26}
FLOATS = {"float8_e4m3fn": 17, "float8_e4m3fnuz": 18, "float8_e5m2": 19, "float8_e5m2fnuz": 20, "float4_e2m1fn": 23}


def random_bytes(*shape: int, dtype: Any, seed: int = 0) -> Array:
    limits = np.iinfo(dtype)
    return np.random.default_rng(seed).integers(limits.min, limits.max + 1, shape).astype(dtype)


def scales(*shape: int, seed: int = 1) -> Array:
    return np.asarray(0.01 + np.random.default_rng(seed).random(shape) / 10, np.float32)


@pytest.mark.parametrize("number", [*INTEGERS.values(), *FLOATS.values()])
@pytest.mark.parametrize("with_zero_point", [False, True])
@pytest.mark.parametrize("granularity", ["all", "axis", "blocks", "ragged blocks"])
def test_quantize_and_back(number: int, with_zero_point: bool, granularity: str) -> None:
    dtype = dtype_of(number)
    x = normal(3, 10, 4) * 5
    shape, options = {
        "all": ((), {}),
        "axis": ((10,), {"axis": 1}),
        "blocks": ((3, 5, 4), {"axis": -2, "block_size": 2}),
        "ragged blocks": ((3, 4, 4), {"axis": 1, "block_size": 3}),
    }[granularity]
    scale = scales(*shape)
    offset = np.asarray(np.ones(shape) if number in INTEGERS.values() else np.zeros(shape)).astype(dtype)
    zero_point = offset if with_zero_point else None
    chosen: dict[str, Any] = options if with_zero_point else {**options, "output_dtype": number}
    inputs = {"x": x, "scale": scale, "zero_point": zero_point}
    check_node("QuantizeLinear", inputs, opset=25, output_types=[number], oracle=by_reference, **chosen)
    given = {name: array for name, array in inputs.items() if array is not None}
    model = node_model("QuantizeLinear", inputs, chosen, opset=25, output_types=[number])
    back = {**inputs, "x": ours(model, given)["y"]}
    check_node("DequantizeLinear", back, opset=25, output_types=[1], oracle=by_reference, **options)


@pytest.mark.parametrize("opset", [10, 13, 19, 21])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_bytes_for_all(dtype: Any, opset: int) -> None:
    x = np.concatenate([normal(50) * 40, [0.5, 1.5, -0.5, 1e9, -1e9]]).astype(np.float32)
    inputs = {"x": x, "scale": np.asarray(0.5, np.float32), "zero_point": np.asarray(3, dtype)}
    check_node("QuantizeLinear", inputs, opset=opset, output_types=[BYTES[dtype]])
    quantized = {**inputs, "x": random_bytes(4, 5, dtype=dtype)}
    check_node("DequantizeLinear", quantized, opset=opset, output_types=[1])


@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_sixteen_bits_reach_their_ends(dtype: Any) -> None:
    x = np.array([-1e9, -40000, -3, 0.5, 2.5, 40000, 65534.6, 1e9], np.float32)
    inputs = {"x": x, "scale": np.asarray(1, np.float32), "zero_point": np.asarray(7, dtype)}
    check_node("QuantizeLinear", inputs, opset=21, output_types=[{np.uint16: 4, np.int16: 5}[dtype]])


def test_zero_point_of_sixteen_bits_is_exact_beside_half_precision() -> None:
    x = np.array([-3, 0, 5], np.float16)
    inputs = {"x": x, "scale": np.asarray(1, np.float16), "zero_point": np.asarray(32769, np.uint16)}
    made = ours(node_model("QuantizeLinear", inputs, {}, opset=21, output_types=[4]), inputs)["y"]
    assert made.tolist() == [32766, 32769, 32774]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16])
def test_what_is_not_finite_saturates(dtype: type) -> None:
    inputs = {"x": np.array([np.nan, np.inf, -np.inf, 3], np.float32), "scale": np.asarray(0.5, np.float32)}
    inputs["zero_point"] = np.asarray(3, dtype)
    number = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    made = ours(node_model("QuantizeLinear", inputs, {}, opset=21, output_types=[number]), inputs)["y"]
    smallest, largest = np.iinfo(dtype).min, np.iinfo(dtype).max
    assert made.tolist() == [smallest, largest, smallest, 9]


@pytest.mark.parametrize("saturate", [0, 1])
def test_eight_bit_floats_saturate_if_asked(saturate: int) -> None:
    x = np.array([1e6, -1e6, np.nan, 3], np.float32)
    inputs = {"x": x, "scale": np.asarray(2, np.float32)}
    for number in (17, 18, 19, 20):
        options = {"saturate": saturate, "output_dtype": number}
        check_node("QuantizeLinear", inputs, opset=21, output_types=[number], oracle=by_reference, **options)


@pytest.mark.parametrize("precision", [1, 10, 16])
def test_precision_of_the_division(precision: int) -> None:
    inputs = {"x": normal(200) * 30, "scale": np.asarray(0.37, np.float32)}
    options = {"precision": precision, "output_dtype": 3}
    check_node("QuantizeLinear", inputs, opset=23, output_types=[3], oracle=by_reference, **options)


@pytest.mark.parametrize("number", [1, 10, 16])
def test_type_of_what_is_dequantized(number: int) -> None:
    scale = np.asarray(0.37, np.float32)
    inputs = {"x": random_bytes(30, dtype=np.int8), "scale": scale, "zero_point": np.asarray(3, np.int8)}
    check_node("DequantizeLinear", inputs, opset=23, output_types=[number], oracle=by_reference, output_dtype=number)


def test_scales_that_are_powers_of_two() -> None:
    scale = np.array([0.5, 4], np.float32).astype(ml_dtypes.float8_e8m0fnu)
    x = normal(2, 8) * 10
    inputs = {"x": x, "scale": scale}
    options = {"axis": 0, "output_dtype": 23}
    check_node("QuantizeLinear", inputs, opset=25, output_types=[23], oracle=by_reference, **options)
    codes = {"x": x.astype(ml_dtypes.float4_e2m1fn), "scale": scale}
    made = ours(
        node_model("DequantizeLinear", codes, {"axis": 0, "output_dtype": 1}, opset=25, output_types=[1]), codes
    )
    assert made["y"].tolist() == (codes["x"].astype(np.float32) * np.array([[0.5], [4]])).tolist()


def test_bias_of_32_bits() -> None:
    x = np.array([2**24 + 1, -5, 7], np.int32)
    inputs = {"x": x, "scale": np.asarray(0.5, np.float32), "zero_point": np.asarray(1, np.int32)}
    made = ours(node_model("DequantizeLinear", inputs, {}, opset=21, output_types=[1]), inputs)["y"]
    assert made.tolist() == [2.0**23, -3, 3]


@pytest.mark.parametrize(
    ("inputs", "attributes", "words"),
    [
        ({"scale": (2,)}, {}, "does not fit axis 1"),
        ({"scale": (3,)}, {"axis": 2}, "not one of 2 axes"),
        ({"scale": (2, 3)}, {"block_size": 2}, "want a scale of"),
        ({"scale": (2, 2)}, {"block_size": -2}, "must not be negative"),
        ({"scale": (3,), "zero_point": (2,)}, {}, "must have the scale's shape"),
        ({"scale": (), "zero_point": ()}, {"output_dtype": 3}, "the zero point is uint8"),
    ],
)
def test_what_does_not_fit_is_refused(inputs: dict[str, Any], attributes: dict[str, int], words: str) -> None:
    given = {"x": normal(2, 3), "scale": scales(*inputs["scale"])}
    if "zero_point" in inputs:
        given["zero_point"] = np.zeros(inputs["zero_point"], np.uint8)
    with pytest.raises(GraphError, match=words):
        ours(node_model("QuantizeLinear", given, attributes, opset=21, output_types=[2]), given)


@pytest.mark.parametrize("x", [normal(3, 4), normal(5) + 9, normal(5) - 9, np.zeros((2, 2), np.float32)])
def test_dynamic_quantization(x: Array) -> None:
    options = {"outputs": ("y", "scale", "zero_point"), "output_types": [2, 1, 2]}
    check_node("DynamicQuantizeLinear", {"x": np.asarray(x, np.float32)}, **options)


def test_dynamic_quantization_of_nothing() -> None:
    x = np.zeros((0, 2), np.float32)
    model = node_model("DynamicQuantizeLinear", {"x": x}, {}, opset=11, outputs=("y", "s", "z"), output_types=[2, 1, 2])
    made = ours(model, {"x": x})
    assert made["y"].shape == (0, 2)
    assert (made["s"], made["z"]) == (1, 0)


@pytest.mark.parametrize("a_type", [np.uint8, np.int8])
@pytest.mark.parametrize("b_type", [np.uint8, np.int8])
@pytest.mark.parametrize("shapes", [((3, 4), (4, 5)), ((2, 3, 700), (700, 2)), ((2, 1, 3, 4), (5, 4, 2))])
@pytest.mark.parametrize("zero_points", [None, "all", "each"])
def test_matmul_integer(a_type: Any, b_type: Any, shapes: Any, zero_points: str | None) -> None:
    a, b = random_bytes(*shapes[0], dtype=a_type), random_bytes(*shapes[1], dtype=b_type, seed=1)
    inputs: dict[str, Array | None] = {"a": a, "b": b, "a_zero_point": None, "b_zero_point": None}
    if zero_points:
        per_column = (b.shape[-1],) if zero_points == "each" else ()
        inputs["a_zero_point"] = np.asarray(5, a_type)
        inputs["b_zero_point"] = random_bytes(*per_column, dtype=b_type, seed=2)
    if (a_type == np.int8 and b_type == np.uint8) or len(shapes[1]) == 3:
        check_node("MatMulInteger", inputs, opset=10, output_types=[6], oracle=by_reference)
    else:
        check_node("MatMulInteger", inputs, opset=10, output_types=[6])


def test_matmul_integer_with_a_zero_point_for_each_row() -> None:
    a, b = random_bytes(3, 4, dtype=np.uint8), random_bytes(4, 2, dtype=np.int8)
    inputs = {"a": a, "b": b, "a_zero_point": np.array([1, 100, 255], np.uint8)}
    made = ours(node_model("MatMulInteger", inputs, {}, opset=10, output_types=[6]), inputs)["y"]
    assert made.tolist() == ((a.astype(int) - [[1], [100], [255]]) @ b.astype(int)).tolist()


@pytest.mark.parametrize("shapes", [((3, 4), (4, 5)), ((2, 3, 300), (2, 300, 2))])
@pytest.mark.parametrize("a_type", [np.uint8, np.int8])
@pytest.mark.parametrize("each", [False, True])
def test_qlinear_matmul(shapes: Any, a_type: Any, each: bool) -> None:
    a, b = random_bytes(*shapes[0], dtype=a_type), random_bytes(*shapes[1], dtype=np.int8, seed=1)
    per_column = (b.shape[-1],) if each and b.ndim == 2 else ()
    inputs = {
        "a": a,
        "a_scale": np.asarray(0.02, np.float32),
        "a_zero_point": np.asarray(11, a_type),
        "b": b,
        "b_scale": scales(*per_column),
        "b_zero_point": np.zeros(per_column, np.int8),
        "y_scale": np.asarray(0.9, np.float32),
        "y_zero_point": np.asarray(7, a_type),
    }
    check_node("QLinearMatMul", inputs, opset=21, output_types=[BYTES[a_type]])


def test_qlinear_matmul_of_eight_bit_floats() -> None:
    dtype = ml_dtypes.float8_e4m3fn
    a, b = normal(3, 4).astype(dtype), normal(4, 2, seed=1).astype(dtype)
    one = np.asarray(1, np.float32)
    zero = np.asarray(0, dtype)
    arrays = (a, one, zero, b, one, zero, one * 2, zero)
    inputs = dict(zip(("a", "as", "az", "b", "bs", "bz", "ys", "yz"), arrays, strict=True))
    made = ours(node_model("QLinearMatMul", inputs, {}, opset=21, output_types=[17]), inputs)["y"]
    wanted = (a.astype(np.float32) @ b.astype(np.float32) / 2).astype(dtype)
    np.testing.assert_array_equal(made.astype(np.float32), wanted.astype(np.float32))


CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 7, 6), (4, 3, 3, 3), {}),
    ((1, 3, 7, 6), (4, 3, 3, 2), {"pads": (1, 0, 2, 1), "strides": (2, 1)}),
    ((1, 4, 9, 9), (6, 2, 3, 3), {"group": 2, "dilations": (2, 1), "pads": (2, 1, 2, 1)}),
    ((1, 2, 9, 8), (3, 2, 3, 2), {"strides": (2, 2), "auto_pad": "SAME_LOWER"}),
    ((2, 5, 8, 8), (5, 1, 3, 3), {"group": 5, "pads": (1, 1, 1, 1)}),
    ((1, 96, 6, 6), (8, 96, 3, 3), {"pads": (1, 1, 1, 1)}),
    ((1, 8, 5, 5), (16, 8, 1, 1), {}),
]


@pytest.mark.parametrize(("x_shape", "w_shape", "attributes"), CONVOLUTIONS)
@pytest.mark.parametrize("with_zero_points", [False, True])
def test_convolution_of_integers(
    x_shape: Any, w_shape: Any, attributes: dict[str, Any], with_zero_points: bool
) -> None:
    x, w = random_bytes(*x_shape, dtype=np.uint8), random_bytes(*w_shape, dtype=np.uint8, seed=1)
    inputs: dict[str, Array | None] = {"x": x, "w": w}
    if with_zero_points:
        inputs |= {"x_zero_point": np.asarray(120, np.uint8), "w_zero_point": np.asarray(130, np.uint8)}
    check_node("ConvInteger", inputs, opset=10, output_types=[6], rtol=0, atol=0, **attributes)


@pytest.mark.parametrize(("x_shape", "w_shape", "attributes"), CONVOLUTIONS)
@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_quantized_convolution(
    x_shape: Any, w_shape: Any, attributes: dict[str, Any], each: bool, with_bias: bool, dtype: Any
) -> None:
    channels = (w_shape[0],) if each else ()
    depth = int(np.prod(w_shape[1:]))
    inputs = {
        "x": random_bytes(*x_shape, dtype=dtype),
        "x_scale": np.asarray(0.02, np.float32),
        "x_zero_point": np.asarray(21, dtype),
        "w": random_bytes(*w_shape, dtype=np.int8, seed=1),
        "w_scale": scales(*channels),
        "w_zero_point": np.zeros(channels, np.int8),
        "y_scale": np.asarray(0.1 * depth**0.5, np.float32),
        "y_zero_point": np.asarray(5, dtype),
        "b": np.random.default_rng(3).integers(-9000, 9000, w_shape[0]).astype(np.int32) if with_bias else None,
    }
    check_node("QLinearConv", inputs, opset=10, output_types=[BYTES[dtype]], rtol=0, atol=0, **attributes)


def test_convolution_refuses_a_wrong_number_of_zero_points() -> None:
    inputs = {
        "x": random_bytes(1, 2, 4, 4, dtype=np.uint8),
        "w": random_bytes(3, 2, 2, 2, dtype=np.uint8),
        "x_zero_point": np.asarray(1, np.uint8),
        "w_zero_point": np.zeros(2, np.uint8),
    }
    with pytest.raises(GraphError, match="wanted one number or 3"):
        ours(node_model("ConvInteger", inputs, {}, opset=10, output_types=[6]), inputs)


@given(
    st.integers(0, 5), st.integers(1, 6), st.integers(1, 4), st.sampled_from([8, 16, 31, 40, 63]), st.integers(0, 99)
)
def test_products_of_integers_are_exact(rows: int, depth: int, columns: int, bits: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (rows, depth))
    b = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (depth, columns))
    wanted = (a.astype(object) @ b.astype(object) + 2**31) % 2**32 - 2**31 if rows else np.empty((0, columns))
    assert integer_matmul(a, b, np.dtype(np.int32)).tolist() == wanted.tolist()


def test_the_narrowest_float_that_is_exact() -> None:
    assert exact_dtype(2.0**24 - 1) == np.float32
    assert exact_dtype(2.0**24) == np.float64
    assert exact_dtype(2.0**60) is None


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_onnxruntime_agrees_about_blocks(number: int) -> None:
    zero_point = np.ones((2, 3)).astype(dtype_of(number))
    inputs = {"x": normal(2, 12) * 4, "scale": scales(2, 3), "zero_point": zero_point}
    check_node("QuantizeLinear", inputs, opset=21, output_types=[number], axis=1, block_size=4)
