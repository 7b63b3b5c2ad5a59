"""Samples are the first rows of every tensor, and figures are those of the method."""

import math

import numpy as np
import pytest

from qmodel import Plain, dtypes
from qmodel.buffers.choices import CODING_CHOICES
from qmodel.buffers.codecs import byte_codec
from qmodel.measurement import (
    Method,
    coding_methods,
    measure,
    methods,
    methods_of_any_quality,
    sample_of,
    try_out,
)
from qmodel.recipes import PRESETS
from qmodel.typed_array import TypedArray

RNG = np.random.default_rng(0)
TENSORS = {
    "w": TypedArray(dtypes.F32, RNG.standard_normal((64, 32)).astype(np.float32)),
    "row": TypedArray(dtypes.F32, RNG.standard_normal((1, 400)).astype(np.float32)),
    "codes": TypedArray(dtypes.signed(4), (np.arange(100, dtype=np.int8) % 7)),
    "scalar": TypedArray(dtypes.F64, np.array(3.0)),
    "nothing": TypedArray(dtypes.F32, np.empty((0, 5), np.float32)),
}
SIZES = {name: array.element_type.packed_bytes(array.storage.size) for name, array in TENSORS.items()}


def whole():
    return sample_of(SIZES, TENSORS.__getitem__, output_axes={"w": 0})


def method(name):
    return next(each for each in methods() if each.name == name)


def test_a_sample_holds_every_tensor_with_elements():
    sample = whole()
    assert [item.facts.name for item in sample.items] == ["w", "row", "codes", "scalar"]
    assert sample.size == sample.whole_size == sum(SIZES.values())
    assert sample.values == 64 * 32 + 400 + 100 + 1
    assert sample.items[0].facts.output_axis == 0


def test_a_limit_takes_the_first_rows():
    sample = sample_of(SIZES, TENSORS.__getitem__, limit=sum(SIZES.values()) // 4)
    arrays = {item.facts.name: item.array.storage for item in sample.items}
    assert {name: array.shape for name, array in arrays.items()} == {
        "w": (16, 32),
        "row": (100,),
        "codes": (25,),
        "scalar": (),
    }
    np.testing.assert_array_equal(arrays["w"], TENSORS["w"].storage[:16])
    assert sample.whole_size == sum(SIZES.values())
    assert sample.size < sample.whole_size / 3


def test_everything_registered_is_a_method_with_a_name_of_its_own():
    names = [each.name for each in methods()]
    assert len(set(names)) == len(names)
    assert {*CODING_CHOICES, *PRESETS} <= set(names)
    assert {each.name for each in coding_methods()} == set(CODING_CHOICES)
    assert all(each.about for each in methods())
    assert {each.kind for each in methods()} == {"lossless", "quantization", "pruning"}


@pytest.mark.parametrize("name", [each.name for each in methods()])
def test_every_method_has_figures(name):
    measured = measure(method(name), whole())
    assert measured.problem == ""
    assert measured.size > 0
    assert measured.encode_seconds > 0
    assert measured.decode_seconds > 0
    assert (measured.errors.relative_mse == 0) == (measured.method.kind == "lossless")


@pytest.mark.parametrize("name", ["rans", "arithmetic", "split"])
def test_floats_are_coded_by_what_the_row_is_called(name):
    (node,) = [method(name).encoder(item.facts).encode(item.array) for item in whole().items[:1]]
    kinds = {part.coding.kind for buffer in node.buffers() for part in buffer.buffers()}
    assert kinds == {"split", "packed", "arithmetic" if name == "arithmetic" else "rans"}


def test_figures_are_of_the_values():
    measured = measure(method("raw"), whole())
    assert measured.size == sum(SIZES.values())
    assert measured.to_json()["ratio"] == 1
    assert measured.bits_per_value == pytest.approx(8 * measured.size / 2549)
    assert measured.speed(2.0) == measured.size / 2
    assert math.isnan(measured.speed(0.0))


def test_a_missing_library_is_a_row_that_says_so(monkeypatch):
    monkeypatch.setattr(
        type(byte_codec("lz4")), "compress", lambda *_args, **_options: byte_codec("lz4")._library("no_such")
    )
    measured = measure(method("lz4"), whole())
    assert "pip install 'qmodel-format[lz4]'" in measured.problem
    assert measured.to_json().keys() == {"name", "kind", "about", "problem"}


def test_values_that_a_method_cannot_hold_are_a_row_that_says_so():
    sample = sample_of({"x": 8}, lambda _name: TypedArray(dtypes.F32, np.array([1e30, 1], np.float32)))
    narrow = Method("fp16", "quantization", "", lambda _facts: Plain("f16"))
    assert "too large for f16" in measure(narrow, sample).problem


@pytest.mark.parametrize("name", ["zstd", "int8", "fp16", "prune-50"])
def test_a_trial_finds_what_measuring_finds(name):
    kept = {}
    trial = try_out(method(name), whole(), keep=lambda item, node: kept.update({item.facts.name: node}))
    measured = measure(method(name), whole())
    assert (trial.size, trial.errors, trial.values) == (measured.size, measured.errors, whole().values)
    assert trial.bits_per_value == measured.bits_per_value
    assert list(kept) == ["w", "row", "codes", "scalar"]


def test_a_trial_says_which_tensor_stopped_it():
    tensors = {"huge": TypedArray(dtypes.F32, np.full((32, 32), 1e38, np.float32))}
    trial = try_out(method("fp16"), sample_of({"huge": 4096}, tensors.__getitem__))
    assert trial.problem.startswith("huge: ")
    assert trial.size == 0


def test_methods_of_any_quality_come_near_to_it():
    sample = whole().weights()
    assert [item.facts.name for item in sample.items] == ["w"]
    trials = [try_out(each, sample) for each in methods_of_any_quality((0.05, 0.001))]
    assert [trial.method.name for trial in trials] == ["small", "small", "fast", "fast"]
    for trial, quality in zip(trials, (0.05, 0.001, 0.05, 0.001), strict=True):
        assert trial.errors.relative_mse == pytest.approx(quality, rel=0.1)
