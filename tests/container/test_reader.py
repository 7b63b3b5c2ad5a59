import io
import os
import subprocess
import sys
import threading

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

import qmodel
from qmodel.container.layout import TRAILER_SIZE, unpack_trailer
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.v1 import File
from tests.arrays import any_array, same_bits
from tests.container.files import RAW, file_bytes, sample_file, sample_weights

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=60)
@given(st.dictionaries(names, any_array(), min_size=1, max_size=6), st.sampled_from(["lossless", {"*": RAW}]))
def test_lossless_files_give_every_bit_back(weights, recipe):
    data = file_bytes(weights, recipe=recipe)
    qmodel.verify(data)
    with qmodel.open(data) as file:
        assert list(file) == sorted(weights, key=str.encode)
        assert all(same_bits(file[name], array) for name, array in weights.items())


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "memoryview", "file", "BytesIO"])
def test_every_kind_of_source(tmp_path, kind):
    path = tmp_path / "a.qmodel"
    path.write_bytes(sample_file())
    with path.open("rb") as opened:
        source = {
            "path": path,
            "str": os.fspath(path),
            "bytes": path.read_bytes(),
            "memoryview": memoryview(path.read_bytes()),
            "file": opened,
            "BytesIO": io.BytesIO(path.read_bytes()),
        }[kind]
        with qmodel.open(source) as file:
            assert np.array_equal(file["b.weight"], sample_weights()["b.weight"])
            assert file.metadata == {"author": "someone"}
            assert file.size == path.stat().st_size
        assert not opened.closed


def test_generated_stubs_parse_the_whole_and_agree_with_the_trailer():
    data = sample_file()
    message = File.FromString(data)
    assert message.signature == b"QMDL\r\n\x1a\n"
    offset, size, _ = unpack_trailer(data[-TRAILER_SIZE:])
    assert message.manifest.SerializeToString(deterministic=True) == data[offset : offset + size]
    assert message.trailer.manifest_offset == offset
    for chunk, entry in zip(message.chunk, message.manifest.chunks, strict=True):
        assert chunk == data[entry.offset : entry.offset + entry.size]
    assert set(b"".join(message.padding)) <= {0}


def test_protoc_decodes_the_file(tmp_path):
    schema = os.path.join(os.path.dirname(__file__), "..", "..", "proto")
    command = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        "-I",
        schema,
        "--decode=qmodel.v1.File",
        "qmodel/v1/file.proto",
    ]
    decoded = subprocess.run(command, input=sample_file(), capture_output=True, check=True).stdout.decode()
    assert 'name: "a.weight"' in decoded
    assert decoded.count("\nchunk: ") == 3
    with qmodel.open(sample_file()) as file:
        assert all(f"offset: {chunk.offset}" in decoded for chunk in file.manifest.chunks)


def test_raw_arrays_are_views_of_the_mapped_file(tmp_path):
    qmodel.save({"w": np.arange(10_000.0)}, tmp_path / "a.qmodel", recipe={"*": RAW})
    with qmodel.open(tmp_path / "a.qmodel") as file:
        view = file["w"]
        assert np.shares_memory(view, file["w"])
    assert view.sum() == np.arange(10_000.0).sum()  # the view outlives the file
    with pytest.raises(InvalidInputError, match="the file is closed"):
        file["w"]


def test_arrays_are_read_only_whatever_their_encoding():
    with qmodel.open(sample_file()) as file:
        for name in file:
            with pytest.raises(ValueError, match="read-only"):
                file[name][...] = 0


def test_mapping_behaviour():
    with qmodel.open(sample_file()) as file:
        assert len(file) == 6
        assert "a.bias" in file
        assert "nothing" not in file
        assert file.get("nothing") is None
        with pytest.raises(KeyError):
            file["nothing"]
        assert file.tensors["a.weight"].shape == (40, 30)
        assert "6 tensors" in repr(file)


def test_many_threads_read_the_same(tmp_path):
    weights = {str(n): np.random.default_rng(n).standard_normal((300, 100), dtype=np.float32) for n in range(8)}
    data = file_bytes(weights)
    (tmp_path / "a.qmodel").write_bytes(data)
    for source in (tmp_path / "a.qmodel", io.BytesIO(data)):
        wrong = []
        with qmodel.open(source) as file:

            def read(name, file=file, wrong=wrong):
                wrong.extend(name for _ in range(10) if not np.array_equal(file[name], weights[name]))

            threads = [threading.Thread(target=read, args=(name,)) for name in weights for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert wrong == []


def test_bfloat16_tensors_keep_their_type():
    array = np.arange(300).astype(ml_dtypes.bfloat16)
    with qmodel.open(file_bytes({"w": array})) as file:
        assert same_bits(file["w"], array)


def test_a_file_saved_again_is_the_same():
    data = sample_file()
    with qmodel.open(data) as file:
        again = file_bytes(qmodel.Model(file, None, file.metadata))
        with qmodel.open(again) as second:
            assert all(same_bits(file[name], second[name]) for name in file)


def test_saving_over_the_file_that_is_read(tmp_path):
    path = tmp_path / "a.qmodel"
    qmodel.save(sample_weights(), path)
    qmodel.save(qmodel.load(path), path, recipe={"a.weight": "int8"})
    with qmodel.open(path) as file:
        assert file.tensors["a.weight"].encoding.kind == "affine"
        assert np.array_equal(file["b.weight"], sample_weights()["b.weight"])


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_tensors": 5}, "6 tensors, limit 5"),
        ({"max_chunks": 2}, "3 chunks, limit 2"),
        ({"max_manifest_bytes": 100}, "limit 100"),
        ({"max_tensor_bytes": 4000}, "tensor 'a.weight'.*limit 4000|limit 4000"),
    ],
)
def test_limits_are_kept(limits, message):
    with pytest.raises(LimitError, match=message):
        qmodel.open(sample_file(), limits=qmodel.Limits(**limits))


def test_what_is_no_source():
    with pytest.raises(InvalidInputError, match="give a path, bytes or a seekable binary file"):
        qmodel.open(3)
    with pytest.raises(FileNotFoundError):
        qmodel.open("no/such/file.qmodel")


@pytest.mark.parametrize("data", [b"", b"QMDL", b"\x0a\x08QMDL\r\n\x1a\n", bytes(500), b"PK\x03\x04" + bytes(500)])
def test_what_is_no_file(tmp_path, data):
    with pytest.raises(CorruptError):
        qmodel.open(data)
    (tmp_path / "a.qmodel").write_bytes(data)
    with pytest.raises(CorruptError):
        qmodel.open(tmp_path / "a.qmodel")


class FileMachine(RuleBasedStateMachine):
    """Whatever is put in, saved, opened and saved again, what comes out is what went in."""

    stored = Bundle("stored")

    @initialize()
    def start(self):
        self.weights = {"first": np.zeros(3, np.float32)}

    @rule(name=names, array=any_array())
    def put(self, name, array):
        self.weights[name] = array

    @rule(name=names, source=st.randoms(use_true_random=False))
    def tie(self, name, source):
        self.weights[name] = self.weights[source.choice(sorted(self.weights))]

    @rule(target=stored, recipe=st.sampled_from(["lossless", {"*": RAW}]))
    def save(self, recipe):
        return dict(self.weights), file_bytes(self.weights, recipe=recipe)

    @rule(file=stored)
    def open_and_compare(self, file):
        weights, data = file
        with qmodel.open(data) as opened:
            assert set(opened) == set(weights)
            assert all(same_bits(opened[name], array) for name, array in weights.items())

    @rule(target=stored, file=stored)
    def save_again(self, file):
        weights, data = file
        with qmodel.open(data) as opened:
            return weights, file_bytes(opened)


TestFileMachine = FileMachine.TestCase
TestFileMachine.settings = settings(max_examples=20, stateful_step_count=12)
