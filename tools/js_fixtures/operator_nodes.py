"""The nodes that the cases run: every operator of the JavaScript reader, with its attributes and its corners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qmodel.dtypes import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One node.

    Attributes:
        operator: of the default ONNX domain.
        title: what the case is about.
        inputs: by name: an array, or the shape of a random one.
        attributes: by name.
        references: attributes that are tensors: name of the attribute to name of the tensor.
        tensors: by name.
        wiring: names of the node's inputs, where they are not all of `inputs` in order.
        outputs: how many the node has.
        opset: version of the operator set.
    """

    operator: str
    title: str
    inputs: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    tensors: Mapping[str, Array] = field(default_factory=dict)
    wiring: tuple[str, ...] = ()
    outputs: int = 1
    opset: int = 18


def longs(*values: int) -> Array:
    """A 1-d array of int64."""
    return np.array(values, dtype=np.int64)


def floats(*values: float) -> Array:
    """A 1-d array of float32."""
    return np.array(values, dtype=np.float32)


def _case(
    operator: str, what: str, inputs: Mapping[str, Any], opset: int = 18, outputs: int = 1, **attributes: Any
) -> Case:
    title = f"{operator}: {what}"
    return Case(operator=operator, title=title, inputs=inputs, attributes=attributes, opset=opset, outputs=outputs)


_SPECIAL = floats(-np.inf, -3.5, -1, -0.25, 0, 0.25, 1, 3.5, np.inf, np.nan)
_POSITIVE = floats(0.001, 0.5, 1, 2, 1000)
_SENTENCE = {"x": (5, 3, 4)}


def _elementwise() -> list[Case]:
    plain = ("Relu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Exp", "Neg", "Abs", "Floor", "Ceil", "HardSwish")
    return [
        *(_case(name, "special numbers", {"x": _SPECIAL}) for name in plain),
        *(_case(name, "positive numbers", {"x": _POSITIVE}) for name in ("Log", "Sqrt", "Reciprocal")),
        _case("LeakyRelu", "alpha", {"x": _SPECIAL}, alpha=0.25),
        _case("LeakyRelu", "default", {"x": _SPECIAL}),
        _case("Elu", "alpha", {"x": _SPECIAL}, alpha=2.0),
        _case("Selu", "default", {"x": _SPECIAL}),
        _case("HardSigmoid", "default", {"x": _SPECIAL}),
        _case("HardSigmoid", "alpha and beta", {"x": _SPECIAL}, alpha=0.5, beta=0.25),
        _case("Clip", "both bounds", {"x": _SPECIAL, "low": np.array(-1, np.float32), "high": np.array(2, np.float32)}),
        _case("Clip", "attributes of opset 10", {"x": _SPECIAL}, opset=10, min=-0.5, max=0.5),
        _case("Softmax", "last axis", {"x": (2, 3, 4)}),
        _case("Softmax", "first axis", {"x": (2, 3, 4)}, axis=0),
        _case("Softmax", "opset 12: all axes from 1 on", {"x": (2, 3, 4)}, opset=12),
        _case("LogSoftmax", "middle axis", {"x": (2, 3, 4)}, axis=1),
    ]


def _arithmetic() -> list[Case]:
    return [
        *(_case(name, "both repeat", {"x": (3, 1, 4), "y": (2, 1)}) for name in ("Add", "Sub", "Mul", "Div")),
        *(_case(name, "three arrays", {"x": (3, 4), "y": (4,), "z": ()}) for name in ("Sum", "Min", "Max")),
        _case("Add", "a number", {"x": (2, 2), "y": ()}),
        _case("Add", "nothing", {"x": (0, 2), "y": (2,)}),
        _case("Add", "integers wrap", {"x": longs(2**63 - 1, 5), "y": longs(1, -7)}),
        _case("Div", "integers", {"x": longs(7, -7, 6), "y": longs(2, 2, 3)}),
        _case(
            "Mul", "integers of 32 bits", {"x": np.array([65537, -3], np.int32), "y": np.array([65537, 4], np.int32)}
        ),
        _case("Pow", "of positive numbers", {"x": _POSITIVE, "y": floats(0.5)}),
    ]


def _windows() -> list[Case]:
    image = {"x": (2, 4, 7, 6)}
    return [
        _case("Conv", "with bias", {**image, "w": (3, 4, 3, 3), "b": (3,)}),
        _case("Conv", "pads and strides", {**image, "w": (3, 4, 3, 2)}, pads=[1, 2, 0, 1], strides=[2, 3]),
        _case("Conv", "dilations", {**image, "w": (3, 4, 2, 3)}, dilations=[3, 2]),
        _case("Conv", "groups", {**image, "w": (6, 2, 3, 3)}, group=2, pads=[1, 1, 1, 1]),
        _case("Conv", "depthwise", {**image, "w": (4, 1, 3, 3), "b": (4,)}, group=4),
        _case("Conv", "one element", {**image, "w": (5, 4, 1, 1)}, kernel_shape=[1, 1]),
        _case("Conv", "one element, strides", {**image, "w": (5, 4, 1, 1)}, strides=[2, 2]),
        _case("Conv", "one axis", {"x": (1, 2, 9), "w": (3, 2, 4)}, strides=[2], pads=[1, 2]),
        _case("Conv", "three axes", {"x": (1, 2, 4, 5, 3), "w": (2, 2, 2, 3, 2)}, pads=[1, 0, 1, 0, 1, 0]),
        _case("Conv", "auto_pad upper", {**image, "w": (3, 4, 2, 3)}, auto_pad="SAME_UPPER", strides=[2, 2]),
        _case("Conv", "auto_pad lower", {**image, "w": (3, 4, 2, 2)}, auto_pad="SAME_LOWER"),
        _case("MaxPool", "pads", image, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 2]),
        _case("MaxPool", "ceil_mode", image, kernel_shape=[2, 2], strides=[2, 4], ceil_mode=1),
        _case("MaxPool", "dilations", image, kernel_shape=[2, 2], dilations=[2, 3]),
        _case("AveragePool", "pads left out", image, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
        _case("AveragePool", "pads counted", image, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
        _case(
            "AveragePool",
            "ceil_mode with pads",
            image,
            kernel_shape=[3, 3],
            pads=[1, 1, 0, 0],
            strides=[2, 2],
            ceil_mode=1,
            count_include_pad=1,
        ),
        _case("GlobalAveragePool", "two axes", image),
        _case("GlobalMaxPool", "one axis", {"x": (2, 3, 5)}),
        _case("BatchNormalization", "two axes", _normalization(), epsilon=0.01),
        _case("BatchNormalization", "opset 9", _normalization(), opset=9),
    ]


def _normalization() -> dict[str, Any]:
    return {"x": (2, 3, 2, 2), "scale": (3,), "b": (3,), "mean": (3,), "variance": floats(0.5, 1, 2)}


def _products() -> list[Case]:
    return [
        _case("Gemm", "plain", {"a": (2, 3), "b": (3, 4)}),
        _case("Gemm", "transposed", {"a": (3, 2), "b": (4, 3), "c": (4,)}, transA=1, transB=1, alpha=0.5, beta=2.0),
        _case("Gemm", "a column", {"a": (2, 3), "b": (3, 4), "c": (2, 1)}),
        _case("MatMul", "matrices", {"a": (2, 3), "b": (3, 4)}),
        _case("MatMul", "repeated", {"a": (2, 1, 3, 4), "b": (3, 4, 2)}),
        _case("MatMul", "a row", {"a": (3,), "b": (2, 3, 4)}),
        _case("MatMul", "a column", {"a": (2, 3, 4), "b": (4,)}),
        _case("MatMul", "a number", {"a": (3,), "b": (3,)}),
    ]


def _shapes() -> list[Case]:
    x = {"x": (2, 3, 1, 4)}
    return [
        _case("Identity", "an array", x),
        _case("Dropout", "leaves all", x),
        _case("Shape", "whole", x),
        _case("Shape", "a part", x, start=-3, end=-1),
        _case("Flatten", "default", x),
        _case("Flatten", "from the end", x, axis=-1),
        _case("Flatten", "axis 0", x, axis=0),
        _case("Reshape", "the rest and a copy", {**x, "s": longs(0, -1)}),
        _case("Reshape", "allowzero", {"x": (0, 3), "s": longs(3, 0)}, allowzero=1),
        _case("Squeeze", "all", {"x": (1, 3, 1)}),
        _case("Squeeze", "one", {**x, "axes": longs(-2)}),
        _case("Squeeze", "opset 12", x, opset=12, axes=[2]),
        _case("Unsqueeze", "two", {"x": (3, 4), "axes": longs(0, -1)}),
        _case("Unsqueeze", "opset 12", {"x": (3, 4)}, opset=12, axes=[1]),
        _case("Transpose", "default", {"x": (2, 3, 4)}),
        _case("Transpose", "perm", {"x": (2, 3, 4)}, perm=[1, 2, 0]),
        _case("Concat", "last axis", {"x": (2, 3), "y": (2, 1), "z": (2, 0)}, axis=-1),
        _case(
            "Slice",
            "steps back",
            {"x": (6, 5), "s": longs(10, 4), "e": longs(-100, 0), "a": longs(0, -1), "t": longs(-2, -1)},
        ),
        _case("Slice", "clamped", {"x": (6, 5), "s": longs(1), "e": longs(2**63 - 1)}),
        _case("Slice", "nothing", {"x": (6, 5), "s": longs(4), "e": longs(2)}),
        _case("Slice", "opset 9", {"x": (6, 5)}, opset=9, starts=[1, -3], ends=[4, -1], axes=[0, 1]),
        _case("Gather", "rows", {"x": (4, 3), "i": longs(0, -1, 2, 2)}),
        _case("Gather", "one column", {"x": (4, 3), "i": np.array(1, dtype=np.int64)}, axis=1),
    ]


def _constants() -> list[Case]:
    filled = {"filling": longs(7)}
    return [
        _case("Constant", "a float", {}, value_float=1.5),
        _case("Constant", "integers", {}, value_ints=[3, -4]),
        _case("ConstantOfShape", "zeros", {"s": longs(2, 3)}),
        Case(
            operator="ConstantOfShape",
            title="ConstantOfShape: a tensor",
            inputs={"s": longs(2, 2)},
            references={"value": "filling"},
            tensors=filled,
        ),
        _case("Cast", "to integers", {"x": floats(-1.5, 2.75, 0)}, to=7),
        _case("Cast", "to 32 bits", {"x": floats(-1.5, 2.75, 0)}, to=6),
        _case("Cast", "to truth", {"x": floats(-1.5, 0, 0.25)}, to=9),
        _case("Cast", "to floats", {"x": longs(2**24 + 1, -3)}, to=1),
    ]


def _reductions() -> list[Case]:
    names = ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin")
    return [
        *(_case(name, "one axis", {"x": (2, 3, 4), "axes": longs(1)}) for name in names),
        *(_case(name, "all, without axes", {"x": (2, 3)}, keepdims=0) for name in names),
        _case("ReduceMean", "opset 17", {"x": (2, 3, 4)}, opset=17, axes=[-1, 0], keepdims=0),
        _case("ReduceSum", "nothing to do", {"x": (2, 3)}, noop_with_empty_axes=1),
    ]


def _recurrent(operator: str, gates: int, states: int) -> list[Case]:
    hidden, width = 3, 4

    def weights(directions: int) -> dict[str, Any]:
        return {"w": (directions, gates * hidden, width), "r": (directions, gates * hidden, hidden)}

    def initial(*shape: int) -> dict[str, Any]:
        return {f"s{k}": (*shape, hidden) for k in range(states)}

    outputs = states + 1
    bias = {"b": (1, 2 * gates * hidden)}
    lengths = {"n": np.array([5, 2, 0], dtype=np.int32)}
    return [
        _case(operator, "plain", {**_SENTENCE, **weights(1)}, outputs=outputs),
        _case(operator, "reverse", {**_SENTENCE, **weights(1), **bias}, outputs=outputs, direction="reverse"),
        _case(
            operator,
            "both directions, lengths, states",
            {**_SENTENCE, **weights(2), "b": (2, 2 * gates * hidden), **lengths, **initial(2, 3)},
            outputs=outputs,
            direction="bidirectional",
            hidden_size=hidden,
        ),
        _case(
            operator,
            "batch first",
            {"x": (3, 5, 4), **weights(1), **bias, **lengths, **initial(3, 1)},
            outputs=outputs,
            layout=1,
        ),
        _case(
            operator,
            "activations and clip",
            {**_SENTENCE, **weights(1), **bias},
            outputs=outputs,
            activations=_ACTIVATIONS[operator],
            activation_alpha=[0.3],
            activation_beta=[0.4],
            clip=0.75,
        ),
    ]


_ACTIVATIONS = {
    "RNN": ["HardSigmoid"],
    "GRU": ["HardSigmoid", "Softsign"],
    "LSTM": ["HardSigmoid", "ScaledTanh", "Elu"],
}


def _gates() -> list[Case]:
    hidden, width = 3, 4
    gru = {**_SENTENCE, "w": (1, 3 * hidden, width), "r": (1, 3 * hidden, hidden), "b": (1, 6 * hidden)}
    lstm = {**_SENTENCE, "w": (1, 4 * hidden, width), "r": (1, 4 * hidden, hidden), "p": (1, 3 * hidden)}
    wiring = ("x", "w", "r", "", "", "", "", "p")
    return [
        _case("GRU", "reset before", gru, outputs=2, linear_before_reset=1),
        Case(operator="LSTM", title="LSTM: peepholes", inputs=lstm, wiring=wiring, outputs=3),
        Case(
            operator="LSTM",
            title="LSTM: coupled gates",
            inputs=lstm,
            wiring=wiring,
            outputs=3,
            attributes={"input_forget": 1},
        ),
    ]


CASES: tuple[Case, ...] = (
    *_elementwise(),
    *_arithmetic(),
    *_windows(),
    *_products(),
    *_shapes(),
    *_constants(),
    *_reductions(),
    *_recurrent("RNN", 1, 1),
    *_recurrent("GRU", 3, 1),
    *_recurrent("LSTM", 4, 2),
    *_gates(),
)
