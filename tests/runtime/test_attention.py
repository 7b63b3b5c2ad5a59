"""Attention and what prepares for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


def inputs_of(q_heads: int = 4, kv_heads: int = 2, queries: int = 3, keys: int = 5) -> dict[str, Array | None]:
    return {
        "q": normal(2, q_heads, queries, 8),
        "k": normal(2, kv_heads, keys, 8, seed=1),
        "v": normal(2, kv_heads, keys, 6, seed=2),
    }


@pytest.mark.parametrize("heads", [(4, 4), (4, 2), (4, 1)])
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"is_causal": 1},
        {"scale": 0.3},
        {"softcap": 2.0},
        {"left_window_size": 1},
        {"right_window_size": 0},
        {"left_window_size": 0, "right_window_size": 2},
        {"is_causal": 1, "left_window_size": 1},
    ],
)
@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_attention(heads: tuple[int, int], attributes: dict[str, Any], mode: int) -> None:
    # The reference caps what it gives as raw scores; the operator's description does not.
    outputs = ("y", "keys", "values", "scores")[: 3 if mode == 0 and "softcap" in attributes else 4]
    options = {"qk_matmul_output_mode": mode, **attributes}
    check_node("Attention", inputs_of(*heads), opset=25, outputs=outputs, oracle=by_reference, **options, **TOLERANCE)


@pytest.mark.parametrize("shape", [(1, 3, 5), (3, 5), (4, 3, 5), (2, 1, 3, 5), (2, 4, 3, 4)])
@pytest.mark.parametrize("is_bool", [False, True])
@pytest.mark.parametrize("is_causal", [0, 1])
def test_masks(shape: tuple[int, ...], is_bool: bool, is_causal: int) -> None:
    mask = normal(*shape, seed=7)
    inputs = {**inputs_of(), "mask": mask > 0 if is_bool else mask}
    check_node("Attention", inputs, opset=24, oracle=by_reference, is_causal=is_causal, **TOLERANCE)


@pytest.mark.parametrize("shape", [(5,), (1, 5)])
@pytest.mark.parametrize("is_causal", [0, 1])
def test_a_mask_for_every_query_alike(shape: tuple[int, ...], is_causal: int) -> None:
    inputs = {name: array for name, array in inputs_of().items() if array is not None}
    mask = normal(*shape, seed=7) > 0
    made = []
    for given in (mask, np.broadcast_to(mask, (3, 5)).copy()):
        model = node_model("Attention", {**inputs, "mask": given}, {"is_causal": is_causal}, opset=24)
        made.append(ours(model, {**inputs, "mask": given})["y"])
    np.testing.assert_array_equal(*made)


def test_scores_before_the_cap() -> None:
    inputs = {name: array for name, array in inputs_of(2, 2).items() if array is not None}
    outputs = ("y", "keys", "values", "scores")
    made = ours(node_model("Attention", inputs, {"softcap": 0.1}, opset=24, outputs=outputs), inputs)
    wanted = np.einsum("bhqd,bhkd->bhqk", inputs["q"], inputs["k"]) / np.sqrt(8)
    np.testing.assert_allclose(made["scores"], wanted, **TOLERANCE)


def test_a_query_without_keys_gives_zeros() -> None:
    inputs = {**inputs_of(), "mask": np.zeros((3, 5), bool)}
    given = {name: array for name, array in inputs.items() if array is not None}
    assert not ours(node_model("Attention", inputs, {}, opset=24), given)["y"].any()


@pytest.mark.parametrize("is_causal", [0, 1])
def test_keys_and_values_of_the_past(is_causal: int) -> None:
    past = {"past_key": normal(2, 2, 4, 8, seed=3), "past_value": normal(2, 2, 4, 6, seed=4)}
    inputs = {**inputs_of(), "mask": None, **past}
    outputs = ("y", "keys", "values")
    options = {"outputs": outputs, "oracle": by_reference, "is_causal": is_causal}
    check_node("Attention", inputs, opset=24, **options, **TOLERANCE)


@pytest.mark.parametrize("attributes", [{}, {"is_causal": 1}, {"left_window_size": 1, "right_window_size": 1}])
def test_keys_that_do_not_count(attributes: dict[str, int]) -> None:
    inputs = {**inputs_of(), "mask": None, "past_key": None, "past_value": None, "valid": np.array([2, 5])}
    check_node("Attention", inputs, opset=25, oracle=by_reference, **attributes, **TOLERANCE)


def test_heads_side_by_side() -> None:
    inputs = {"q": normal(2, 3, 32), "k": normal(2, 5, 16, seed=1), "v": normal(2, 5, 12, seed=2)}
    options = {"q_num_heads": 4, "kv_num_heads": 2}
    check_node("Attention", inputs, opset=23, oracle=by_reference, **options, **TOLERANCE)


@pytest.mark.parametrize(
    ("change", "attributes", "words"),
    [
        ({"q": normal(2, 3, 3, 8)}, {}, "cannot share 2 heads"),
        ({"q": normal(2, 3, 32)}, {}, "3 axes each or 4 each"),
        ({"mask": np.zeros((3, 6), bool)}, {}, "more than 5 keys"),
        ({"mask": None, "past_key": normal(2, 2, 4, 8)}, {}, "given together"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Array | None], attributes: dict[str, int], words: str) -> None:
    inputs = {**inputs_of(), **change}
    given = {name: array for name, array in inputs.items() if array is not None}
    with pytest.raises(GraphError, match=words):
        ours(node_model("Attention", inputs, attributes, opset=24), given)


@pytest.mark.parametrize("interleaved", [0, 1])
@pytest.mark.parametrize("size", [0, 4])
@pytest.mark.parametrize("by_position", [False, True])
@pytest.mark.parametrize("side_by_side", [False, True])
def test_rotary_embedding(interleaved: int, size: int, by_position: bool, side_by_side: bool) -> None:
    pairs = (size or 8) // 2
    angles = normal(*((10, pairs) if by_position else (2, 5, pairs)), seed=1)
    positions = np.random.default_rng(2).integers(0, 10, (2, 5)) if by_position else None
    x = normal(2, 5, 24) if side_by_side else normal(2, 3, 5, 8)
    inputs = {"x": x, "cos": np.cos(angles), "sin": np.sin(angles), "positions": positions}
    options = {"interleaved": interleaved, "rotary_embedding_dim": size, **({"num_heads": 3} if side_by_side else {})}
    check_node("RotaryEmbedding", inputs, opset=23, oracle=by_reference, **options, **TOLERANCE)


@pytest.mark.parametrize("axis", [1, -2, 3])
@pytest.mark.parametrize("mode", ["linear", "circular"])
def test_tensor_scatter(axis: int, mode: str) -> None:
    cache, update = normal(3, 6, 6, 6), normal(3, 6, 6, 6, seed=1).take(range(4), axis)
    indices = np.array([0, 2, 1 if mode == "linear" else 5])
    inputs = {"cache": cache, "update": update, "indices": indices}
    check_node("TensorScatter", inputs, opset=24, oracle=by_reference, axis=axis, mode=mode)
    check_node("TensorScatter", {**inputs, "indices": None}, opset=24, oracle=by_reference, axis=axis, mode=mode)


def test_writing_past_the_end_is_refused() -> None:
    inputs = {"cache": normal(2, 4, 3), "update": normal(2, 2, 3), "indices": np.array([0, 3])}
    with pytest.raises(GraphError, match="cannot write up to index 4"):
        ours(node_model("TensorScatter", inputs, {}, opset=24), inputs)
