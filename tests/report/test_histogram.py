"""Histograms count what is there, show the levels of quantizers, and look at no more than they must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import qmodel
from qmodel.report.codes import CodeScale
from qmodel.report.histogram import MOST_COUNTED, evenly_spaced, weight_histogram


def histogram(decoded, original=None, **options):
    return weight_histogram("w", decoded, original, extremes=(0.0, 0.0), **options)


def test_few_values_are_levels_with_how_often_they_occur():
    found = histogram(np.repeat(np.float32([-1, 0, 2]), [100, 600, 300]))
    assert found.levels.tolist() == [-1, 0, 2]
    assert found.at_levels.tolist() == [0.1, 0.6, 0.3]
    assert (found.decoded, found.original) == (None, None)


def test_many_values_are_counted_in_bins():
    found = histogram(np.linspace(-1, 1, 5000, dtype=np.float32))
    assert found.levels is None
    assert found.decoded.sum() == pytest.approx(0.999, abs=2e-3)
    assert found.decoded.max() < 2 * found.decoded.mean()


def test_the_original_has_the_same_range():
    original = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    found = histogram(np.rint(original), original)
    assert found.levels.tolist() == list(range(-3, 4))
    assert found.original.sum() == pytest.approx(1, abs=2e-3)
    assert found.low < -3 < 3 < found.high


def test_outliers_do_not_press_the_rest_together():
    values = np.append(np.random.default_rng(1).standard_normal(20_000), [1e6, -1e6])
    found = histogram(values)
    assert -10 < found.low < found.high < 10


@given(
    arrays(np.float32, st.integers(1, 200), elements=st.floats(width=32))
    | arrays(np.float64, st.integers(1, 200), elements=st.floats())
)
def test_any_values_have_a_histogram_or_none(values):
    found = histogram(values, values)
    if not np.isfinite(values).any():
        assert found is None
        return
    assert found.low < found.high
    shown = found.decoded if found.levels is None else found.at_levels
    assert 0 <= shown.sum() <= 1 + 1e-9


def test_large_tensors_are_looked_at_in_places():
    values = np.arange(3 * MOST_COUNTED)
    assert len(evenly_spaced(values)) == MOST_COUNTED
    assert evenly_spaced(values)[1] == 3
    assert evenly_spaced(np.empty((0, 3))).size == 0


@pytest.mark.parametrize("recipe", ["int8", "int4", "int4-super", "int3", "mxfp4", "nf4", "fp8"])
def test_on_the_scale_of_codes_all_blocks_have_the_same_levels(tmp_path, recipe):
    original = np.random.default_rng(2).standard_normal((64, 128)).astype(np.float32)
    original *= np.geomspace(1, 100, 64, dtype=np.float32)[:, np.newaxis]
    path = tmp_path / "w.qmodel"
    qmodel.save({"w": original}, path, recipe=recipe)
    with qmodel.open(path) as reader:
        scale = CodeScale.of(reader, "w")
        codes, before = scale.codes_of(reader["w"]), scale.codes_of(original)
    levels = np.unique(codes)
    assert len(levels) <= {"int8": 255, "fp8": 253}.get(recipe, 16)
    if recipe.startswith("int"):
        assert (levels == np.rint(levels)).all()
        assert np.abs(codes - before).mean() < 0.6


def test_one_scale_for_all_is_no_scale_of_codes(tmp_path):
    path = tmp_path / "w.qmodel"
    qmodel.save({"w": np.ones((32, 32), np.float32), "plain": np.ones(3)}, path, recipe={"w": qmodel.Affine(bits=8)})
    with qmodel.open(path) as reader:
        assert CodeScale.of(reader, "w") is None
        assert CodeScale.of(reader, "plain") is None


def test_reports_draw_the_largest_weights_with_their_levels(full_report):
    assert [each.tensor for each in full_report.histograms] == [
        tensor.name for tensor in full_report.tensors if tensor.is_weight
    ]
    for each in full_report.histograms:
        assert each.are_codes
        assert set(each.levels) <= set(range(-8, 8))
        assert each.original is not None
