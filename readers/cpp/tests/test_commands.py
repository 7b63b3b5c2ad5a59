"""The commands `predict` and `qmodel_verify`: what they print, refuse and write. QMODEL_CPP_BUILD is their folder."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from networks import NETWORKS, ROOT, read_digits, write_idx, write_model
from onnx import TensorProto, helper

import qmodel

BUILD = Path(os.environ["QMODEL_CPP_BUILD"])
COUNT = 20


def run(program: str, *words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([BUILD / program, *map(str, words)], input=stdin, capture_output=True, check=False)


def refused(code: int, words: str, *command: object, stdin: bytes = b"") -> None:
    """The command ends with the code and one line that has these words, and prints nothing."""
    done = run("predict", *command, stdin=stdin)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (code, b"", 1), said
    assert said.startswith("predict: error: ")
    assert words in said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("predict")
    images, labels = read_digits()
    write_model(made / "lenet5.qmodel", "lenet5", "int8", images)
    write_idx(made / "images.idx", images[:COUNT])
    write_idx(made / "labels.idx", labels[:COUNT])
    return made


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Classes of messages of prediction.proto by name."""
    file = tmp_path_factory.mktemp("proto") / "set"
    schema = ROOT / "readers" / "cpp" / "proto"
    subprocess.run(["protoc", f"-I{schema}", f"--descriptor_set_out={file}", schema / "prediction.proto"], check=True)
    pool = descriptor_pool.DescriptorPool()
    for each in descriptor_pb2.FileDescriptorSet.FromString(file.read_bytes()).file:
        pool.Add(each)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"qmodel.prediction.v1.{name}"))


def test_text(folder: Path) -> None:
    done = run("predict", folder / "lenet5.qmodel", folder / "images.idx", "--labels", folder / "labels.idx")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0].split() == ["image", "class", "probabilities"]
    image, best, *probabilities = lines[1].split()
    assert (image, len(probabilities), len(lines)) == ("0", 10, 1 + COUNT + 5)
    assert np.argmax(np.float64(probabilities)) == int(best)
    assert abs(np.float64(probabilities).sum() - 1) < 1e-5
    assert [line.split()[0] for line in lines[-5:]] == ["images", "accuracy", "precision", "recall", "F1"]


def test_scores_alone(folder: Path) -> None:
    done = run("predict", folder / "lenet5.qmodel", folder / "images.idx", "--labels", folder / "labels.idx", "--quiet")
    assert done.stdout.decode().splitlines()[:2] == [f"images     {COUNT}", "accuracy   100.00 %"]


def test_json_without_labels(folder: Path) -> None:
    said = json.loads(run("predict", folder / "lenet5.qmodel", folder / "images.idx", "--json").stdout)
    assert said["scores"] is None
    assert len(said["predictions"]) == COUNT
    empty = json.loads(run("predict", folder / "lenet5.qmodel", folder / "images.idx", "--json", "--quiet").stdout)
    assert empty == {"predictions": [], "scores": None}


@pytest.mark.parametrize("options", [("--batch", 1), ("--batch=7", "--threads", 1), ("--batch", 1000)])
def test_a_digit_is_the_same_in_every_batch(folder: Path, options: tuple[object, ...]) -> None:
    command = ["predict", folder / "lenet5.qmodel", folder / "images.idx", "--json"]
    assert run(*command, *options).stdout == run(*command).stdout


def test_images_from_standard_input(folder: Path) -> None:
    plain = run("predict", folder / "lenet5.qmodel", folder / "images.idx")
    packed = gzip.compress((folder / "images.idx").read_bytes())
    assert run("predict", folder / "lenet5.qmodel", "-", stdin=packed).stdout == plain.stdout


def test_protobuf_in_and_out(folder: Path, messages: Callable[[str], Any]) -> None:
    images, labels = read_digits()
    request = messages("PredictRequest")(labels=labels[:COUNT].tolist())
    request.images.MergeFrom(messages("Images")(height=28, width=28, pixels=images[:COUNT].tobytes()))
    (folder / "request.pb").write_bytes(request.SerializeToString())
    done = run(
        "predict",
        folder / "lenet5.qmodel",
        "--request",
        folder / "request.pb",
        "--proto",
        "--output",
        folder / "response.pb",
    )
    assert (done.returncode, done.stdout) == (0, b"")
    response = messages("PredictResponse").FromString((folder / "response.pb").read_bytes())
    said = json.loads(
        run(
            "predict", folder / "lenet5.qmodel", folder / "images.idx", "--labels", folder / "labels.idx", "--json"
        ).stdout
    )
    for prediction, wanted in zip(response.predictions, said["predictions"], strict=True):
        assert prediction.best_class == wanted["class"]
        assert np.array_equal(np.float32(prediction.probabilities), np.float32(wanted["probabilities"]))
    assert response.scores.samples == COUNT
    assert response.scores.f1 == said["scores"]["f1"]


def test_help() -> None:
    for program in ("predict", "qmodel_verify"):
        done = run(program, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: {program} ".encode())


def test_wrong_usage(folder: Path, messages: Callable[[str], Any]) -> None:
    model, images = folder / "lenet5.qmodel", folder / "images.idx"
    refused(2, "wanted a model and a file of images")
    refused(2, "wanted a model and a file of images", model)
    refused(2, "there is no option --label ", model, images, "--label", "x")
    refused(2, "option --labels needs a value", model, images, "--labels")
    refused(2, "option --batch wants a whole number of at least 1, got '0'", model, images, "--batch", "0")
    refused(2, "takes no value", model, images, "--json=yes")
    refused(2, "not both", model, images, "--json", "--proto")
    refused(2, "No such file", model, folder / "none.idx")
    refused(2, "none.qmodel", folder / "none.qmodel", images)
    refused(2, "1000 labels, there are 20 images", model, images, "--labels", labels_file(folder))
    refused(2, "labels must have one axis", model, images, "--labels", images)
    refused(2, "images must have 3 axes", model, folder / "labels.idx")
    refused(2, "no images of 28 x 28 x 1", model, "--request", "-", stdin=bad_request(messages))
    refused(2, "axis 2 has length 27", model, narrow_images(folder))


def labels_file(folder: Path) -> Path:
    write_idx(folder / "all-labels.idx", read_digits()[1])
    return folder / "all-labels.idx"


def narrow_images(folder: Path) -> Path:
    write_idx(folder / "narrow.idx", read_digits()[0][:COUNT, :27])
    return folder / "narrow.idx"


def bad_request(messages: Callable[[str], Any]) -> bytes:
    images = messages("Images")(height=28, width=28, pixels=bytes(28 * 28 + 1))
    return bytes(messages("PredictRequest")(images=images).SerializeToString())


def test_damaged_images(folder: Path) -> None:
    model, content = folder / "lenet5.qmodel", (folder / "images.idx").read_bytes()
    refused(3, "is no IDX file", model, "-", stdin=b"")
    refused(3, "is no IDX file", model, "-", stdin=b"\0\1" + content[2:])
    refused(3, "ends within the lengths", model, "-", stdin=content[:10])
    refused(3, "elements, not those of its lengths", model, "-", stdin=content[:-1])
    refused(3, "elements, not those of its lengths", model, "-", stdin=content[:4] + b"\xff" * 12 + content[16:])
    refused(3, "damaged or cut short", model, "-", stdin=gzip.compress(content)[:-9])
    refused(4, "wanted unsigned bytes", model, "-", stdin=content[:2] + b"\x0d" + content[3:])


def test_damaged_model(folder: Path) -> None:
    content = bytearray((folder / "lenet5.qmodel").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "damaged.qmodel").write_bytes(content)
    refused(3, "", folder / "damaged.qmodel", folder / "images.idx")
    assert run("qmodel_verify", folder / "damaged.qmodel").returncode == 3


def graph_file(path: Path, nodes: list[onnx.NodeProto], shape: list[object], **options: object) -> Path:
    """A file with a network of these nodes, from `x` to `y`."""
    values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    made = helper.make_model(
        helper.make_graph(nodes, "", values, [output]), opset_imports=[helper.make_opsetid("", 17)]
    )
    qmodel.save(qmodel.from_onnx(made, **options), path)
    return path


def test_networks_that_do_not_run(folder: Path) -> None:
    images = folder / "images.idx"
    unknown = [helper.make_node("Relu", ["x"], ["a"], name="one"), helper.make_node("Erf", ["a"], ["y"], name="two")]
    path = graph_file(folder / "unknown.qmodel", unknown, ["N", 784], pixel_scale=1.0)
    refused(4, "Erf node 'two': this reader does not have the operator 'Erf'", path, images)
    relu = [helper.make_node("Relu", ["x"], ["y"])]
    refused(2, "does not say how images become", graph_file(folder / "pixels.qmodel", relu, ["N", 784]), images)
    one = graph_file(folder / "one.qmodel", [helper.make_node("ReduceMean", ["x"], ["y"])], ["N", 784], pixel_scale=1.0)
    refused(2, "is no classifier", one, images)
    qmodel.save({"w": np.zeros(3, np.float32)}, folder / "weights.qmodel")
    refused(2, "holds no network", folder / "weights.qmodel", images)
    refused(2, "no golden samples", "--golden", one)


def test_a_run_too_large_is_refused(folder: Path) -> None:
    nodes = [helper.make_node("Pad", ["x", "p"], ["y"], name="large")]
    values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 784])]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    pads = helper.make_tensor("p", TensorProto.INT64, [4], [0, 0, 1 << 32, 0])
    made = helper.make_model(
        helper.make_graph(nodes, "", values, [output], [pads]), opset_imports=[helper.make_opsetid("", 17)]
    )
    qmodel.save(qmodel.from_onnx(made, pixel_scale=1.0), folder / "large.qmodel")
    refused(5, "Pad node 'large'", folder / "large.qmodel", folder / "images.idx")


def test_verify(folder: Path) -> None:
    done = run("qmodel_verify", folder / "lenet5.qmodel", "--run")
    assert (done.returncode, done.stdout.decode()) == (0, f"{folder}/lenet5.qmodel: fine, 8 tensors\n")
    assert run("predict", "--golden", folder / "lenet5.qmodel").returncode == 0
    assert run("qmodel_verify", folder / "none.qmodel").returncode == 2
    conformance = ROOT / "spec" / "conformance" / "invalid"
    done = run("qmodel_verify", conformance / "affine-scale-count.qmodel", folder / "lenet5.qmodel")
    assert done.returncode == 3
    assert b"[corrupt]" in done.stdout.splitlines()[0]


def test_a_deviation_is_found(folder: Path) -> None:
    """Another network of the same inputs under the golden samples of the first gives other outputs."""
    images, _ = read_digits()
    path = folder / "golden.qmodel"
    write_model(path, "lenet300", "lossless", images)
    content = path.read_bytes()
    expected = np.asarray(next(iter(qmodel.open(path).golden[0].outputs.values())).values)
    assert content.count(expected.tobytes()) == 1, "the expected outputs are stored as they are"
    manifest_end = len(content) - 26
    offset = int.from_bytes(content[-23:-15], "little")
    manifest = content[offset:manifest_end].replace(expected.tobytes(), (expected + 1).astype(np.float32).tobytes())
    from google_crc32c import value as crc32c

    sealed = content[:offset] + manifest + content[-26:-9] + crc32c(manifest).to_bytes(4, "little") + content[-5:]
    path.write_bytes(sealed)
    done = run("qmodel_verify", "--run", path)
    assert done.returncode == 1
    assert b"golden sample 0: output 'logits' is " in done.stdout
    assert run("predict", "--golden", path).returncode == 1


def test_every_network_has_its_file() -> None:
    assert all(path.is_file() for path in NETWORKS.values())
