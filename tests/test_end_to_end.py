"""The main job on real networks and digits, against onnxruntime."""

import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

import qmodel
from tests.arrays import same_bits

ACCURACY_LOSS = {"lossless": 0.0, "fp16": 0.001, "bf16": 0.002, "int8": 0.002, "int4": 0.005}


def onnxruntime_logits(path, model, images):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (image_input,) = model.graph.image_inputs
    return session.run(None, {image_input.input: image_input.prepare(images)})[0]


def test_compress_verify_load_run_and_measure(network, digits, tmp_path):
    images, labels = digits
    model = qmodel.from_onnx(network, pixel_scale=1 / 255)
    expected = onnxruntime_logits(network, model, images)
    expected_accuracy = (expected.argmax(axis=1) == labels).mean()
    sizes = []
    for recipe, loss in ACCURACY_LOSS.items():
        path = tmp_path / f"{recipe}.qmodel"
        summary = qmodel.save(model, path, recipe=recipe)
        assert qmodel.verify(path).size == summary.output_bytes
        stored = qmodel.load(path)
        measured = qmodel.evaluate(stored, images, labels, reference=model)
        assert measured.samples == 1000
        assert measured.accuracy >= expected_accuracy - loss
        (image_input,) = stored.graph.image_inputs
        logits = qmodel.run(stored, {image_input.input: image_input.prepare(images)})["logits"]
        assert measured.accuracy == (logits.argmax(axis=1) == labels).mean()
        if recipe == "lossless":
            assert all(same_bits(stored.weights[name], np.asarray(model.weights[name])) for name in model.weights)
            assert np.abs(logits - expected).max() <= 1e-4 * np.abs(expected).max()
            assert (logits.argmax(axis=1) == expected.argmax(axis=1)).all()
        sizes.append(summary.output_bytes)
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.slow
def test_saving_a_large_tensor_stays_within_three_times_its_size(tmp_path):
    script = f"""
import numpy as np
import qmodel

def kib(field):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(field))

weights = {{"w": np.random.default_rng(0).standard_normal((8192, 4096), dtype=np.float32)}}
for recipe in ("lossless", "fp16", "int8", "int4"):
    qmodel.save({{"w": np.ones((2048, 1024), np.float32)}}, {str(tmp_path / "warm.qmodel")!r}, recipe=recipe)
for recipe in ("lossless", "fp16", "int8", "int4"):
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = kib("VmRSS")
    qmodel.save(weights, {str(tmp_path / "large.qmodel")!r}, recipe=recipe)
    print(recipe, (kib("VmHWM") - before) * 1024, weights["w"].nbytes * 3 + (64 << 20))
"""
    finished = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    for line in finished.stdout.splitlines():
        recipe, used, allowed = line.split()
        assert int(used) <= int(allowed), recipe
