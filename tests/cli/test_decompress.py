import numpy as np
import pytest

import qmodel


def test_tensors_come_back(run_json, file, tmp_path):
    target = tmp_path / "out.npz"
    document = run_json("decompress", file, "-o", target)
    assert document["path"] == str(target)
    assert document["bytes"] == target.stat().st_size
    assert document["tensors"] == 3
    expected = qmodel.load(file).weights
    with np.load(target) as arrays:
        assert set(arrays.files) == set(expected)
        for name in arrays.files:
            np.testing.assert_array_equal(arrays[name], expected[name])


def test_default_output_is_not_overwritten_without_force(run, file):
    target = file.with_suffix(".npz")
    target.write_bytes(b"precious")
    assert run("decompress", file).exit_code == 2
    assert target.read_bytes() == b"precious"
    assert run("decompress", file, "--force").exit_code == 0
    assert np.load(target).files


@pytest.fixture
def bfloat_file(tmp_path):
    import ml_dtypes

    path = tmp_path / "b.qmodel"
    qmodel.save({"w": np.arange(4).astype(ml_dtypes.bfloat16)}, path)
    return path


def test_bfloat16_needs_widen(run, bfloat_file):
    result = run("decompress", bfloat_file)
    assert result.exit_code == 4
    assert "'w' is bf16" in result.stderr
    assert "--widen" in result.stderr
    assert not bfloat_file.with_suffix(".npz").exists()


def test_widen_writes_float32(run, bfloat_file):
    assert run("decompress", bfloat_file, "--widen").exit_code == 0
    with np.load(bfloat_file.with_suffix(".npz")) as arrays:
        assert arrays["w"].dtype == np.float32
        np.testing.assert_array_equal(arrays["w"], np.arange(4, dtype=np.float32))


def test_a_damaged_file_leaves_no_output(run, network_file, tmp_path):
    damaged = tmp_path / "damaged.qmodel"
    with qmodel.open(network_file) as reader:
        place = reader.manifest.chunks[-1].offset
    data = bytearray(network_file.read_bytes())
    data[place] ^= 1
    damaged.write_bytes(data)
    result = run("decompress", damaged)
    assert result.exit_code == 3
    assert "checksum" in result.stderr
    assert list(tmp_path.iterdir()) == [damaged]
