import numpy as np
import pytest

import qmodel
from qmodel import dtypes
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Node, Value
from qmodel.model import Model


def network(*, sigmoid, shape=("N", 1)):
    """x · w, or its sigmoid."""
    nodes = [Node("fc", "MatMul", ("x", "w"), ("z",))] + ([Node("", "Sigmoid", ("z",), ("p",))] if sigmoid else [])
    output = "p" if sigmoid else "z"
    if len(shape) == 1:
        nodes.append(Node("", "Squeeze", (output, "axes"), ("flat",)))
        output = "flat"
    graph = Graph("binary", 17, tuple(nodes), (Value("x", dtypes.F32, ("N", 3)),), (Value(output, dtypes.F32, shape),))
    return Model({"w": np.array([[1], [2], [-1]], np.float32), "axes": np.array([1], np.int64)}, graph)


@pytest.fixture(scope="module")
def samples():
    return np.random.default_rng(1).standard_normal((60, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(2).integers(0, 2, 60)


@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize("shape", [("N", 1), ("N",)])
def test_one_number_stands_for_two_classes(samples, labels, sigmoid, shape):
    model = network(sigmoid=sigmoid, shape=shape)
    logits = samples @ model.weights["w"][:, 0]
    found = qmodel.evaluate(model, samples, labels, task="classification", batch_size=7, keep_wrong=1)
    assert found.accuracy == np.mean((logits > 0) == labels)
    assert found.confusion.shape == (2, 2)
    sure = np.abs(logits[(logits > 0) != labels]).max()
    assert found.wrong[0].probability == pytest.approx(1 / (1 + np.exp(-sure)), rel=1e-5)


@pytest.mark.parametrize("sigmoid", [False, True])
def test_beside_a_reference(samples, sigmoid):
    reference = network(sigmoid=sigmoid)
    model = Model({**reference.weights, "w": np.array([[1], [1.5], [-1]], np.float32)}, reference.graph)
    found = qmodel.evaluate(model, samples, reference=reference, task="classification", batch_size=7)
    z, y = (samples.astype(float) @ each.weights["w"][:, 0] for each in (reference, model))
    assert found.agreement == np.mean((z > 0) == (y > 0))
    p, q = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-y))
    divergence = np.mean(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
    assert found.outputs[0].deviation.kl_divergence == pytest.approx(divergence, rel=1e-4)
    wanted, got = (p, q) if sigmoid else (z, y)
    assert found.sqnr_db == pytest.approx(-10 * np.log10(np.sum((wanted - got) ** 2) / np.sum(wanted**2)), rel=1e-4)


def test_without_being_told_numbers_are_numbers(samples, labels):
    (output,) = qmodel.evaluate(network(sigmoid=True), samples, labels).outputs
    assert output.classification is None
    assert output.target_error.mse > 0


def test_a_third_class_is_refused(samples):
    with pytest.raises(InvalidInputError, match="label 2 is out of range: there are 2 classes"):
        qmodel.evaluate(network(sigmoid=True), samples, np.full(60, 2), task="classification")
