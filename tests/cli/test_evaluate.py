import json

import numpy as np
import pytest

import qmodel
from tests.conftest import DEMO_DATA, network_path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Every tenth digit."""
    with np.load(DEMO_DATA / "digits.npz") as archive:
        images, labels = archive["images"][::10], archive["labels"][::10]
    path = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(path, images=images, labels=labels)
    return path


def accuracy_of(document):
    return document["outputs"][0]["classification"]["accuracy"]


def test_json_is_the_evaluation(run_json, network_file, data):
    reference = qmodel.from_onnx(network_path("lenet5"))
    document = run_json("eval", network_file, "--data", data, "--reference", network_path("lenet5"))
    with np.load(data) as archive:
        expected = qmodel.evaluate(qmodel.load(network_file), archive["images"], archive["labels"], reference=reference)
    assert document == expected.to_json()
    assert document["samples"] == 100


def test_a_file_without_error_has_no_sqnr_in_json(run_json, network_file, data):
    document = run_json("eval", network_file, "--data", data, "--reference", network_file, "--batch-size", "50")
    deviation = document["outputs"][0]["deviation"]
    assert deviation["sqnr_db"] is None
    assert deviation["agreement"] == 1


def test_tables(run, network_file, data):
    result = run("eval", network_file, "--data", data, "--reference", network_path("lenet5"))
    assert result.exit_code == 0
    for word in ("100 images", "accuracy", "precision", "recall", "F1", "agreement", "output SQNR"):
        assert word in result.stdout
    layers = [line for line in result.stdout.splitlines() if " Conv " in line or " Gemm " in line]
    assert len(layers) == 4


def test_pixel_options_describe_a_network_that_does_not(run, run_json, data):
    refused = run("eval", network_path("lenet5"), "--data", data)
    assert refused.exit_code == 2
    assert "--pixel-scale" in refused.stderr
    document = run_json("eval", network_path("lenet5"), "--data", data, "--pixel-scale", "1/255")
    assert accuracy_of(document) > 0.9
    assert document["outputs"][0]["deviation"] is None


def test_pixel_options_replace_what_the_file_says(run_json, network_file, data):
    document = run_json("eval", network_file, "--data", data, "--pixel-scale", "1/255", "--pixel-mean", "1")
    unchanged = run_json("eval", network_file, "--data", data)
    assert accuracy_of(document) < accuracy_of(unchanged)


def test_missing_arrays_are_named(run, network_file, archive):
    result = run("eval", network_file, "--data", archive)
    assert result.exit_code == 2
    assert "'images'" in result.stderr
    assert "'conv.weight'" in result.stderr


def test_weights_alone_cannot_be_evaluated(run, file, data):
    result = run("eval", file, "--data", data)
    assert result.exit_code == 2
    assert "no graph" in result.stderr


def test_data_is_required(run, network_file):
    result = run("eval", network_file)
    assert result.exit_code == 2
    assert "--data" in result.stderr


def test_json_stays_one_document_when_numbers_are_not_finite(run, network_file, data):
    text = run("eval", network_file, "--data", data, "--reference", network_file, "--json").stdout
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
