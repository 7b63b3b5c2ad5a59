"""The hash tables of the format: tensors by name, chunks by content, decoded tensors within a budget."""

import io
import timeit

import numpy as np
import pytest

import qmodel
from tests.container.files import RAW


def saved(weights, **options):
    target = io.BytesIO()
    qmodel.save(weights, target, **options)
    return target.getvalue()


def numbered(count):
    return {f"layers.{i:06}.weight": np.int32(i) for i in range(count)}


def seconds_of_look_ups(reader):
    """Least time of looking for ten names that are there and ten that are not."""
    names = list(reader)
    wanted = names[:: max(1, len(names) // 10)][:10] + [f"nothing.{i}" for i in range(10)]

    def look_up():
        for name in wanted:
            if name in reader:
                reader.tensors[name]

    return min(timeit.repeat(look_up, number=20, repeat=30))


def test_the_time_to_find_a_tensor_does_not_grow_with_their_number():
    with qmodel.open(saved(numbered(20))) as few, qmodel.open(saved(numbered(20_000))) as many:
        assert len(many) == 20_000
        assert many["layers.012345.weight"] == 12345
        # A search through the names would take a thousand times as long.
        assert seconds_of_look_ups(many) < 20 * seconds_of_look_ups(few)


def test_an_identical_chunk_is_stored_once_in_the_whole_file():
    """Of 3,000 tensors of three kinds, in different shapes so that none is an alias, three payloads remain."""
    kinds = [np.full(512, kind, np.float32) + np.arange(512, dtype=np.float32) for kind in range(3)]
    shapes = [(512 // rows, rows) for rows in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)]
    weights = {f"{i:04}": kinds[i % 3].reshape(shapes[i % 10]) for i in range(3000)}
    recipe = qmodel.Recipe((("*", RAW),), tie=False)
    data = saved(weights, recipe=recipe)
    with qmodel.open(data) as reader:
        assert len(reader.manifest.chunks) == 3
        for name in ("0000", "1234", "2999"):
            assert np.array_equal(reader[name], weights[name])
    assert len(data) < 3 * 2048 + 3000 * 60
    assert qmodel.verify(data).chunks == 3


def test_repeated_chunks_of_one_tensor_are_stored_once():
    block = np.random.default_rng(0).integers(0, 256, 4 << 20, dtype=np.uint8)
    with qmodel.open(saved({"w": np.tile(block, 3)}, recipe=qmodel.Plain(coding=qmodel.Packed("zstd")))) as reader:
        assert len(reader.manifest.chunks) == 1
        assert np.array_equal(reader["w"].reshape(3, -1), np.stack([block] * 3))


@pytest.fixture
def file():
    random = np.random.default_rng(1)
    return saved({name: random.standard_normal((50, 50)).astype(np.float32) for name in "abc"}, recipe="int8")


def counts(reader):
    statistics = reader.cache_statistics()
    return statistics.hits, statistics.misses, statistics.bytes_held


def test_without_a_budget_nothing_is_kept(file):
    with qmodel.open(file) as reader:
        first = reader["a"]
        assert reader["a"] is not first
        assert counts(reader) == (0, 2, 0)


def test_decoded_tensors_are_kept_within_the_budget(file):
    with qmodel.open(file, cache_bytes=20_000) as reader:
        first = reader["a"]
        assert reader["a"] is first
        assert counts(reader) == (1, 1, 10_000)
        reader["b"], reader["a"], reader["c"]
        assert counts(reader) == (2, 3, 20_000)
        assert reader["a"] is first, "b was used least recently"
        reader["b"]
        assert counts(reader) == (3, 4, 20_000)
        with pytest.raises(ValueError, match="read-only"):
            first[0] = 0
    assert reader.cache_statistics().bytes_held == 0
    with pytest.raises(qmodel.InvalidInputError, match="closed"):
        reader["a"]


def test_tensors_larger_than_the_budget_are_decoded_each_time(file):
    with qmodel.open(file, cache_bytes=9_999) as reader:
        assert np.array_equal(reader["a"], reader["a"])
        assert counts(reader) == (0, 2, 0)


def test_unknown_names_are_no_look_ups(file):
    with qmodel.open(file, cache_bytes=9_999) as reader:
        with pytest.raises(KeyError):
            reader["nothing"]
        assert counts(reader) == (0, 0, 0)


def test_aliases_share_what_is_kept():
    weight = np.arange(10_000, dtype=np.float32)
    data = saved({"a": weight, "b": weight.copy()}, recipe="fp16")
    with qmodel.load(data, cache_bytes=1 << 20).weights as reader:
        reader["b"], reader["a"]
        assert counts(reader)[:2] == (1, 2)
