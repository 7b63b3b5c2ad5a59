import json
import math
from dataclasses import replace

import numpy as np
import pytest

from qmodel import dtypes
from qmodel.api import evaluate
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, ImageInput, ImageLayout, Node, Value
from qmodel.model import Model

FLAT = ImageInput(input="x", layout=ImageLayout.FLAT, scale=1 / 255)


def network(seed=0, *, image_inputs=(FLAT,), shape=("N", 4), classes=3):
    """A network of two layers on four numbers, which images of two by two pixels become."""
    random = np.random.default_rng(seed)
    graph = Graph(
        name="small",
        opset_version=17,
        nodes=(
            Node("first", "Gemm", ("x", "w1", "b1"), ("h",), {"transB": 1}),
            Node("", "Relu", ("h",), ("a",)),
            Node("", "Gemm", ("a", "w2"), ("y",)),
        ),
        inputs=(Value("x", dtypes.F32, shape),),
        outputs=(Value("y", dtypes.F32, ("N", classes)),),
        image_inputs=image_inputs,
    )
    shapes = {"w1": (5, 4), "b1": (5,), "w2": (5, classes)}
    return Model({name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}, graph)


def rounded(model, step=0.25):
    weights = {
        name: np.round(array / step).astype(np.float32) * np.float32(step) for name, array in model.weights.items()
    }
    return Model(weights, model.graph)


def outputs_by_hand(model, inputs):
    hidden = inputs @ model.weights["w1"].T + model.weights["b1"]
    return hidden, np.maximum(hidden, 0) @ model.weights["w2"]


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 256, (23, 2, 2), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(6).integers(0, 3, 23)


def as_inputs(images):
    return (images.reshape(len(images), 4).astype(np.float32) / 255).astype(np.float32)


def relative_error(reference, found):
    return float(np.sum((reference - found) ** 2) / np.sum(reference**2))


def test_one_network(images, labels):
    model = network()
    found = evaluate(model, images, labels)
    predictions = outputs_by_hand(model, as_inputs(images))[1].argmax(axis=1)
    assert found.samples == 23
    assert found.accuracy == np.mean(predictions == labels)
    assert found.confusion.sum(axis=1).tolist() == np.bincount(labels, minlength=3).tolist()
    assert found.confusion.sum(axis=0).tolist() == np.bincount(predictions, minlength=3).tolist()
    assert (found.agreement, found.sqnr_db, found.layers) == (None, None, ())


def test_beside_a_reference_every_layer_is_measured(images, labels):
    reference = network()
    model = rounded(reference)
    found = evaluate(model, images, labels, reference=reference)
    inputs = as_inputs(images)
    expected, actual = outputs_by_hand(reference, inputs), outputs_by_hand(model, inputs)
    assert found.agreement == np.mean(expected[1].argmax(axis=1) == actual[1].argmax(axis=1))
    assert found.sqnr_db == pytest.approx(-10 * math.log10(relative_error(expected[1], actual[1])), rel=1e-4)
    first, second = found.layers
    assert (first.node, first.operator, first.weights) == ("first", "Gemm", ("w1", "b1"))
    assert (second.node, second.operator, second.weights) == ("y", "Gemm", ("w2",))
    joined = [np.concatenate([m.weights["w1"].ravel(), m.weights["b1"]]) for m in (reference, model)]
    assert first.weight_relative_mse == pytest.approx(relative_error(*joined), rel=1e-5)
    for layer, wanted, got in zip(found.layers, expected, actual, strict=True):
        assert layer.output_relative_mse == pytest.approx(relative_error(wanted, got), rel=1e-4)
        assert layer.output_sqnr_db == pytest.approx(-10 * math.log10(relative_error(wanted, got)), rel=1e-4)
        cosine = np.sum(wanted * got) / np.linalg.norm(wanted) / np.linalg.norm(got)
        assert layer.cosine == pytest.approx(cosine, rel=1e-5)
        assert layer.max_abs_error == pytest.approx(np.abs(wanted - got).max(), rel=1e-4)


@pytest.mark.parametrize("batch_size", [1, 7, 23, 1000])
def test_batches_change_nothing_but_rounding(images, labels, batch_size):
    reference = network()
    calls = []
    found = evaluate(
        rounded(reference),
        images,
        labels,
        reference=reference,
        batch_size=batch_size,
        progress=lambda done, total: calls.append((done, total)),
    )
    whole = evaluate(rounded(reference), images, labels, reference=reference)
    assert found.confusion.tolist() == whole.confusion.tolist()
    assert found.sqnr_db == pytest.approx(whole.sqnr_db, rel=1e-4)
    assert [layer.cosine for layer in found.layers] == pytest.approx([layer.cosine for layer in whole.layers])
    assert calls == [(min(stop, 23), 23) for stop in range(batch_size, 23 + batch_size, batch_size)]


def test_a_network_beside_itself_has_no_error(images, labels):
    found = evaluate(network(), images, labels, reference=network())
    assert (found.agreement, found.sqnr_db) == (1.0, math.inf)
    assert [(layer.output_relative_mse, layer.cosine) for layer in found.layers] == [(0.0, 1.0)] * 2


def test_a_reference_of_other_nodes_has_no_layers_to_compare(images, labels):
    reference = network()
    nodes = (*reference.graph.nodes[:2], replace(reference.graph.nodes[2], outputs=("z",)))
    outputs = (replace(reference.graph.outputs[0], name="z"),)
    other = Model(reference.weights, replace(reference.graph, nodes=nodes, outputs=outputs))
    found = evaluate(rounded(reference), images, labels, reference=other)
    assert found.layers == ()
    assert 0 < found.sqnr_db < math.inf


def test_a_reference_without_image_input_gets_the_same_input(images, labels):
    found = evaluate(network(), images, labels, reference=network(image_inputs=()))
    assert found.sqnr_db == math.inf


def test_json(images, labels):
    reference = network()
    found = evaluate(rounded(reference), images, labels, reference=reference).to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found) == {"samples", "outputs", "layers"}
    (output,) = found["outputs"]
    classification, deviation = output["classification"], output["deviation"]
    assert output == {"name": "y", "classification": classification, "target_error": None, "deviation": deviation}
    assert set(classification) == {
        *("accuracy", "precision", "recall", "f1", "micro", "weighted", "per_class", "confusion"),
        *("top_k", "top_k_accuracy", "class_names", "wrong"),
    }
    assert set(deviation) == {
        *("relative_mse", "sqnr_db", "cosine", "max_abs_error", "agreement", "kl_divergence"),
    }
    assert found["layers"][0]["weights"] == ["w1", "b1"]
    assert sum(score["support"] for score in classification["per_class"]) == 23
    assert np.sum(classification["confusion"]) == 23


def test_json_has_null_for_what_is_infinite(images, labels):
    found = evaluate(network(), images, labels, reference=network()).to_json()
    assert found["outputs"][0]["deviation"]["sqnr_db"] is None
    assert found["layers"][0]["output_sqnr_db"] is None
    json.dumps(found, allow_nan=False)


def test_numbers_of_the_input_shape_go_straight_in(images, labels):
    model = network()
    for inputs in (as_inputs(images), as_inputs(images).astype(np.float64)):
        assert evaluate(model, inputs, labels).confusion.tolist() == evaluate(model, images, labels).confusion.tolist()


def test_a_fixed_batch_size_is_kept_to(images, labels):
    calls = []
    model = network(shape=(11, 4))
    evaluate(model, images[:22], labels[:22], progress=lambda done, total: calls.append(done))
    assert calls == [11, 22]
    with pytest.raises(InvalidInputError, match="11 samples at a time, and 23"):
        evaluate(model, images, labels)


def test_images_without_image_input_are_refused_with_advice(images, labels):
    with pytest.raises(InvalidInputError, match=r"uint8.*qmodel compress --pixel-scale"):
        evaluate(network(image_inputs=()), images, labels)


def test_images_of_another_size_are_refused(labels):
    with pytest.raises(InvalidInputError, match=r"\(23, 9\)"):
        evaluate(network(), np.zeros((23, 3, 3), np.uint8), labels)


def test_integers_that_do_not_fit_the_input_are_refused(labels):
    model = network()
    widened = Node("", "Cast", ("u",), ("x",), {"to": 1})
    inputs = (Value("u", dtypes.unsigned(8), ("N", 4)),)
    graph = replace(model.graph, nodes=(widened, *model.graph.nodes), inputs=inputs, image_inputs=())
    with pytest.raises(InvalidInputError, match="do not fit"):
        evaluate(Model(model.weights, graph), np.full((23, 4), 256), labels)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": np.zeros(22, int)}, r"23 samples.*\(22,\)"),
        ({"labels": np.zeros(0, int), "images": np.zeros((0, 2, 2), np.uint8)}, "no samples"),
        ({"labels": np.full(23, 3)}, "label 3 is out of range"),
        ({"batch_size": 0}, "batch_size"),
        ({"model": Model({})}, "the model has no graph"),
        ({"reference": Model({})}, "the reference has no graph"),
    ],
)
def test_what_cannot_be_measured_is_refused(images, labels, changed, message):
    arguments = {"model": network(), "images": images, "labels": labels, "reference": None, "batch_size": 250} | changed
    model, data, truth = (arguments.pop(name) for name in ("model", "images", "labels"))
    with pytest.raises(InvalidInputError, match=message):
        evaluate(model, data, truth, **arguments)


def test_a_network_of_two_inputs_wants_both(images, labels):
    model = network()
    graph = replace(model.graph, inputs=(*model.graph.inputs, Value("z", dtypes.F32, ("N",))))
    with pytest.raises(InvalidInputError, match="no array 'z' for the input"):
        evaluate(Model(model.weights, graph), images, labels)


def test_scores_that_are_not_numbers_are_refused(images, labels):
    model = network()
    broken = Model({**model.weights, "w2": np.full((5, 3), np.nan, np.float32)}, model.graph)
    with pytest.raises(InvalidInputError, match="NaN scores"):
        evaluate(broken, images, labels)


def test_a_reference_of_other_shapes_is_refused(images, labels):
    reference = network()
    narrow = {"w1": np.ones((2, 4), "f4"), "b1": np.ones(2, "f4"), "w2": np.ones((2, 3), "f4")}
    with pytest.raises(InvalidInputError, match=r"'first'.*\(5, 4\)"):
        evaluate(Model(narrow, reference.graph), images, labels, reference=reference)


def test_top_k_counts_the_largest_scores(images, labels):
    model = network()
    scores = outputs_by_hand(model, as_inputs(images))[1]
    ranks = np.argsort(-scores, axis=1, kind="stable")
    for k in (1, 2, 3, 5):
        found = evaluate(model, images, labels, top_k=k)
        assert found.classification.top_k == min(k, 3)
        assert found.classification.top_k_accuracy == np.mean((ranks[:, :k] == labels[:, np.newaxis]).any(axis=1))
    assert evaluate(model, images, labels, top_k=1).classification.top_k_accuracy == found.accuracy
    with pytest.raises(InvalidInputError, match="top_k"):
        evaluate(model, images, labels, top_k=0)


def test_divergence_is_that_of_the_softmax(images, labels):
    reference = network()
    quantized = rounded(reference)
    p, q = (softmax(outputs_by_hand(each, as_inputs(images))[1]) for each in (reference, quantized))
    found = evaluate(quantized, images, labels, reference=reference, batch_size=7)
    assert found.outputs[0].deviation.kl_divergence == pytest.approx((p * np.log(p / q)).sum(axis=1).mean(), rel=1e-5)
    itself = evaluate(reference, images, labels, reference=reference)
    assert itself.outputs[0].deviation.kl_divergence == 0


def softmax(scores):
    exponentials = np.exp(scores.astype(np.float64))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_a_layer_alone_gets_the_input_of_the_reference(images, labels):
    reference = network()
    quantized = rounded(reference)
    found = evaluate(quantized, images, labels, reference=reference, batch_size=7)
    first, second = found.layers
    assert first.alone_relative_mse == pytest.approx(first.output_relative_mse)
    assert first.alone_cosine == pytest.approx(first.cosine)
    only_second = Model({**reference.weights, "w2": quantized.weights["w2"]}, reference.graph)
    expected = evaluate(only_second, images, labels, reference=reference).layers[1]
    assert second.alone_sqnr_db == pytest.approx(expected.output_sqnr_db)
    assert second.alone_sqnr_db != pytest.approx(second.output_sqnr_db)
    assert first.weight_sqnr_db == pytest.approx(-10 * np.log10(first.weight_relative_mse))
