"""Normalizations, and other operators on whole arrays."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from qmodel.errors import GraphError, LimitError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours

TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("opset", [17, 21])
def test_layer_normalization(axis: int, with_bias: bool, opset: int) -> None:
    x = normal(2, 3, 5)
    shape = x.shape[axis:]
    inputs = {"x": x, "scale": normal(*shape, seed=1), "bias": normal(*shape, seed=2) if with_bias else None}
    outputs = ("y", "mean", "inverse")
    options = {"outputs": outputs, "oracle": by_reference, "axis": axis, "epsilon": 1e-3}
    check_node("LayerNormalization", inputs, opset=opset, **options, **TOLERANCE)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
@pytest.mark.parametrize("operator", ["LayerNormalization", "RMSNormalization"])
def test_normalization_of_other_floats(operator: str, dtype: Any) -> None:
    x, scale = normal(4, 64).astype(dtype), normal(64, seed=1).astype(dtype)
    model = node_model(operator, {"x": x, "scale": scale}, {}, opset=23)
    got = ours(model, {"x": x, "scale": scale})["y"]
    wide = x.astype(np.float64)
    centre = wide.mean(-1, keepdims=True) if operator == "LayerNormalization" else 0
    root = np.sqrt(np.square(wide - centre).mean(-1, keepdims=True) + 1e-5)
    tolerance = 4 * float(ml_dtypes.finfo(dtype).eps)
    assert got.dtype == dtype
    wanted = (wide - centre) / root * scale.astype(np.float64)
    np.testing.assert_allclose(got.astype(np.float64), wanted, rtol=max(tolerance, 1e-7), atol=tolerance)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_rms_normalization(axis: int) -> None:
    x = normal(2, 3, 5)
    inputs = {"x": x, "scale": normal(*x.shape[axis:], seed=1)}
    check_node("RMSNormalization", inputs, opset=23, oracle=by_reference, axis=axis, **TOLERANCE)


@pytest.mark.parametrize("operator", ["LayerNormalization", "RMSNormalization"])
def test_a_scale_that_is_larger_than_the_array_is_refused(operator: str) -> None:
    inputs = {"x": normal(3), "scale": normal(2, 3)}
    with pytest.raises(GraphError, match="fit into"):
        ours(node_model(operator, inputs, {}, opset=23), inputs)


@pytest.mark.parametrize("space", [(5,), (4, 3), (2, 3, 2)])
def test_instance_normalization(space: tuple[int, ...]) -> None:
    inputs = {"x": normal(2, 3, *space), "scale": normal(3, seed=1), "bias": normal(3, seed=2)}
    check_node("InstanceNormalization", inputs, opset=9, epsilon=1e-3, **TOLERANCE)


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("opset", [18, 21])
def test_group_normalization(groups: int, opset: int) -> None:
    count = 6 if opset == 21 else groups
    x, scale, bias = normal(2, 6, 4, 3), normal(count, seed=1), normal(count, seed=2)
    inputs = {"x": x, "scale": scale, "bias": bias}
    got = ours(node_model("GroupNormalization", inputs, {"num_groups": groups}, opset=opset), inputs)["y"]
    parts = x.reshape(2, groups, -1).astype(np.float64)
    parts = (parts - parts.mean(-1, keepdims=True)) / np.sqrt(parts.var(-1, keepdims=True) + 1e-5)
    factor, offset = (np.repeat(v, 6 // count).reshape(6, 1, 1) for v in (scale, bias))
    np.testing.assert_allclose(got, parts.reshape(x.shape) * factor + offset, **TOLERANCE)


def test_groups_that_do_not_fit_are_refused() -> None:
    inputs = {"x": normal(2, 6, 4), "scale": normal(6), "bias": normal(6)}
    with pytest.raises(GraphError, match="do not fall into 4 groups"):
        ours(node_model("GroupNormalization", inputs, {"num_groups": 4}, opset=21), inputs)


@pytest.mark.parametrize("axes", [None, (0,), (1, 2), (-1,)])
def test_mean_variance_normalization(axes: tuple[int, ...] | None) -> None:
    attributes = {} if axes is None else {"axes": axes}
    check_node("MeanVarianceNormalization", {"x": normal(2, 3, 4, 5)}, opset=13, **attributes, **TOLERANCE)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("p", [1, 2])
def test_lp_normalization(axis: int, p: int) -> None:
    x = normal(3, 4, 5)
    x[1], x[:, 2], x[..., 3] = 0, 0, 0
    got = ours(node_model("LpNormalization", {"x": x}, {"axis": axis, "p": p}, opset=22), {"x": x})["y"]
    norm = np.linalg.norm(x, p, axis, keepdims=True)
    np.testing.assert_allclose(got, x / np.where(norm == 0, 1, norm), rtol=1e-5)


def test_other_norms_are_refused() -> None:
    with pytest.raises(GraphError, match="p must be 1 or 2"):
        ours(node_model("LpNormalization", {"x": normal(3)}, {"p": 3}, opset=22), {"x": normal(3)})


@pytest.mark.parametrize("size", [1, 3, 5, 11])
@pytest.mark.parametrize("channels", [1, 2, 7])
def test_local_response_normalization(size: int, channels: int) -> None:
    options = {"alpha": 0.3, "beta": 0.6, "bias": 1.5}
    check_node("LRN", {"x": normal(2, channels, 4, 3)}, opset=13, size=size, **options, **TOLERANCE)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 4, 4), (0, 3, 3)])
@pytest.mark.parametrize("opset", [11, 22])
def test_determinant(shape: tuple[int, ...], opset: int) -> None:
    check_node("Det", {"x": normal(*shape)}, opset=opset, oracle=by_reference, **TOLERANCE)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", ((2, 3), (3, 4))),
        ("bhqd,bhkd->bhqk", ((2, 3, 4, 5), (2, 3, 6, 5))),
        ("...ij,...jk", ((2, 3, 4), (1, 4, 2))),
        ("ii->i", ((3, 3),)),
        ("ii", ((3, 3),)),
        ("ij->ji", ((2, 3),)),
        ("ba", ((2, 3),)),
        (" a b , b c -> a c ", ((2, 3), (3, 2))),
        ("i,j,k->ijk", ((2,), (3,), (4,))),
        ("Ab,bA->", ((2, 3), (3, 2))),
        ("ij,jk,kl->il", ((2, 0), (0, 3), (3, 2))),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_einsum(equation: str, shapes: tuple[tuple[int, ...], ...], dtype: Any) -> None:
    inputs = {f"x{seed}": (normal(*shape, seed=seed) * 3).astype(dtype) for seed, shape in enumerate(shapes)}
    check_node("Einsum", inputs, opset=12, oracle=by_reference, equation=equation, **TOLERANCE)


@pytest.mark.parametrize(
    ("equation", "words"),
    [("ij,jk->ik", "2 terms"), ("ijk->i", "does not fit an input"), ("ij->ik", "'k' on the right alone")],
)
def test_equations_that_do_not_fit_are_refused(equation: str, words: str) -> None:
    with pytest.raises(GraphError, match=words):
        ours(node_model("Einsum", {"x": normal(2, 3)}, {"equation": equation}, opset=12), {"x": normal(2, 3)})


def test_einsum_asks_for_memory_first() -> None:
    x = np.zeros(100_000, np.float32)
    inputs = {"x": x, "z": x}
    with pytest.raises(LimitError, match="needs 40000000000 bytes"):
        ours(node_model("Einsum", inputs, {"equation": "i,j->ij"}, opset=12), inputs)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint32, np.uint64])
def test_products_of_integers(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    for top in (10, 2**31):
        a, b = (rng.integers(0, top, shape).astype(dtype) for shape in ((2, 3, 4), (4, 5)))
        check_node("MatMul", {"a": a, "b": b}, opset=13, oracle=by_reference)
        check_node("Gemm", {"a": a[0], "b": b}, opset=13, oracle=by_reference)


@pytest.mark.parametrize(
    ("space", "block", "attributes"),
    [
        ((5, 5), (1, 5), {}),
        ((6, 7), (2, 3), {"strides": (2, 1)}),
        ((5, 5), (2, 2), {"dilations": (2, 1), "pads": (1, 0, 1, 2)}),
        ((4, 3, 5), (2, 1, 3), {}),
        ((9,), (3,), {"strides": (3,)}),
    ],
)
def test_columns_to_images(space: tuple[int, ...], block: tuple[int, ...], attributes: dict[str, Any]) -> None:
    from qmodel.runtime.windows import window_geometry

    defaults: dict[str, Any] = {"strides": (), "dilations": (), "pads": ()}
    geometry = window_geometry(space, block, auto_pad="NOTSET", **{**defaults, **attributes})
    positions = int(np.prod(geometry.output_space(space)))
    x = normal(2, 3 * int(np.prod(block)), positions)
    inputs = {"x": x, "image": np.array(space), "block": np.array(block)}
    check_node("Col2Im", inputs, opset=18, oracle=by_reference, **attributes)


def test_columns_that_do_not_fit_are_refused() -> None:
    inputs = {"x": normal(1, 5, 5), "image": np.array([5, 5]), "block": np.array([1, 4])}
    with pytest.raises(GraphError, match="want columns of shape"):
        ours(node_model("Col2Im", inputs, {}, opset=18), inputs)
