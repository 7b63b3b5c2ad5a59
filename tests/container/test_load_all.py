import threading
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmodel
from qmodel.container.layout import CHUNK_TAG, field_header
from qmodel.errors import CorruptError
from tests.arrays import any_array, same_bits
from tests.container.files import RAW, file_bytes, sample_weights

RECIPES = ["lossless", "lossless-fast", "int8", "small", {"*": qmodel.Plain(coding=qmodel.Packed("zstd"))}]
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def layers(count):
    """Tensors of three sizes, each stored as one chunk."""
    rng = np.random.default_rng(count)
    return {f"layer{number}": rng.integers(0, 9, 20_000 * (number % 3 + 1)) for number in range(count)}


def damaged(data, tensor_names):
    """The file with a byte changed in the first chunk of each tensor."""
    changed = bytearray(data)
    with qmodel.open(data) as file:
        for name in tensor_names:
            (buffer,) = file.tensors[name].encoding.buffers()
            changed[file.manifest.chunks[buffer.location.indices[0]].offset] ^= 1
    return bytes(changed)


@settings(max_examples=40)
@given(st.dictionaries(names, any_array(), min_size=1, max_size=6), st.integers(2, 4))
def test_all_are_what_each_is(weights, threads):
    data = file_bytes(weights)
    with qmodel.open(data, threads=1) as one, qmodel.open(data, threads=threads) as several:
        arrays = several.load_all()
        assert list(arrays) == list(one) == list(one.load_all())
        assert all(same_bits(arrays[name], one[name]) for name in one)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_every_coding_whatever_the_number_of_threads(recipe):
    rng = np.random.default_rng(3)
    shapes = [(300, 40), (64, 64), (7,), (0, 3), (2100, 1100), (20, 3, 5, 5)]
    weights = {f"w{number}": rng.standard_normal(shape, np.float32) for number, shape in enumerate(shapes)}
    options = {"relative_mse": 0.01} if recipe == "small" else {}
    data = file_bytes(weights, recipe=recipe, **options)
    with qmodel.open(data, threads=1) as file:
        expected = {name: file[name] for name in file}
    for threads in (1, 2, 3, 7):
        with qmodel.open(data, threads=threads) as file:
            arrays = file.load_all()
        assert all(same_bits(arrays[name], array) for name, array in expected.items())
        assert not any(array.flags.writeable for array in arrays.values())


def test_some_tensors_in_the_order_asked_for():
    with qmodel.open(file_bytes(sample_weights())) as file:
        arrays = file.load_all(["e.scalar", "a.bias", "e.scalar"])
        assert list(arrays) == ["e.scalar", "a.bias"]
        assert file.load_all([]) == {}
        with pytest.raises(KeyError, match="nothing"):
            file.load_all(["a.bias", "nothing", "neither"])


@settings(max_examples=30)
@given(st.sets(st.integers(0, 11), min_size=1), st.integers(1, 5))
def test_the_first_damaged_tensor_is_the_one_reported(broken, threads):
    data = damaged(file_bytes(layers(12), recipe={"*": RAW}), [f"layer{number}" for number in broken])
    with qmodel.open(data, threads=threads) as file:
        first = next(name for name in file if int(name.removeprefix("layer")) in broken)
        with pytest.raises(CorruptError, match=f"'{first}'"):
            file.load_all()


def test_small_tensors_are_decoded_by_several_threads(monkeypatch):
    """Each of two threads waits within a tensor until the other is within another."""
    data = file_bytes(layers(2), recipe={"*": RAW})
    together, seen = threading.Barrier(2, timeout=20), set()
    read_chunk = qmodel.Reader.chunk

    def chunk(self, index):
        together.wait()
        seen.add(threading.get_ident())
        return read_chunk(self, index)

    monkeypatch.setattr(qmodel.Reader, "chunk", chunk)
    with qmodel.open(data, threads=2) as file:
        assert all(np.array_equal(array, layers(2)[name]) for name, array in file.load_all().items())
    assert len(seen) == 2


def test_the_pieces_of_a_large_tensor_are_decoded_by_several_threads(monkeypatch):
    values = np.random.default_rng(0).integers(0, 9, 5 << 20, dtype=np.uint8)
    data = file_bytes({"w": values}, recipe={"*": qmodel.Plain(coding=qmodel.Packed("zstd"))})
    together, seen = threading.Barrier(2, timeout=20), set()
    read_chunk = qmodel.Reader.chunk

    def chunk(self, index):
        if index < 2:
            together.wait()
        seen.add(threading.get_ident())
        return read_chunk(self, index)

    monkeypatch.setattr(qmodel.Reader, "chunk", chunk)
    with qmodel.open(data, threads=2) as file:
        assert np.array_equal(file.load_all()["w"], values)
    assert len(seen) == 2


def test_frames_in_front_of_chunks_count_as_damage():
    data = file_bytes(layers(3), recipe={"*": RAW})
    header = field_header(CHUNK_TAG, 1)[:1]
    with qmodel.open(data) as file:
        offset = file.manifest.chunks[0].offset
    place = data.rindex(header, 0, offset)
    with qmodel.open(data[:place] + b"\0" + data[place + 1 :], threads=2) as file, pytest.raises(CorruptError):
        file.load_all()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_tensors_in_turn_come_in_the_order_of_the_file(threads):
    weights = sample_weights()
    with qmodel.open(file_bytes(weights), threads=threads) as file:
        arrays = list(file.for_each(file.__getitem__))
        assert all(same_bits(array, weights[name]) for name, array in zip(file, arrays, strict=True))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_tensors_in_turn_come_up_to_the_damaged_one(threads):
    data = damaged(file_bytes(layers(12), recipe={"*": RAW}), ["layer3", "layer7"])
    with qmodel.open(data, threads=threads) as file:
        in_turn = file.for_each(file.__getitem__)
        before = list(file).index("layer3")
        assert [array.size for array in islice(in_turn, before)] == [file[name].size for name in list(file)[:before]]
        with pytest.raises(CorruptError, match="'layer3'"):
            next(in_turn)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_verification_finds_the_same_in_the_same_order(threads):
    data = damaged(file_bytes(layers(12), recipe={"*": RAW}), ["layer3", "layer7", "layer10"])
    done = []
    with pytest.raises(qmodel.VerificationError) as caught:
        qmodel.verify(data, threads=threads, progress=lambda *counts: done.append(counts))
    assert [str(finding).split("'")[1] for finding in caught.value.findings] == ["layer10", "layer3", "layer7"]
    assert done == [(number, 12) for number in range(1, 13)]
