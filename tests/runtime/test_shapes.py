from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

X = normal(2, 3, 4)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2, 3])
def test_flatten(axis: int) -> None:
    check_node("Flatten", {"x": X}, axis=axis)


@pytest.mark.parametrize("shape", [(24,), (-1,), (0, -1), (4, 3, 2), (2, 0, 4), (1, 24, 1), (0, 0, 0)])
def test_reshape(shape: tuple[int, ...]) -> None:
    check_node("Reshape", {"x": X, "shape": ints(*shape)})


def test_reshape_allowzero() -> None:
    check_node("Reshape", {"x": normal(0, 3), "shape": ints(3, 0)}, allowzero=1)
    check_node("Reshape", {"x": normal(0, 3), "shape": ints(0, 3, 5)}, allowzero=1)


@pytest.mark.parametrize("perm", [None, (0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_transpose(perm: tuple[int, ...] | None) -> None:
    check_node("Transpose", {"x": X}, **({} if perm is None else {"perm": perm}))


@pytest.mark.parametrize("opset", [9, 11, 13, 21])
@pytest.mark.parametrize("axes", [None, (0,), (-1,), (0, 2), (2, -4)])
def test_squeeze(opset: int, axes: tuple[int, ...] | None) -> None:
    if opset < 11 and axes and min(axes) < 0:
        axes = tuple(axis % 4 for axis in axes)
    x = normal(1, 3, 1, 1)
    by_input = opset >= 13 and axes is not None
    inputs = {"x": x, "axes": ints(*axes)} if by_input and axes else {"x": x}
    check_node("Squeeze", inputs, opset=opset, **({"axes": axes} if axes and not by_input else {}))


@pytest.mark.parametrize("opset", [9, 11, 13, 21])
@pytest.mark.parametrize("axes", [(0,), (3,), (0, 4), (4, 1, 0)])
def test_unsqueeze(opset: int, axes: tuple[int, ...]) -> None:
    if opset >= 13:
        check_node("Unsqueeze", {"x": X, "axes": ints(*axes)}, opset=opset)
    else:
        check_node("Unsqueeze", {"x": X}, opset=opset, axes=axes)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concat(axis: int) -> None:
    other = normal(*(5 if position == axis % 3 else length for position, length in enumerate(X.shape)), seed=1)
    check_node("Concat", {"a": X, "b": other, "c": X}, axis=axis)


@pytest.mark.parametrize("lengths", [None, (1, 3), (4, 0)])
@pytest.mark.parametrize("opset", [9, 11, 13, 21])
def test_split(opset: int, lengths: tuple[int, int] | None) -> None:
    inputs = {"x": X, "split": ints(*lengths)} if lengths and opset >= 13 else {"x": X}
    attributes: dict[str, Any] = {"split": lengths} if lengths and opset < 13 else {}
    if opset >= 18 and lengths is None:
        attributes["num_outputs"] = 2
    check_node("Split", inputs, opset=opset, outputs=("y", "z"), axis=2, **attributes)


def test_split_into_unequal_parts() -> None:
    check_node("Split", {"x": normal(7)}, outputs=("a", "b", "c"), num_outputs=3)


bounds = st.integers(-9, 9) | st.sampled_from([-(1 << 62), 1 << 62])


@settings(max_examples=150, deadline=None)
@given(bounds, bounds, st.sampled_from([-7, -2, -1, 1, 2, 7]))
def test_slice_of_one_axis(start: int, end: int, step: int) -> None:
    for length in (0, 6):
        x = np.arange(float(length))
        check_node("Slice", {"x": x, "s": ints(start), "e": ints(end), "a": ints(0), "t": ints(step)})


def test_slice_without_axes_and_in_old_opsets() -> None:
    check_node("Slice", {"x": X, "s": ints(0, 1), "e": ints(1, 3)})
    check_node("Slice", {"x": X, "s": ints(1, 2), "e": ints(3, 4), "a": ints(-2, -1)})
    check_node("Slice", {"x": X}, opset=9, starts=[0, 1], ends=[1, 3])
    check_node("Slice", {"x": X}, opset=9, starts=[-2], ends=[1000], axes=[1])


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("indices", [np.array(1), ints(0, -1), np.array([[0, 1], [-2, 0]])])
def test_gather(axis: int, indices: Array) -> None:
    check_node("Gather", {"x": X, "i": indices.astype(np.int64)}, axis=axis)


@pytest.mark.parametrize("attributes", [{}, {"start": 1}, {"end": -1}, {"start": -2, "end": 3}, {"start": 5}])
def test_shape(attributes: dict[str, int]) -> None:
    check_node("Shape", {"x": X}, output_types=[7], **attributes)


def test_size() -> None:
    check_node("Size", {"x": X}, output_types=[7])


@pytest.mark.parametrize("shape", [(2, 3, 4), (5, 2, 3, 4), (1,), (3, 1), (2, 1, 4)])
def test_expand(shape: tuple[int, ...]) -> None:
    check_node("Expand", {"x": X[:, :, :1], "shape": ints(*shape)})


def test_tile() -> None:
    check_node("Tile", {"x": X, "repeats": ints(2, 1, 3)})


def test_constant_of_shape() -> None:
    check_node("ConstantOfShape", {"shape": ints(2, 3)}, output_types=[1])
    check_node("ConstantOfShape", {"shape": ints()}, output_types=[1], oracle=by_reference)
    value = numpy_helper.from_array(ints(7))
    check_node("ConstantOfShape", {"shape": ints(2, 0)}, output_types=[7], value=value)


@pytest.mark.parametrize(
    ("attributes", "dtype"),
    [
        ({"value_float": 1.5}, 1),
        ({"value_int": 3}, 7),
        ({"value_floats": [1.0, 2.0]}, 1),
        ({"value_ints": [1, 2, 3]}, 7),
    ],
)
def test_constant_numbers(attributes: dict[str, Any], dtype: int) -> None:
    check_node("Constant", {}, output_types=[dtype], **attributes)


@pytest.mark.parametrize("opset", [9, 10, 12, 21])
def test_dropout_does_nothing(opset: int) -> None:
    check_node("Dropout", {"x": X}, opset=opset)
    if opset >= 12:
        check_node("Dropout", {"x": X}, opset=opset, outputs=("y", "mask"), output_types=[1, 9])


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("pads", [(0, 1, 2, 1, 0, 3), (0, 0, 0, 0, 0, 0), (0, 2, 0, 0, 1, 0)])
def test_pad(mode: str, pads: tuple[int, ...]) -> None:
    check_node("Pad", {"x": normal(2, 4, 5), "p": ints(*pads)}, mode=mode)
    check_node("Pad", {"x": normal(2, 4, 5)}, opset=9, mode=mode, pads=pads)


def test_pad_with_value_axes_negative_pads_and_wrap() -> None:
    value = np.array(7.5, np.float32)
    check_node("Pad", {"x": X, "p": ints(1, 0, 0, 2), "v": value, "a": ints(-1, 0)})
    check_node("Pad", {"x": X, "p": ints(0, -1, 2, 0, -1, -1), "v": value})
    check_node("Pad", {"x": X, "p": ints(0, 1, 2, 1, 0, 3)}, mode="wrap")
    check_node("Pad", {"x": X}, opset=10, pads=[0, 1, 0, 0, 0, 1], value=2.5)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "words"),
    [
        ("Flatten", {"x": X}, {"axis": 4}, "axis 4"),
        ("Reshape", {"x": X, "s": ints(5, -1)}, {}, "cannot reshape"),
        ("Reshape", {"x": X, "s": ints(2, 3, 4, 0)}, {}, "lacks"),
        ("Reshape", {"x": normal(0, 2), "s": ints(0, -1)}, {"allowzero": 1}, "allowzero forbids"),
        ("Transpose", {"x": X}, {"perm": (0, 0, 1)}, "no permutation"),
        ("Squeeze", {"x": X, "a": ints(0)}, {}, "squeeze"),
        ("Squeeze", {"x": X, "a": ints(3)}, {}, "axis 3 is not one of 3 axes"),
        ("Unsqueeze", {"x": X, "a": ints(0, 0)}, {}, "repeat"),
        ("Concat", {"a": X, "b": X.astype(np.float64)}, {"axis": 0}, "insert a Cast"),
        ("Concat", {"a": X, "b": X[:, :1]}, {"axis": 0}, "dimensions"),
        ("Slice", {"x": X, "s": ints(0), "e": ints(1), "a": ints(0), "t": ints(0)}, {}, "step must not be 0"),
        ("Gather", {"x": X, "i": ints(9)}, {}, "out of bounds"),
        ("Gather", {"x": X, "i": np.array(1)}, {"axis": 5}, "axis 5 is not one of 3 axes"),
        ("Pad", {"x": X, "p": ints(1, 2)}, {}, "wanted 6 pads"),
        ("Pad", {"x": X, "p": ints(-2, 0, 0, -2, 0, 0)}, {}, "cut away more"),
        ("Pad", {"x": X, "p": ints(0, 0, 0, 0, 0, 0)}, {"mode": "mirror"}, "mode must be"),
        ("Add", {"a": X, "b": X[:, :2]}, {}, "could not be broadcast"),
        ("Mul", {"a": X, "b": X.astype(np.float16)}, {}, "insert a Cast"),
        ("Gemm", {"a": X, "b": X}, {}, "wanted 2 axes, got 3"),
        ("MatMul", {"a": X, "b": X}, {}, "mismatch"),
        ("Clip", {"x": X, "low": normal(2)}, {}, "must be scalars"),
        ("Conv", {"x": X, "w": normal(2, 4, 1)}, {}, "does not fit X"),
        ("Conv", {"x": X, "w": normal(2, 3, 1)}, {"kernel_shape": [2]}, "kernel_shape"),
        ("Conv", {"x": X, "w": normal(2, 3, 1), "b": normal(3)}, {}, r"B must have shape \(2,\)"),
        ("Conv", {"x": X[0], "w": normal(2, 3)}, {}, "wanted at least 3 axes, got 2"),
        ("Cast", {"x": X}, {"to": 8}, "not supported"),
    ],
)
def test_refusals_name_the_node(
    operator: str, inputs: dict[str, Array], attributes: dict[str, Any], words: str
) -> None:
    with pytest.raises(GraphError, match=words) as caught:
        ours(node_model(operator, inputs, attributes, opset=21), inputs)
    assert str(caught.value).startswith(f"{operator} node 'tested': ")
