import json
import math

import numpy as np
import pytest

import qmodel
from qmodel import Affine, Plain
from tests.container.files import file_bytes

RNG = np.random.default_rng(3)
WEIGHTS = {
    "a.weight": RNG.standard_normal((64, 50), dtype=np.float32),
    "b.weight": RNG.standard_normal((64, 50), dtype=np.float32) * 10,
    "b.bias": RNG.standard_normal(50, dtype=np.float32),
}


def test_figures_are_those_of_the_file(tmp_path):
    path = tmp_path / "a.qmodel"
    summary = qmodel.save(WEIGHTS, path, recipe={"*.weight": Affine(bits=4, block=32)})
    assert summary.output_bytes == path.stat().st_size
    assert summary.input_bytes == sum(array.nbytes for array in WEIGHTS.values())
    assert summary.bits_per_weight == pytest.approx(path.stat().st_size * 8 / 6450)
    squared_error = squared_weight = 0.0
    with qmodel.open(path) as file:
        for tensor in summary.tensors:
            before, after = WEIGHTS[tensor.name].astype(float), file[tensor.name].astype(float)
            error, weight = np.square(before - after).sum(), np.square(before).sum()
            assert tensor.relative_mse == pytest.approx(error / weight, rel=1e-9)
            quality = file.tensors[tensor.name].quality
            if tensor.name == "b.bias":
                assert quality is None
                assert error == 0
            else:
                assert quality.relative_mse == pytest.approx(error / weight, rel=1e-3)
                assert quality.max_abs_error == pytest.approx(np.abs(before - after).max(), rel=1e-3)
                squared_error, squared_weight = squared_error + error, squared_weight + weight
        assert summary.relative_mse == pytest.approx(squared_error / squared_weight, rel=1e-9)
        assert file.manifest.quality.relative_mse == pytest.approx(squared_error / squared_weight, rel=1e-3)


def test_json_has_the_promised_keys(tmp_path):
    document = json.loads(json.dumps(qmodel.save(WEIGHTS, tmp_path / "a.qmodel", recipe="int8").to_json()))
    assert document.keys() == {"input_bytes", "output_bytes", "bits_per_weight", "relative_mse", "tensors"}
    assert document["tensors"][0].keys() >= {"name", "shape", "encoding", "bits_per_weight", "relative_mse"}
    assert document["tensors"][0]["shape"] == [64, 50]


def test_four_bits_cost_about_four_and_a_half(tmp_path):
    weights = {"w": np.random.default_rng(0).standard_normal((512, 512), dtype=np.float32)}
    summary = qmodel.save(weights, tmp_path / "a.qmodel", recipe="int4")
    assert 4.0 < summary.tensors[0].bits_per_weight <= 4.5
    assert summary.relative_mse < 0.011


def test_lossless_and_narrowed_floats_have_their_error():
    weights = {"w": np.array([[1.0, 1 / 3], [math.pi, 0]])}
    data = file_bytes(weights, recipe=Plain("f16"))
    with qmodel.open(data) as file:
        expected = np.square(weights["w"] - weights["w"].astype(np.float16)).sum() / np.square(weights["w"]).sum()
        assert file.tensors["w"].quality.relative_mse == pytest.approx(expected, rel=1e-3)
    with qmodel.open(file_bytes(weights)) as file:
        assert file.tensors["w"].quality is None
        assert file.manifest.quality is None


def test_progress_counts_every_tensor(tmp_path):
    seen = []
    qmodel.save(WEIGHTS, tmp_path / "a.qmodel", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
