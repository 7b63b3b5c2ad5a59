import subprocess
import sys

import numpy as np
import pytest

import qmodel
from qmodel import InvalidInputError
from tests.conftest import network_path
from tests.container.files import file_bytes


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({}, "there are no tensors"),
        ({"": np.zeros(3)}, "empty name"),
        ({3: np.zeros(3)}, "must be str, got int"),
        ({b"w": np.zeros(3)}, "must be str, got bytes"),
        ({"w\udc80": np.zeros(3)}, "not valid Unicode"),
        ({"é" * 513: np.zeros(3)}, "takes 1026 bytes of UTF-8, at most 1024"),
        ({"w": np.array([object()])}, "'w'.*object"),
        ({"w": np.array(["text"])}, "'w'"),
        ({"w": np.zeros(3, np.complex64)}, "'w'.*complex64"),
        ({"w": np.zeros(3, "M8[s]")}, "'w'.*datetime64"),
        ({"w": None}, "'w'"),
        ({"w": [[1, 2], [3]]}, "'w'"),
    ],
)
def test_weights_that_cannot_be_stored(tmp_path, weights, message):
    path = tmp_path / "a.qmodel"
    path.write_bytes(b"what was there")
    with pytest.raises(InvalidInputError, match=message):
        qmodel.save(weights, path)
    assert path.read_bytes() == b"what was there"


def test_awkward_arrays_are_stored(tmp_path):
    weights = {
        "0-d": np.float32(3),
        "empty": np.zeros((3, 0, 2), np.int16),
        "strided": np.arange(100.0)[::-3],
        "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "big-endian": np.arange(5, dtype=">i4"),
        "python": 1.5,
        "x" * 1024: np.zeros(2),
    }
    with qmodel.open(file_bytes(weights)) as file:
        for name, array in weights.items():
            assert np.array_equal(file[name], array)
            assert file[name].shape == np.shape(array)


@pytest.mark.parametrize("metadata", [{"key": 3}, {3: "value"}, {"": "value"}, {"k\udc80": "value"}])
def test_metadata_is_text(metadata):
    with pytest.raises(InvalidInputError):
        file_bytes({"w": np.zeros(3)}, metadata=metadata)


def test_metadata_comes_back():
    with qmodel.open(file_bytes({"w": np.zeros(3)}, metadata={"b": "zwei", "a": "один\n"})) as file:
        assert dict(file.metadata) == {"a": "один\n", "b": "zwei"}


def test_models_without_a_graph_cannot_run(tmp_path):
    qmodel.save({"w": np.zeros(3)}, tmp_path / "a.qmodel")
    with pytest.raises(InvalidInputError, match="has weights and no graph"):
        qmodel.run(qmodel.load(tmp_path / "a.qmodel"), {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixel_scale": 0.0}, "scale and std not 0"),
        ({"pixel_scale": float("nan")}, "must be finite"),
        ({"pixel_scale": 1.0, "pixel_std": [0.0]}, "scale and std not 0"),
        ({"pixel_scale": 1.0, "layout": "hwcn"}, "unknown layout 'hwcn'; known: nchw"),
    ],
)
def test_image_inputs_are_checked(options, message):
    with pytest.raises(InvalidInputError, match=message):
        qmodel.from_onnx(network_path("lenet5"), **options)


@pytest.mark.parametrize(("name", "layout"), [("lenet300", "flat"), ("lenet5", "nchw"), ("lstm", "nhw")])
def test_layouts_are_told_by_the_shape_and_stored(name, layout):
    model = qmodel.from_onnx(network_path(name), pixel_scale=1 / 255, pixel_mean=[0.5])
    with qmodel.open(file_bytes(model)) as file:
        (image_input,) = file.graph.image_inputs
    assert image_input.layout.value == layout
    assert image_input.scale == np.float32(1 / 255)
    assert image_input.mean == (0.5,)


def test_importing_is_light():
    heavy = "('numpy', 'google.protobuf', 'onnx', 'onnxruntime', 'torch', 'numba', 'rich', 'typer')"
    script = f"import sys, qmodel; print([name for name in {heavy} if name in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert finished.stdout == "[]\n"


def test_using_the_library_needs_no_extra(tmp_path):
    script = f"""
import sys
for name in ("onnx", "torch", "numba", "ml_dtypes", "safetensors"):
    sys.modules[name] = None
import numpy as np
import qmodel
weights = {{"w": np.random.default_rng(0).standard_normal((1200, 1200)).astype("f4")}}
for recipe in ("lossless", "fp16", "bf16", "int8", "int4"):
    qmodel.save(weights, {str(tmp_path / "a.qmodel")!r}, recipe=recipe)
    qmodel.verify({str(tmp_path / "a.qmodel")!r})
    with qmodel.open({str(tmp_path / "a.qmodel")!r}) as file:
        assert np.square(file["w"] - weights["w"]).mean() < 0.01 * np.square(weights["w"]).mean()
try:
    qmodel.from_onnx("net.onnx")
except qmodel.UnsupportedError as error:
    print(error)
"""
    finished = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert "qmodel-format[onnx]" in finished.stdout


def test_every_public_name_exists_and_no_other():
    assert sorted(qmodel.__all__) == dir(qmodel)
    for name in qmodel.__all__:
        assert getattr(qmodel, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        qmodel.nothing  # noqa: B018
