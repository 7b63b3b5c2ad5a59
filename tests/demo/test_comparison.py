import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

import qmodel
from tests.conftest import DEMO_DATA


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "made by the demo"


@pytest.fixture(scope="module")
def document(folder):
    """The demo's JSON, run as a user runs it."""
    result = subprocess.run(
        [sys.executable, "-m", "qmodel", "demo", "--json", "--output-dir", folder],
        check=False,
        capture_output=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == b""
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def by_recipe(document):
    return {entry["recipe"]: entry for entry in document["files"]}


@pytest.fixture(scope="module")
def float_answers():
    """What onnxruntime answers, and the labels."""
    with np.load(DEMO_DATA / "digits.npz") as archive:
        images, labels = archive["images"], archive["labels"]
    session = onnxruntime.InferenceSession(DEMO_DATA / "rescnn.onnx", providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"x": images[:, np.newaxis].astype(np.float32) / 255})
    return logits, labels


def test_the_documented_keys(document):
    assert set(document) == {"images", "float", "files"}
    assert set(document["float"]) == {"bytes", "accuracy", "precision", "recall", "f1"}
    for entry in document["files"]:
        assert set(entry) == {
            *("recipe", "path", "bytes", "ratio", "bits_per_weight", "accuracy", "precision", "recall", "f1"),
            *("agreement", "sqnr_db", "verified"),
        }


def test_float_measures_are_those_of_onnxruntime(document, float_answers):
    logits, labels = float_answers
    predictions = logits.argmax(axis=1)
    assert document["images"] == len(labels) == 1000
    assert document["float"]["accuracy"] == pytest.approx(np.mean(predictions == labels))
    recalls = [np.mean(predictions[labels == digit] == digit) for digit in range(10)]
    precisions = [np.mean(labels[predictions == digit] == digit) for digit in range(10)]
    f1 = [2 * p * r / (p + r) for p, r in zip(precisions, recalls, strict=True)]
    assert document["float"]["recall"] == pytest.approx(np.mean(recalls))
    assert document["float"]["precision"] == pytest.approx(np.mean(precisions))
    assert document["float"]["f1"] == pytest.approx(np.mean(f1))


def test_lossless_is_the_float_network(document, by_recipe):
    for measure in ("accuracy", "precision", "recall", "f1"):
        assert by_recipe["lossless"][measure] == document["float"][measure]
    assert by_recipe["lossless"]["agreement"] == 1
    assert by_recipe["lossless"]["sqnr_db"] is None


def test_quantized_files_stay_near(document, by_recipe):
    assert by_recipe["int8"]["accuracy"] == pytest.approx(document["float"]["accuracy"], abs=0.001 + 1e-9)
    assert by_recipe["int4"]["accuracy"] == pytest.approx(document["float"]["accuracy"], abs=0.005 + 1e-9)
    assert by_recipe["int8"]["sqnr_db"] > by_recipe["int4"]["sqnr_db"] > 10
    assert by_recipe["int8"]["bytes"] < by_recipe["lossless"]["bytes"] / 3
    assert by_recipe["int4"]["bytes"] < by_recipe["int8"]["bytes"] * 0.6


@pytest.mark.parametrize("recipe", ["lossless", "int8", "int4"])
def test_files_are_what_the_table_says(document, by_recipe, folder, recipe):
    entry, path = by_recipe[recipe], folder / f"{recipe}.qmodel"
    assert entry["path"] == str(path)
    assert entry["bytes"] == path.stat().st_size
    assert entry["verified"] is True
    qmodel.verify(path)
    weights = qmodel.load(path).weights
    values = sum(array.size for array in weights.values())
    assert document["float"]["bytes"] == sum(array.nbytes for array in weights.values())
    assert entry["ratio"] == pytest.approx(document["float"]["bytes"] / entry["bytes"])
    assert entry["bits_per_weight"] == pytest.approx(entry["bytes"] * 8 / values)


def test_agreement_and_sqnr_are_those_of_the_decoded_weights(by_recipe, folder, float_answers):
    """The int4 weights put into the ONNX file and run by onnxruntime, beside the float network there."""
    import onnx

    weights = qmodel.load(folder / "int4.qmodel").weights
    model = onnx.load(DEMO_DATA / "rescnn.onnx")
    for tensor in model.graph.initializer:
        tensor.CopyFrom(onnx.numpy_helper.from_array(weights[tensor.name], tensor.name))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    with np.load(DEMO_DATA / "digits.npz") as archive:
        pixels = archive["images"][:, np.newaxis].astype(np.float32) / 255
    (answers,) = session.run(None, {"x": pixels})
    reference, labels = float_answers
    entry = by_recipe["int4"]
    assert entry["accuracy"] == pytest.approx(np.mean(answers.argmax(axis=1) == labels))
    assert entry["agreement"] == pytest.approx(np.mean(answers.argmax(axis=1) == reference.argmax(axis=1)))
    noise = ((answers - reference).astype(np.float64) ** 2).sum()
    assert entry["sqnr_db"] == pytest.approx(10 * np.log10((reference.astype(np.float64) ** 2).sum() / noise), abs=0.01)


def test_the_table_and_what_to_try_next(document, folder):
    result = subprocess.run(
        [sys.executable, "-m", "qmodel", "demo", "--output-dir", folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder.parent,
    )
    rows = [line.split() for line in result.stdout.splitlines()[3:]]
    assert [row[0] for row in rows] == ["float", "lossless", "int8", "int4"]
    assert rows[1][-1] == "∞"
    for row, entry in zip(rows[1:], document["files"], strict=True):
        assert row[1] == f"{entry['bytes']:,}"
        assert row[4] == f"{100 * entry['accuracy']:.1f}"
    assert "qmodel inspect" in result.stderr
    assert (folder / "digits.npz").exists()
