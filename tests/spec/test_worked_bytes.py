"""The hex blocks of the specification's pages are what the library writes, and it reads them."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

import qmodel
from qmodel import dtypes
from qmodel.buffers import Chunks, Inline, MemorySource, Packed, load
from qmodel.container import writer
from qmodel.encodings.convert import convert
from qmodel.typed_array import TypedArray
from qmodel.v1 import buffer_pb2, golden_pb2
from qmodel.wire import manifest_from_bytes
from qmodel.wire.buffer import buffer_from_message
from qmodel.wire.golden import golden_from_message
from tests.spec import worked

SPEC = Path(__file__).resolve().parents[2] / "spec"
FENCE = re.compile(r"^```hex name=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(?P<offset>[0-9a-f]{4})  (?P<bytes>[0-9a-f]{2}(?: [0-9a-f]{2})*)(?: ×(?P<times>\d+))?(?:  .*)?")


def block_bytes(text):
    """The bytes of a block: lines of an offset, bytes (a last `×n` repeats the line's bytes) and words."""
    data = b""
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match, f"not a line of a hex block: {line!r}"
        assert int(match["offset"], 16) == len(data), f"wrong offset: {line!r}"
        data += bytes.fromhex(match["bytes"]) * int(match["times"] or 1)
    return data


FOUND = [
    (name, block_bytes(text)) for page in sorted(SPEC.rglob("*.md")) for name, text in FENCE.findall(page.read_text())
]
BLOCKS = dict(FOUND)


@pytest.fixture(autouse=True)
def _constant_producer(monkeypatch):
    monkeypatch.setattr(writer, "PRODUCER", "qmodel-format 0.1.0")


def test_pages_and_tests_name_the_same_blocks():
    assert len(FOUND) == len(BLOCKS)
    assert BLOCKS.keys() == worked.BLOCKS.keys() | worked.DECODED_ONLY.keys()


@pytest.mark.parametrize("name", worked.BLOCKS)
def test_library_writes_the_block(name):
    assert BLOCKS[name].hex(" ") == worked.BLOCKS[name]().hex(" ")


@pytest.mark.parametrize("name", worked.PAYLOADS)
def test_payload_decodes(name):
    coding, type_name, values = worked.PAYLOADS[name]
    decode = coding.decoder(dtypes.parse(type_name), len(values), MemorySource())
    decoded = decode(BLOCKS[name], 0, len(values))
    np.testing.assert_array_equal(decoded, values)


@pytest.mark.parametrize("name", worked.TENSORS)
def test_tensor_decodes(name):
    values, features = worked.TENSORS[name]
    data = worked.file_of_tensor(BLOCKS[name], features)
    with qmodel.open(data) as reader:
        (only,) = reader.values()
    np.testing.assert_array_equal(only, values)
    qmodel.verify(data)


def test_delta_decodes_with_its_base():
    assert hashlib.sha256(BLOCKS["delta-digested"]).digest() == BLOCKS["delta-digest"]
    data = worked.file_of_tensor(BLOCKS["tensor-delta"], ("delta",))
    bases = [{"w": worked.worked_references.BASE}]
    with qmodel.open(data, bases=bases) as reader:
        np.testing.assert_array_equal(reader["w"], worked.worked_references.CHANGED)
    qmodel.verify(data, bases=bases)


@pytest.mark.parametrize("name", worked.FILES)
def test_file_decodes(name):
    qmodel.verify(BLOCKS[name])
    with qmodel.open(BLOCKS[name]) as reader:
        assert list(reader) == list(worked.FILES[name])
        for tensor, values in worked.FILES[name].items():
            np.testing.assert_array_equal(reader[tensor], values)


@pytest.mark.parametrize("name", worked.FLOATS)
def test_floats_decode(name):
    element_type, numbers = dtypes.parse(name), worked.FLOATS[name]
    decoded = TypedArray(element_type, Packed().decode(BLOCKS[name], element_type, len(numbers)))
    assert convert(decoded, dtypes.F64).storage.tolist() == numbers


def test_manifest_decodes():
    manifest = manifest_from_bytes(BLOCKS["manifest-full"])
    assert manifest.metadata == {"licence": "CC0"}
    assert manifest.required_features == ("affine",)
    assert manifest.quality.evaluations[0].metrics == {"accuracy": 0.25, "f1_macro": 0.5}


def test_golden_sample_decodes():
    sample = golden_from_message(golden_pb2.GoldenSample.FromString(BLOCKS["golden-sample"]))
    (given,), (output,) = sample.inputs, sample.outputs
    assert (given.name, given.shape, load(given.values, MemorySource()).tolist()) == ("x", (1, 2), [1, 2])
    assert (output.expected.name, load(output.expected.values, MemorySource()).tolist()) == ("y", [3])
    assert (output.absolute_tolerance, output.relative_tolerance) == (2**-14, 2**-14)


def test_node_decodes():
    assert worked.worked_graph.node_of(BLOCKS["graph-node"]) == worked.worked_graph.NODE


def test_buffers_decode():
    inline = buffer_from_message(buffer_pb2.Buffer.FromString(BLOCKS["buffer-inline"]))
    assert inline.location == Inline(BLOCKS["packed-shuffled"])
    chunks = buffer_from_message(buffer_pb2.Buffer.FromString(BLOCKS["buffer-chunks"]))
    assert (chunks.count, chunks.location) == (20, Chunks((0, 0, 1), 8))


def test_chunk_may_follow_a_gap_of_one():
    assert (123 + len(BLOCKS["gap-of-1"])) % 64 == 0
