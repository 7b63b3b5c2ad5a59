import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmodel
from qmodel.encodings import Affine, Plain, RowScaled, Transform, Uniform
from qmodel.errors import InvalidInputError
from qmodel.recipes import Quality, QualityTarget
from qmodel.recipes.allocation import ALLOCATIONS
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
@pytest.mark.parametrize("allocate", ALLOCATIONS)
def test_the_error_of_the_whole_is_what_was_asked_for(target, wanted, allocate):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=wanted, allocate=allocate)
    assert summary.relative_mse == pytest.approx(wanted, rel=0.01)
    qmodel.verify(target)


def test_each_tensor_has_the_error_asked_for(target):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01, allocate="tensor")
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


@pytest.mark.parametrize("allocate", ALLOCATIONS)
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


def test_a_smaller_error_or_a_larger_file_is_never_worse(target):
    errors, sizes = [], []
    for bits in (2.5, 3.5, 5.0, 8.0):
        summary = qmodel.save(WEIGHTS, target, recipe="fast", bits_per_weight=bits)
        errors.append(summary.relative_mse)
    for error in (0.3, 0.1, 0.01, 0.001):
        summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=error)
        sizes.append(summary.output_bytes)
    assert errors == sorted(errors, reverse=True)
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("figures", [{"bits_per_weight": 4}, {"relative_mse": 0.02}])
def test_same_input_same_bytes(target, tmp_path, figures):
    for path in (target, tmp_path / "again"):
        qmodel.save(WEIGHTS, path, recipe="fast", **figures)
    assert target.read_bytes() == (tmp_path / "again").read_bytes()


def test_the_number_of_threads_changes_nothing(target, tmp_path):
    for path, threads in ((target, 1), (tmp_path / "again", 4)):
        qmodel.save(WEIGHTS, path, recipe="small", target_bytes=9000, threads=threads)
    assert target.read_bytes() == (tmp_path / "again").read_bytes()


@pytest.mark.parametrize(
    ("allocate", "quality"),
    [("tensor", "relative_mse=0.01"), ("row", "relative_mse=0.01 in each row")],
)
def test_the_file_says_what_quality_was_found(target, allocate, quality):
    qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01, allocate=allocate)
    with qmodel.open(target) as file:
        assert file.manifest.recipe == f"fast; {quality}"


def test_small_tensors_get_less_error_by_default(target):
    summary = qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01)
    errors = {tensor.name: tensor.relative_mse for tensor in summary.tensors}
    assert errors["large"] / (1 - errors["large"]) ** 2 == pytest.approx(
        3 * errors["small"] / (1 - errors["small"]) ** 2, rel=0.02
    )
    assert is_like(target, WEIGHTS, relative_mse=0.01)


def is_like(path, weights, relative_mse):
    """Whether the file has that error over all its weights of two axes."""
    with qmodel.open(path) as file:
        pairs = [(file[name], array) for name, array in weights.items() if array.ndim > 1]
    lost = sum(np.square(decoded - array, dtype=np.float64).sum() for decoded, array in pairs)
    energy = sum(np.square(array, dtype=np.float64).sum() for _, array in pairs)
    return lost / energy == pytest.approx(relative_mse, rel=0.01)


@pytest.mark.parametrize("allocate", ALLOCATIONS)
@pytest.mark.parametrize(("size", "message"), [(100, "the smallest has"), (10**9, "the largest has")])
def test_what_cannot_be_met_is_refused_with_what_can(target, size, message, allocate):
    with pytest.raises(InvalidInputError, match=message) as refusal:
        qmodel.save(WEIGHTS, target, recipe="fast", target_bytes=size, allocate=allocate)
    nearest = int(re.search(f"{message} ([0-9,]+) bytes", str(refusal.value))[1].replace(",", ""))
    assert list(target.parent.iterdir()) == []
    assert qmodel.save(WEIGHTS, target, recipe="fast", target_bytes=nearest, allocate=allocate).output_bytes <= nearest


@pytest.mark.parametrize("recipe", ["int8", "int4", "deep-compression", "lossless", "mxfp4"])
def test_a_recipe_of_fixed_quality_is_refused(target, recipe):
    with pytest.raises(InvalidInputError, match=f"{recipe} leaves no quality open; fast, small, smallest do"):
        qmodel.save(WEIGHTS, target, recipe=recipe, relative_mse=0.1)


@pytest.mark.parametrize("recipe", [Uniform(), {"large": Uniform()}, {"*": "int8", "large": "fast"}])
def test_one_open_encoder_is_enough(target, recipe):
    assert "leaves no quality open" not in refusal_of(target, WEIGHTS, recipe=recipe, relative_mse=0.1)


def test_with_a_quality_the_recipe_is_small_unless_another_is_named(target):
    named = io.BytesIO()
    qmodel.save(WEIGHTS, named, recipe="small", relative_mse=0.01)
    qmodel.save(WEIGHTS, target, relative_mse=0.01)
    assert target.read_bytes() == named.getvalue()


def refusal_of(path, weights, **options):
    """What the library says against it; nothing where it does not mind."""
    try:
        qmodel.save(weights, path, **options)
    except InvalidInputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "weights",
    [{}, {"bias": WEIGHTS["bias"]}, {"ids": np.arange(1024).reshape(32, 32)}, {"none": np.zeros((0, 4), np.float32)}],
    ids=["no tensors", "bias", "integers", "empty"],
)
@pytest.mark.parametrize("figures", [{"relative_mse": 0.1}, {"bits_per_weight": 3}, {"target_bytes": 500}])
def test_a_model_with_nothing_to_quantize_is_refused(target, weights, figures):
    with pytest.raises(InvalidInputError, match=r"fast quantizes no tensor of this model|there are no tensors"):
        qmodel.save(weights, target, recipe="fast", **figures)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("figures", [{"relative_mse": 0.1}, {"bits_per_weight": 4}])
def test_what_is_not_finite_is_refused_by_name(target, value, figures):
    damaged = WEIGHTS["large"].copy()
    damaged[3, 4] = value
    with pytest.raises(InvalidInputError, match="'large': a value is NaN"):
        qmodel.save(WEIGHTS | {"large": damaged}, target, recipe="fast", **figures)
    assert not target.exists()


@pytest.mark.parametrize("recipe", ["fast", "small"])
def test_zeros_have_no_error(target, recipe):
    zeros = {"zeros": np.zeros((32, 32), np.float32)}
    assert qmodel.save(zeros, target, recipe=recipe, relative_mse=0.1).relative_mse == 0
    assert "the largest has" in refusal_of(target, zeros, recipe=recipe, target_bytes=10**6)
    mixed = qmodel.save(WEIGHTS | zeros, target, recipe=recipe, bits_per_weight=4)
    assert 3.96 <= mixed.bits_per_weight <= 4


@pytest.mark.parametrize("allocate", ALLOCATIONS)
def test_floats_of_every_kind_and_scale_are_met_together(target, allocate):
    weights = {
        "half": WEIGHTS["large"].astype(np.float16),
        "double": WEIGHTS["small"].astype(np.float64) * 1e-2,
        "large": GENERATOR.laplace(size=(40, 30)).astype(np.float32) * np.float32(1e2),
        "ids": np.arange(500, dtype=np.int32),
    }
    summary = qmodel.save(weights, target, recipe="fast", bits_per_weight=5, allocate=allocate)
    assert 4.95 <= summary.bits_per_weight <= 5
    summary = qmodel.save(weights, target, recipe="fast", relative_mse=0.02, allocate=allocate)
    assert summary.relative_mse == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize(("recipe", "least"), [("fast", 0.9), ("small", 0.97)])
@settings(max_examples=15, deadline=None)
@given(rows=st.integers(8, 24), columns=st.integers(32, 40), bits=st.floats(9, 12), seed=st.integers(0, 99))
def test_tiny_models_are_met_or_stay_below(recipe, least, rows, columns, bits, seed):
    weights = {"tiny": np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)}
    summary = qmodel.save(weights, io.BytesIO(), recipe=recipe, bits_per_weight=bits)
    assert least * bits < summary.bits_per_weight <= bits


@pytest.mark.parametrize("allocate", ["row", "layer"])
def test_an_allocation_needs_a_quality(target, allocate):
    with pytest.raises(InvalidInputError, match="allocate goes with a quality"):
        qmodel.save(WEIGHTS, target, recipe="fast", allocate=allocate)


@pytest.mark.parametrize("recipe", ["fast", "small"])
def test_error_weights_do_not_change_what_is_met(target, recipe):
    importance = {"large": np.linspace(0, 10, 128, dtype=np.float32)}
    summary = qmodel.save(WEIGHTS, target, recipe=recipe, relative_mse=0.02, importance=importance)
    assert summary.relative_mse == pytest.approx(0.02, rel=0.01)


def test_a_file_object_gets_the_bytes_of_a_path(target):
    stream = io.BytesIO()
    for place in (target, stream):
        qmodel.save(WEIGHTS, place, recipe="fast", target_bytes=9000)
    assert stream.getvalue() == target.read_bytes()


def test_the_file_found_is_not_made_again(target):
    rounds = []
    qmodel.save(WEIGHTS, target, recipe="fast", relative_mse=0.01, progress=lambda done, total: rounds.append(done))
    assert rounds == [1, 2, 3]


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"relative_mse": 0.1, "target_bytes": 10},
        {"relative_mse": 0.0},
        {"relative_mse": 1.5},
        {"bits_per_weight": -1},
        {"relative_mse": float("nan")},
        {"relative_mse": "small"},
        {"bits_per_weight": 0},
        {"bits_per_weight": float("nan")},
        {"bits_per_weight": float("inf")},
        {"target_bytes": 0},
        {"target_bytes": -5},
        {"target_bytes": 1000.5},
        {"target_bytes": float("nan")},
        {"relative_mse": 0.1, "allocate": "layer"},
    ],
)
def test_targets_that_make_no_sense_are_refused(figures):
    with pytest.raises(InvalidInputError):
        QualityTarget(**figures)


def test_only_what_is_open_is_tuned():
    quality = Quality(relative_mse=0.25)
    assert tuned(Transform(Uniform()), quality, 4) == Transform(Uniform(relative_mse=0.25))
    assert tuned(RowScaled(Uniform()), quality, 4).inner.relative_mse == 0.25
    fixed = Uniform(step=2.0)
    assert tuned(fixed, quality, 4) is fixed
    assert not any(map(is_tunable, (fixed, Affine(bits=4), Plain())))
