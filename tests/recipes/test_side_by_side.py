"""Tensors that are encoded side by side become the same file as one after another."""

import io
import threading
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmodel
from qmodel.errors import InvalidInputError
from tests.arrays import any_array

names = st.text("abcdef", min_size=1, max_size=6)


def saved(weights, threads, **options):
    """The bytes of a file, or what was said instead."""
    target = io.BytesIO()
    try:
        summary = qmodel.save(weights, target, threads=threads, **options)
    except InvalidInputError as error:
        return str(error)
    return target.getvalue(), summary


def layers(count):
    rng = np.random.default_rng(count)
    return {f"layer{number}": rng.standard_normal((40 + number, 33), np.float32) for number in range(count)}


@settings(max_examples=40)
@given(
    st.dictionaries(names, any_array(), min_size=1, max_size=6),
    st.lists(st.tuples(names, names), max_size=3),
    st.sampled_from(["lossless", "lossless-fast", "int8", "fp16"]),
    st.integers(2, 4),
)
def test_the_number_of_threads_changes_no_byte(weights, copies, recipe, threads):
    for copy, original in copies:
        weights[copy] = weights.get(original, np.arange(500))
    assert saved(weights, threads, recipe=recipe) == saved(weights, 1, recipe=recipe)


@pytest.mark.parametrize("recipe", ["small", "fast"])
def test_nor_does_it_with_a_quality(recipe):
    weights = layers(7)
    assert saved(weights, 3, recipe=recipe, relative_mse=0.01) == saved(weights, 1, recipe=recipe, relative_mse=0.01)


def test_tied_tensors_stay_aliases():
    weights = layers(6)
    weights |= {f"{name}.tied": array for name, array in weights.items()}
    data, _ = saved(weights, 4, recipe="int8")
    assert data == saved(weights, 1, recipe="int8")[0]
    with qmodel.open(data) as file:
        assert all(file.tensors[f"layer{n}.tied"].encoding.spelled() == f"alias of layer{n}" for n in range(6))


@settings(max_examples=20)
@given(st.sets(st.integers(0, 11), min_size=1), st.integers(1, 5))
def test_the_first_tensor_that_cannot_be_encoded_is_the_one_reported(broken, threads):
    weights = layers(12)
    for number in broken:
        weights[f"layer{number}"][0] = np.nan
    first = min((f"layer{number}" for number in broken), key=str.encode)
    assert f"tensor '{first}'" in saved(weights, threads, recipe="int8")


def test_a_lazy_mapping_is_asked_for_one_array_at_a_time_and_in_turn():
    class Lazy(Mapping):
        asked, lock = [], threading.Lock()

        def __getitem__(self, name):
            assert self.lock.acquire(blocking=False)
            self.asked.append(name)
            array = weights[name].copy()
            self.lock.release()
            return array

        def __iter__(self):
            return iter(weights)

        def __len__(self):
            return len(weights)

    weights = layers(30)
    assert saved(Lazy(), 4, recipe="int8") == saved(weights, 1, recipe="int8")
    assert Lazy.asked == sorted(weights, key=str.encode)


def test_small_tensors_are_encoded_by_several_threads(monkeypatch):
    """Each of two threads waits within an encoder until the other is within one."""
    together = threading.Barrier(2, timeout=20)
    encode = qmodel.Affine.encode

    def waiting(self, array, /, **options):
        together.wait()
        return encode(self, array, **options)

    monkeypatch.setattr(qmodel.Affine, "encode", waiting)
    data, _ = saved(layers(2), 2, recipe={"*": qmodel.Affine()})
    monkeypatch.undo()
    assert data == saved(layers(2), 1, recipe={"*": qmodel.Affine()})[0]
