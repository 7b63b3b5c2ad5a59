"""Payloads that several buffers hold inline: one chunk where the file is shorter so, and nowhere else."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmodel
import qmodel.container.writer
from qmodel.buffers import Chunks
from qmodel.container import Writer
from qmodel.encodings import AffineNode
from qmodel.limits import MAX_INLINE_BYTES
from qmodel.typed_array import TypedArray
from qmodel.wire import TensorRecord
from tests.container.files import RAW, file_bytes

TABLE = np.arange(64, dtype=np.uint8)


def written(tensors, *, sharing=True):
    """The bytes of a file with each array stored raw, with or without sharing."""
    target = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch, Writer(target) as writer:
        if not sharing:
            patch.setattr(qmodel.container.writer, "repeated_payloads", lambda _: {})
        for name, array in tensors.items():
            typed = TypedArray.of(array)
            writer.add(TensorRecord(name, typed.shape, typed.element_type, RAW.encode(typed)))
        writer.finish()
    return target.getvalue()


def locations(data):
    with qmodel.open(data) as file:
        return [buffer.location for record in file.tensors.values() for buffer in record.encoding.all_buffers()]


@pytest.mark.parametrize("recipe", ["nf4", "Codebook"])
def test_a_table_that_every_tensor_has_is_stored_once(recipe):
    encoder = qmodel.Codebook(table=tuple(np.linspace(-3, 3, 16).tolist())) if recipe == "Codebook" else recipe
    rng = np.random.default_rng(0)
    weights = {f"layer{number:02}": rng.standard_normal((16, 40), dtype=np.float32) for number in range(30)}
    alone = [len(file_bytes({name: array}, recipe=encoder)) for name, array in weights.items()]
    frame = len(written({}))
    together = file_bytes(weights, recipe=encoder)
    assert len(together) < sum(alone) - len(alone) * (frame + 40)
    qmodel.verify(together)
    with qmodel.open(together) as file:
        (index,) = {place.indices for place in locations(together) if isinstance(place, Chunks)}
        assert len(index) == len(file.manifest.chunks) == 1
        for name, array in weights.items():
            with qmodel.open(file_bytes({name: array}, recipe=encoder)) as single:
                assert np.array_equal(file[name], single[name])


def test_buffers_of_one_tree_share_as_well():
    same = RAW.encode(TypedArray.of(np.linspace(1, 2, 150, dtype=np.float32)))
    target = io.BytesIO()
    with Writer(target) as writer:
        node = AffineNode(same, same, same, (1,))
        writer.add(TensorRecord("w", (150,), TypedArray.of(np.float32(0)).element_type, node))
        writer.finish()
    qmodel.verify(target.getvalue())
    assert set(locations(target.getvalue())) == {Chunks((0,))}


def test_what_is_short_or_rare_stays_inline():
    for tensors in (
        {"a": TABLE[:8], "b": TABLE[:8]},
        {f"t{number:03}": np.zeros(2, np.uint8) for number in range(300)},
        {f"t{number:03}": np.full(200, number, np.uint8) for number in range(20)},
        {"a": np.zeros(0), "b": np.zeros(0)},
        {},
    ):
        assert written(tensors) == written(tensors, sharing=False)


def test_as_soon_as_the_file_is_shorter():
    for count in range(2, 9):
        tensors = {f"t{number}": TABLE for number in range(count)}
        shared, apart = written(tensors), written(tensors, sharing=False)
        assert any(isinstance(place, Chunks) for place in locations(shared)) == (len(shared) < len(apart))
    assert len(shared) < len(apart)


@given(
    st.lists(st.integers(1, 400) | st.integers(1, MAX_INLINE_BYTES + 100), min_size=1, max_size=6),
    st.lists(st.integers(0, 5), max_size=24),
)
def test_never_longer_and_the_same_values(sizes, choices):
    payloads = [np.random.default_rng(number).integers(0, 256, size, np.uint8) for number, size in enumerate(sizes)]
    tensors = {f"t{number:02}": payloads[choice % len(payloads)] for number, choice in enumerate(choices)}
    shared, apart = written(tensors), written(tensors, sharing=False)
    assert len(shared) <= len(apart)
    assert (shared == apart) == (len(shared) == len(apart))
    qmodel.verify(shared)
    with qmodel.open(shared) as file:
        assert all(np.array_equal(file[name], array) for name, array in tensors.items())


def test_the_bytes_do_not_depend_on_the_order_of_tensors():
    rng = np.random.default_rng(0)
    tables = [rng.integers(0, 256, 200, np.uint8) for _ in range(5)]
    tensors = {f"t{number:02}": tables[number * 3 % 5] for number in range(40)}
    assert written(tensors) == written(dict(reversed(tensors.items())))
    weights = {name: rng.standard_normal((8, 40), dtype=np.float32) for name in tensors}
    backwards = dict(reversed(weights.items()))
    assert file_bytes(weights, recipe="nf4") == file_bytes(backwards, recipe="nf4", threads=4)
