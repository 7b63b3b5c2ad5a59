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
    for word in ("100 samples", "accuracy", "precision", "recall", "F1", "agreement", "output SQNR"):
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


def test_a_crop_fraction_shows_the_centre_of_images(run, run_json, network_file, tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    with np.load(DEMO_DATA / "digits.npz") as archive:
        images, labels = archive["images"][:20], archive["labels"][:20]
    table = ["file,label"]
    for number, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        image_module.fromarray(np.pad(pixels, 2)).save(tmp_path / f"{number}.png")
        table.append(f"{number}.png,{label}")
    (tmp_path / "labels.csv").write_text("\n".join(table))
    expected = qmodel.evaluate(qmodel.load(network_file), images, labels)
    document = run_json("eval", network_file, "--data", tmp_path, "--crop-fraction", "28/32")
    assert accuracy_of(document) == expected.accuracy
    refused = run("eval", network_file, "--data", tmp_path, "--crop-fraction", "2")
    assert refused.exit_code == 2
    assert "crop fraction" in refused.stderr


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


@pytest.fixture
def folder(tmp_path, digits):
    """Two digits of each class, a sub-folder for each; one image of another size."""
    image_module = pytest.importorskip("PIL.Image")
    images, labels = digits
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for label, name in enumerate(names):
        place = tmp_path / f"{label} {name}"
        place.mkdir()
        for number, image in enumerate(images[labels == label][:2]):
            image_module.fromarray(image).save(place / f"{number}.png")
    image_module.fromarray(images[0]).resize((56, 70)).save(tmp_path / "1 one" / "0.png")
    return tmp_path


def test_a_folder_of_images(run, run_json, network_file, folder):
    document = run_json("eval", network_file, "--data", folder, "--wrong", "3")
    classification = document["outputs"][0]["classification"]
    assert classification["class_names"][:2] == ["0 zero", "1 one"]
    assert sum(score["support"] for score in classification["per_class"]) == 20
    assert classification["wrong"][0]["name"] == "1 one/0.png"
    tables = run("eval", network_file, "--data", folder, "--wrong", "3").stdout
    assert "as 9 nine" in tables
    assert "1 one/0.png" in tables


def test_names_of_classes_are_spelled_out(run, network_file, folder):
    (folder / "9 nine").rename(folder / "9 \x1b[31m\n")
    result = run("eval", network_file, "--data", folder)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert r"as 9 \x1b[31m\n" in result.stdout


def test_idx_files(run_json, network_file, digits, tmp_path):
    for array, name in zip(digits, ("images-idx3-ubyte", "labels-idx1-ubyte"), strict=True):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (tmp_path / name).write_bytes(header + array.astype(np.uint8).tobytes())
    document = run_json("eval", network_file, "--data", tmp_path / "images-idx3-ubyte", "--limit", "100")
    assert document["samples"] == 100
    assert accuracy_of(document) > 0.9
    (tmp_path / "labels-idx1-ubyte").rename(tmp_path / "classes")
    again = run_json(
        *("eval", network_file, "--data", tmp_path / "images-idx3-ubyte", "--limit", "100"),
        *("--labels", tmp_path / "classes"),
    )
    assert again == document


def test_the_classes_are_shown_where_they_are_few_or_asked_for(run, network_file, data):
    assert "as 9" in run("eval", network_file, "--data", data).stdout
    assert "as 9" not in run("eval", network_file, "--data", data, "--no-classes").stdout


def test_regression_is_a_table_of_outputs(run, run_json, network_file, digits, tmp_path):
    images = digits[0][:20]
    path = tmp_path / "data.npz"
    np.savez(path, images=images, logits=np.random.default_rng(3).standard_normal((20, 10)))
    arguments = ("eval", network_file, "--data", path, "--reference", network_path("lenet5"))
    (output,) = run_json(*arguments)["outputs"]
    assert output["classification"] is None
    assert output["target_error"]["mse"] > 0
    assert output["deviation"]["agreement"] is None
    tables = run(*arguments).stdout
    for word in ("logits", "R²", "SQNR dB", "Conv"):
        assert word in tables
    assert "accuracy" not in tables


def test_without_labels_the_reference_is_the_measure(run, run_json, network_file, digits, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, images=digits[0][:20])
    refused = run("eval", network_file, "--data", path)
    assert refused.exit_code == 2
    assert "nothing to measure" in refused.stderr
    (output,) = run_json("eval", network_file, "--data", path, "--reference", network_path("lenet5"))["outputs"]
    assert output["deviation"]["agreement"] == 1


def test_a_task_that_does_not_fit_is_refused(run, network_file, data):
    result = run("eval", network_file, "--data", data, "--task", "regression")
    assert result.exit_code == 2
    assert "targets have shape (100,)" in result.stderr
    assert run("eval", network_file, "--data", data, "--task", "guess").exit_code == 2
