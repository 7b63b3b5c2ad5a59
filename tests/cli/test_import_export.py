import numpy as np
import onnx
import onnxruntime
import pytest

import qmodel
from tests.conftest import network_path


def test_import_and_export_are_each_others_way_back(run_json, tmp_path):
    file, target = tmp_path / "net.qmodel", tmp_path / "net.onnx"
    document = run_json("import", network_path("lenet5"), "-o", file, "--pixel-scale", "1/255")
    assert document["output_bytes"] == file.stat().st_size
    document = run_json("export", file, "-o", target)
    assert document["path"] == str(target)
    assert document["bytes"] == target.stat().st_size
    assert set(document["tensors"].values()) == {"float"}
    x = np.random.default_rng(0).random((2, 1, 28, 28), dtype=np.float32)
    sessions = [onnxruntime.InferenceSession(path) for path in (network_path("lenet5"), target)]
    wanted, got = (session.run(None, {session.get_inputs()[0].name: x})[0] for session in sessions)
    np.testing.assert_array_equal(got, wanted)


def test_weights_and_external_data(run, run_json, network_file, tmp_path):
    target = tmp_path / "net.onnx"
    quantized = run_json("export", network_file, "-o", target)
    assert "dequantize_linear" in quantized["tensors"].values()
    floats = run_json("export", network_file, "-o", target, "--weights", "float", "--external-data")
    assert floats["external_data"]
    assert floats["bytes"] > 3 * quantized["bytes"]
    onnx.checker.check_model(str(target))
    result = run("export", network_file, "-o", target)
    assert "4 dequantize_linear, 4 float" in result.stdout


def test_default_output_is_not_overwritten_without_force(run, tmp_path):
    file = tmp_path / "net.qmodel"
    assert run("import", network_path("lenet5"), "-o", file).exit_code == 0
    target = tmp_path / "net.onnx"
    target.write_bytes(b"precious")
    assert run("export", file).exit_code == 2
    assert target.read_bytes() == b"precious"
    assert run("export", file, "--force").exit_code == 0
    assert qmodel.from_onnx(target).graph


def test_external_data_is_overwritten_as_the_output_is(run, tmp_path):
    file = tmp_path / "net.qmodel"
    assert run("import", network_path("lenet5"), "-o", file).exit_code == 0
    target, data = tmp_path / "net.onnx", tmp_path / "net.onnx.data"
    data.write_bytes(b"precious")
    refused = run("export", file, "--external-data")
    assert refused.exit_code == 2
    assert "net.onnx.data" in refused.stderr
    assert data.read_bytes() == b"precious"
    assert not target.exists()
    for options in (["--force"], ["-o", target]):
        data.write_bytes(b"precious")
        assert run("export", file, "--external-data", *options).exit_code == 0
        onnx.checker.check_model(str(target))


@pytest.mark.parametrize("command", ["import", "export"])
def test_other_files_are_refused(run, command, archive, file):
    source = archive if command == "import" else file
    result = run(command, source, "-o", source.with_name("out"))
    assert result.exit_code == 2
    assert ("import takes .onnx files" if command == "import" else "no graph") in result.stderr
    assert not source.with_name("out").exists()


def test_an_onnx_file_is_not_exported(run, tmp_path):
    result = run("export", network_path("lenet5"), "-o", tmp_path / "out.onnx")
    assert result.exit_code == 2
    assert "is an ONNX model already" in result.stderr
