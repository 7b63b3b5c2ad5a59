from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.ops.lstm import lstm
from tests.runtime.oracle import by_reference, check_node, normal

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
OUTPUTS = {"LSTM": ["y", "y_h", "y_c"], "GRU": ["y", "y_h"], "RNN": ["y", "y_h"]}
STEPS, BATCH, SIZE, HIDDEN = 6, 4, 3, 5


def inputs(operator: str, directions: int, *names: str, dtype: Any = np.float32) -> dict[str, Array | None]:
    rows = GATES[operator] * HIDDEN
    every: dict[str, Array] = {
        "x": normal(STEPS, BATCH, SIZE),
        "w": normal(directions, rows, SIZE, seed=1) * 0.5,
        "r": normal(directions, rows, HIDDEN, seed=2) * 0.5,
        "b": normal(directions, 2 * rows, seed=3) * 0.5,
        "sequence_lens": np.array([6, 1, 4, 3], np.int32),
        "h": normal(directions, BATCH, HIDDEN, seed=4),
        "c": normal(directions, BATCH, HIDDEN, seed=5),
        "p": normal(directions, 3 * HIDDEN, seed=6),
    }
    order = ["x", "w", "r", "b", "sequence_lens", "h", *(["c", "p"] if operator == "LSTM" else [])]
    chosen = {"x", "w", "r", *names}
    return {
        name: (every[name] if name == "sequence_lens" else every[name].astype(dtype)) if name in chosen else None
        for name in order
    }


def check(operator: str, given: dict[str, Array | None], **keywords: Any) -> None:
    check_node(operator, given, outputs=OUTPUTS[operator], hidden_size=HIDDEN, rtol=1e-4, atol=2e-6, **keywords)


@pytest.mark.parametrize("operator", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize(("direction", "directions"), [("forward", 1), ("reverse", 1), ("bidirectional", 2)])
@pytest.mark.parametrize("names", [(), ("b",), ("b", "h", "c"), ("b", "sequence_lens", "h", "c")])
def test_directions(operator: str, direction: str, directions: int, names: tuple[str, ...]) -> None:
    check(operator, inputs(operator, directions, *names), direction=direction)


@pytest.mark.parametrize(("direction", "directions"), [("forward", 1), ("reverse", 1), ("bidirectional", 2)])
@pytest.mark.parametrize("names", [(), ("b", "h"), ("b", "sequence_lens", "h")])
def test_gru_linear_before_reset(direction: str, directions: int, names: tuple[str, ...]) -> None:
    check("GRU", inputs("GRU", directions, *names), direction=direction, linear_before_reset=1)


@pytest.mark.parametrize("names", [("p",), ("b", "p", "h", "c"), ("b", "p", "h", "c", "sequence_lens")])
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_lstm_peepholes(names: tuple[str, ...], direction: str) -> None:
    check("LSTM", inputs("LSTM", 1 + (direction != "forward"), *names), direction=direction)


def test_lstm_input_forget() -> None:
    check("LSTM", inputs("LSTM", 1, "b", "h", "c"), input_forget=1)


@pytest.mark.parametrize("operator", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("names", [("b", "h", "c"), ("b", "h", "c", "p")])
def test_clip(operator: str, names: tuple[str, ...]) -> None:
    check(operator, inputs(operator, 1, *names), clip=0.4)


def test_gru_clip_with_linear_before_reset() -> None:
    check("GRU", inputs("GRU", 1, "b", "h"), clip=0.4, linear_before_reset=1)


@pytest.mark.parametrize(
    ("operator", "attributes"),
    [
        ("RNN", {"activations": ["Relu"]}),
        ("RNN", {"activations": ["Softsign"]}),
        ("RNN", {"activations": ["Softplus"]}),
        ("RNN", {"activations": ["Affine"], "activation_alpha": [0.5], "activation_beta": [0.1]}),
        ("RNN", {"activations": ["LeakyRelu"], "activation_alpha": [0.3]}),
        ("RNN", {"activations": ["ThresholdedRelu"], "activation_alpha": [0.2]}),
        ("RNN", {"activations": ["ScaledTanh"], "activation_alpha": [0.7], "activation_beta": [1.3]}),
        ("RNN", {"activations": ["Elu"], "activation_alpha": [0.9]}),
        ("RNN", {"activations": ["HardSigmoid"], "activation_alpha": [0.3], "activation_beta": [0.4]}),
        ("LSTM", {"activations": ["HardSigmoid", "Tanh", "Relu"], "activation_alpha": [0.3], "activation_beta": [0.4]}),
        ("GRU", {"activations": ["HardSigmoid", "Softsign"], "activation_alpha": [0.3], "activation_beta": [0.4]}),
    ],
)
def test_activations(operator: str, attributes: dict[str, Any]) -> None:
    check(operator, inputs(operator, 1, "b", "h", "c"), **attributes)


def test_activations_of_each_direction() -> None:
    check("RNN", inputs("RNN", 2, "b"), direction="bidirectional", activations=["Relu", "Tanh"])


@pytest.mark.parametrize("operator", ["LSTM", "GRU", "RNN"])
def test_layout_with_the_batch_first(operator: str) -> None:
    given = inputs(operator, 1, "b", "h", "c")
    for name in ("x", "h", "c"):
        if given.get(name) is not None:
            given[name] = np.ascontiguousarray(np.swapaxes(given[name], 0, 1))
    check(operator, given, layout=1, oracle=by_reference)


@pytest.mark.parametrize("operator", ["LSTM", "GRU", "RNN"])
def test_many_steps_are_projected_in_parts(operator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qmodel.runtime.recurrence._PROJECTION_BYTES", 4 * GATES[operator] * HIDDEN * BATCH * 4)
    check(operator, inputs(operator, 2, "b", "h", "c"), direction="bidirectional")


def test_half_precision_is_computed_in_single() -> None:
    single = {name: value for name, value in inputs("LSTM", 1, "b").items() if value is not None}
    half = [array.astype(np.float16) for array in single.values()]
    y, y_h, _ = lstm(*half, hidden_size=HIDDEN)
    exact = lstm(*(array.astype(np.float32) for array in half), hidden_size=HIDDEN)[0]
    assert y.dtype == y_h.dtype == np.float16
    np.testing.assert_array_equal(y, exact.astype(np.float16))


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"activations": ("Cosine", "Tanh", "Tanh")}, "'Cosine' is not supported"),
        ({"activations": ("Tanh",)}, "wanted 3 activations"),
        ({"direction": "sideways"}, "direction must be"),
        ({"direction": "bidirectional"}, "needs 2 sets of weights"),
        ({"hidden_size": 7}, "hidden_size is 7"),
        ({"layout": 2}, "layout must be"),
    ],
)
def test_refusals(keywords: dict[str, Any], words: str) -> None:
    given = inputs("LSTM", 1)
    with pytest.raises(GraphError, match=words):
        lstm(given["x"], given["w"], given["r"], **keywords)


def test_wrong_shapes_are_refused() -> None:
    given = inputs("LSTM", 1)
    x, w, r = given["x"], given["w"], given["r"]
    with pytest.raises(GraphError, match="B must have 40 entries"):
        lstm(x, w, r, normal(1, 20))
    with pytest.raises(GraphError, match="initial state must be"):
        lstm(x, w, r, None, None, normal(1, BATCH + 1, HIDDEN))
