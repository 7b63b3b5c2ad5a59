import numpy as np
import pytest

import qmodel
from qmodel.encodings import Affine, Plain, RowScaled, Transform, Uniform
from qmodel.errors import InvalidInputError
from qmodel.recipes import Quality, QualityTarget
from qmodel.recipes.quality import is_tunable, tuned

GENERATOR = np.random.default_rng(11)
WEIGHTS = {
    "large": (GENERATOR.standard_normal((96, 128)) * 0.5).astype(np.float32),
    "small": (GENERATOR.standard_normal((64, 64)) * 0.03).astype(np.float32),
    "bias": GENERATOR.standard_normal(96).astype(np.float32),
}


@pytest.fixture
def target(tmp_path):
    return tmp_path / "net.qmodel"


@pytest.mark.parametrize("wanted", [0.001, 0.02, 0.3])
@pytest.mark.parametrize("allocate", ["tensor", "global", "row"])
def test_the_error_of_the_whole_is_what_was_asked_for(target, wanted, allocate):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=wanted, allocate=allocate)
    assert summary.relative_mse == pytest.approx(wanted, rel=0.05 if allocate == "row" else 0.01)
    qmodel.verify(target)


def test_each_tensor_has_the_error_asked_for(target):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01)
    errors = {tensor.name: tensor.relative_mse for tensor in summary.tensors}
    assert errors["large"] == pytest.approx(0.01, rel=0.01)
    assert errors["small"] == pytest.approx(0.01, rel=0.01)
    assert errors["bias"] == 0


def test_a_global_step_puts_the_bits_where_the_energy_is(target):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01, allocate="global")
    errors = {tensor.name: tensor.relative_mse for tensor in summary.tensors}
    assert errors["small"] > 2 * errors["large"]
    with qmodel.open(target) as file:
        steps = {name: file.tensors[name].encoding.scale.buffer.location for name in ("large", "small")}
    assert steps["large"] == steps["small"]


@pytest.mark.parametrize("allocate", ["tensor", "global", "row"])
@pytest.mark.parametrize("bits", [3.0, 6.0])
def test_the_size_is_what_was_asked_for(target, bits, allocate):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", bits_per_weight=bits, allocate=allocate)
    weights = sum(array.size for array in WEIGHTS.values())
    assert target.stat().st_size == summary.output_bytes
    assert 8 * summary.output_bytes / weights == pytest.approx(bits, rel=0.01)
    assert 8 * summary.output_bytes / weights <= bits * 1.001


def test_a_file_size_is_what_was_asked_for(target):
    qmodel.save(WEIGHTS, target, recipe="fast", target_bytes=9000)
    assert 8910 <= target.stat().st_size <= 9000


def test_same_input_same_bytes(target, tmp_path):
    for path in (target, tmp_path / "again"):
        qmodel.save(WEIGHTS, path, recipe="fast", bits_per_weight=4)
    assert target.read_bytes() == (tmp_path / "again").read_bytes()


def test_the_file_says_what_quality_was_found(target):
    qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01)
    with qmodel.open(target) as file:
        assert file.manifest.recipe == "fast; relative_mse=0.01"


@pytest.mark.parametrize("size", [100, 10**9])
def test_what_cannot_be_met_is_refused(target, size):
    with pytest.raises(InvalidInputError, match="nearest"):
        qmodel.save(WEIGHTS, target, recipe="fast", target_bytes=size)
    assert not target.exists()


def test_a_recipe_of_fixed_quality_is_refused(target):
    with pytest.raises(InvalidInputError, match="int8 leaves no quality open"):
        qmodel.save(WEIGHTS, target, recipe="int8", relative_mse=0.1)


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"relative_mse": 0.1, "target_bytes": 10},
        {"relative_mse": 0.0},
        {"relative_mse": 1.5},
        {"bits_per_weight": -1},
        {"target_bytes": 0},
        {"relative_mse": 0.1, "allocate": "layer"},
    ],
)
def test_targets_that_make_no_sense_are_refused(figures):
    with pytest.raises(InvalidInputError):
        QualityTarget(**figures)


def test_only_what_is_open_is_tuned():
    quality = Quality(relative_mse=0.25)
    assert tuned(Transform(Uniform()), quality) == Transform(Uniform(relative_mse=0.25))
    assert tuned(RowScaled(Uniform()), quality).inner.relative_mse == 0.25
    fixed = Uniform(step=2.0)
    assert tuned(fixed, quality) is fixed
    assert not any(map(is_tunable, (fixed, Affine(bits=4), Plain())))
