"""Deltas on the command line: `--base`."""

import numpy as np
import pytest
from safetensors.numpy import save_file

import qmodel
from qmodel.cli.exit_codes import ExitCode
from qmodel.encodings import DeltaNode
from tests.arrays import same_bits


@pytest.fixture(params=["qmodel", "npz", "safetensors"])
def base(request, tmp_path, weights):
    path = tmp_path / f"base.{request.param}"
    if request.param == "qmodel":
        qmodel.save(weights, path)
    elif request.param == "npz":
        np.savez(path, **weights)
    else:
        save_file(weights, path)
    return path


@pytest.fixture
def tuned(tmp_path, weights):
    values = {name: np.asarray(array * 1.01, array.dtype) for name, array in weights.items()} | {"new": np.ones(300)}
    np.savez(tmp_path / "tuned.npz", **values)
    return tmp_path / "tuned.npz", values


def test_there_and_back(run, run_json, tmp_path, base, tuned):
    source, values = tuned
    file, back = tmp_path / "tuned.qmodel", tmp_path / "back.npz"
    run_json("compress", source, "-o", file, "--base", base)
    with qmodel.open(file) as reader:
        deltas = {name for name, record in reader.tensors.items() if isinstance(record.encoding, DeltaNode)}
        assert deltas == {"conv.weight", "conv.bias", "steps"}
    assert run("verify", file, "--base", base).exit_code == ExitCode.FINE
    assert run("decompress", file, "-o", back, "--base", base).exit_code == ExitCode.FINE
    with np.load(back) as arrays:
        assert all(same_bits(arrays[name], array) for name, array in values.items())


def test_without_the_base_it_is_asked_for(run, run_json, tmp_path, base, tuned):
    file = tmp_path / "tuned.qmodel"
    run_json("compress", tuned[0], "-o", file, "--base", base)
    assert len(run_json("inspect", file)["tensors"]) == 4
    document = run_json("verify", file, exit_code=ExitCode.UNSUPPORTED)
    (findings,) = (each["findings"] for each in document["files"])
    assert [finding["kind"] for finding in findings] == ["UnsupportedError"] * 3
    assert all("--base" in finding["message"] for finding in findings)
    failed = run("decompress", file, "-o", tmp_path / "back.npz")
    assert failed.exit_code == ExitCode.UNSUPPORTED
    assert not (tmp_path / "back.npz").exists()


def test_versions_one_after_the_other(run, run_json, tmp_path, base, tuned):
    second, third = tmp_path / "second.qmodel", tmp_path / "third.qmodel"
    run_json("compress", tuned[0], "-o", second, "--base", base)
    newest = {name: np.asarray(array * 2, array.dtype) for name, array in tuned[1].items()}
    np.savez(tmp_path / "newest.npz", **newest)
    run_json("compress", tmp_path / "newest.npz", "-o", third, "--base", second, "--base", base)
    assert run("verify", third, "--base", second, "--base", base).exit_code == ExitCode.FINE
    assert run("verify", third, "--base", second).exit_code == ExitCode.UNSUPPORTED


def test_differences_from_the_base_and_between_versions(run, run_json, tmp_path, base, tuned):
    file, back = tmp_path / "tuned.qmodel", tmp_path / "back.npz"
    run_json("compress", tuned[0], "-o", file, "--base", base)
    assert run("decompress", file, "-o", back, "--base", base).exit_code == ExitCode.FINE
    assert run("diff", file, back, "--base", base).exit_code == ExitCode.FINE
    document = run_json("diff", base, file, "--base", base, exit_code=ExitCode.FINDINGS)
    changes = {tensor["name"]: tensor["changes"] for tensor in document["tensors"]}
    assert changes["new"] == ["added"]
    assert changes["conv.weight"][-1] == "values"
    assert run("diff", base, file).exit_code == ExitCode.UNSUPPORTED


def test_a_network_is_evaluated_with_its_base(run_json, tmp_path):
    from tests.conftest import network_path

    network = network_path("lenet5")
    base, file, data = tmp_path / "base.qmodel", tmp_path / "tuned.qmodel", tmp_path / "data.npz"
    model = qmodel.from_onnx(network)
    qmodel.save(model, base)
    images = np.random.default_rng(0).random((4, *model.graph.inputs[0].shape[1:]), np.float32)
    np.savez(data, images=images, labels=np.arange(4))
    run_json("compress", network, "-o", file, "--base", base)
    assert file.stat().st_size < base.stat().st_size / 2
    alone = run_json("eval", base, "--data", data)
    assert run_json("eval", file, "--data", data, "--base", base) == alone
