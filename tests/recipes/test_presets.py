import ml_dtypes
import numpy as np
import pytest

import qmodel
from qmodel import dtypes
from qmodel.encodings import Affine, Lossless, Plain
from qmodel.recipes import PRESETS, TensorFacts
from tests.conftest import network_path
from tests.container.files import file_bytes


def facts(shape, element_type=dtypes.F32, output_axis=None):
    return TensorFacts("w", shape, element_type, output_axis)


@pytest.mark.parametrize("preset", ["int8", "int4"])
@pytest.mark.parametrize("shape", [(), (1000,), (1, 1000), (1000, 1, 1), (15, 17), (0, 300)])
def test_biases_norms_and_tiny_tensors_stay_float(preset, shape):
    assert PRESETS[preset].choose(facts(shape)) == Plain()


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("element_type", [dtypes.BOOL, dtypes.signed(64), dtypes.unsigned(8)])
def test_integers_stay_as_they_are(preset, element_type):
    assert PRESETS[preset].choose(facts((64, 64), element_type)) in (Plain(), Lossless())


def test_int8_scales_follow_the_output_channels():
    assert PRESETS["int8"].choose(facts((64, 64))) == Affine(bits=8, axis=0)
    assert PRESETS["int8"].choose(facts((64, 64), output_axis=1)) == Affine(bits=8, axis=1)
    assert PRESETS["int8"].choose(facts((64, 64), dtypes.BF16)) == Affine(bits=8, axis=0)


def test_int4_blocks_run_along_the_inputs_first():
    assert PRESETS["int4"].choose(facts((64, 64))) == Affine(bits=4, block=32)
    assert PRESETS["int4"].choose(facts((64, 64), output_axis=1)) == Affine(bits=4, block=(32, 1))
    assert PRESETS["int4"].choose(facts((3, 20, 64), output_axis=-1)) == Affine(bits=4, block=(1, 20, 1))
    assert PRESETS["int4"].choose(facts((65, 64), output_axis=-1)) == Affine(bits=4, block=(33, 1))
    assert PRESETS["int4"].choose(facts((5, 64), output_axis=-1)) == Affine(bits=4, block=(5, 6))


def test_axes_come_from_the_graph():
    model = qmodel.from_onnx(network_path("lstm"))
    with qmodel.open(file_bytes(model, recipe="int8")) as file:
        by_shape = {file.tensors[name].shape: file.tensors[name].encoding for name in file}
    assert by_shape[1, 512, 28].block_shape == (1, 1, 28)
    assert by_shape[10, 128].block_shape == (1, 128)


def test_half_precision_presets_narrow_wide_floats_only():
    weights = {
        "f64": np.ones((40, 40)),
        "f32": np.ones((40, 40), np.float32),
        "f16": np.ones((40, 40), np.float16),
        "bf16": np.ones((40, 40), ml_dtypes.bfloat16),
        "ints": np.ones((40, 40), np.int64),
    }
    with qmodel.open(file_bytes(weights, recipe="fp16")) as file:
        assert {name: file.tensors[name].encoding.spelled() for name in file} == {
            "f64": "plain f16",
            "f32": "plain f16",
            "f16": "plain f16",
            "bf16": "plain bf16",
            "ints": "plain s64",
        }
        assert {name: file[name].dtype for name in file} == {name: weights[name].dtype for name in file}
