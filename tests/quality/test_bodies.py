"""Layers in the bodies of If and Loop are measured as those outside of them."""

import numpy as np
import pytest

import qmodel
from qmodel import dtypes
from qmodel.graph import Graph, Node, Value
from qmodel.model import Model

WEIGHTS = {
    "w": np.random.default_rng(1).standard_normal((4, 4)).astype(np.float32) / 2,
    "v": np.random.default_rng(2).standard_normal((4, 4)).astype(np.float32) / 2,
    "three": np.array(3, np.int64),
}
X = Value("x", dtypes.F32, ("N", 4))


def body(name, nodes, inputs=(), outputs=()):
    return Graph(name, 17, nodes, inputs, tuple(Value(output, kind, None) for output, kind in outputs))


def with_branches():
    """x · w where its first value is positive, else x · v; then · w."""
    branches = {
        "then_branch": body("t", (Node("yes", "MatMul", ("x", "w"), ("a",)),), outputs=[("a", dtypes.F32)]),
        "else_branch": body("e", (Node("no", "MatMul", ("x", "v"), ("b",)),), outputs=[("b", dtypes.F32)]),
    }
    nodes = (Node("", "If", ("c",), ("h",), branches), Node("last", "MatMul", ("h", "w"), ("y",)))
    inputs = (X, Value("c", dtypes.BOOL, ()))
    return Model(WEIGHTS, Graph("branches", 17, nodes, inputs, (Value("y", dtypes.F32, ("N", 4)),)))


def with_loop():
    """x · w · w · w."""
    inner = body(
        "steps",
        (Node("step", "MatMul", ("state", "w"), ("next",)), Node("", "Identity", ("go",), ("on",))),
        inputs=(Value("i", dtypes.signed(64), ()), Value("go", dtypes.BOOL, ()), Value("state", dtypes.F32, None)),
        outputs=[("on", dtypes.BOOL), ("next", dtypes.F32)],
    )
    nodes = (Node("", "Loop", ("three", "", "x"), ("y",), {"body": inner}),)
    return Model(WEIGHTS, Graph("loop", 17, nodes, (X,), (Value("y", dtypes.F32, ("N", 4)),)))


def coarse(model):
    weights = {name: np.round(array * 4).astype(np.float32) / 4 for name, array in WEIGHTS.items() if name != "three"}
    return Model({**model.weights, **weights}, model.graph)


def sqnr_db(wanted, found):
    return -10 * np.log10(np.sum((wanted - found) ** 2) / np.sum(wanted**2))


@pytest.fixture(scope="module")
def samples():
    return np.random.default_rng(3).standard_normal((10, 4)).astype(np.float32)


@pytest.mark.parametrize(("condition", "name", "weight"), [(True, "yes", "w"), (False, "no", "v")])
def test_the_branch_that_runs_is_measured(samples, condition, name, weight):
    reference = with_branches()
    model = coarse(reference)
    found = qmodel.evaluate(model, {"x": samples, "c": np.array(condition)}, reference=reference, batch_size=4)
    first, last = found.layers
    assert (first.node, last.node) == (name, "last")
    assert first.output_sqnr_db == pytest.approx(
        sqnr_db(samples @ WEIGHTS[weight], samples @ model.weights[weight]), 1e-4
    )
    assert first.alone_sqnr_db == pytest.approx(first.output_sqnr_db, rel=1e-4)
    hidden = samples @ WEIGHTS[weight]
    assert last.alone_sqnr_db == pytest.approx(sqnr_db(hidden @ WEIGHTS["w"], hidden @ model.weights["w"]), rel=1e-4)


def test_every_step_of_a_loop_counts(samples):
    reference = with_loop()
    model = coarse(reference)
    (layer,) = qmodel.evaluate(model, samples, reference=reference, batch_size=4).layers
    wanted, found = [samples], [samples]
    for _ in range(3):
        wanted.append(wanted[-1] @ WEIGHTS["w"])
        found.append(found[-1] @ model.weights["w"])
    assert layer.node == "step"
    assert layer.output_sqnr_db == pytest.approx(sqnr_db(np.stack(wanted[1:]), np.stack(found[1:])), rel=1e-4)
    assert layer.alone_sqnr_db is None
