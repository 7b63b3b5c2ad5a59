"""Damaged and malicious files: an error of the library, or the right numbers, and never much memory."""

import random
import subprocess
import sys
import textwrap
import warnings
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmodel
from qmodel.buffers.registry import CODINGS
from qmodel.container.layout import SIGNATURE, TRAILER_SIZE
from qmodel.encodings import NODES
from qmodel.errors import (
    CorruptError,
    NonCanonicalError,
    QModelError,
    QModelWarning,
    UnsupportedError,
    VerificationError,
)
from qmodel.v1 import Manifest
from tests.arrays import same_bits
from tests.container.files import RAW, file_bytes, joined, sample_file, sample_weights, split, with_manifest

SAMPLE = sample_file()
with qmodel.open(SAMPLE) as _file:
    VALUES = {name: _file[name] for name in _file}


def read_all(data):
    with qmodel.open(data) as file:
        return {name: file[name] for name in file}


def error_of(data):
    """The one finding of verify, whose kind and message open must share when it fails."""
    with pytest.raises(VerificationError) as caught:
        qmodel.verify(data)
    return caught.value.findings[0]


def test_every_truncation_is_refused():
    for size in range(len(SAMPLE)):
        with pytest.raises(CorruptError):
            qmodel.open(SAMPLE[:size])


def test_every_flipped_byte_is_found_by_verify_and_never_gives_wrong_numbers():
    for position in range(len(SAMPLE)):
        damaged = bytearray(SAMPLE)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(VerificationError):
            qmodel.verify(bytes(damaged))
        try:
            values = read_all(bytes(damaged))
        except QModelError:
            continue
        assert all(same_bits(values[name], VALUES[name]) for name in VALUES)


@settings(max_examples=300)
@given(st.data())
def test_manifests_with_random_damage_raise_the_librarys_errors_only(data):
    before, manifest = split(SAMPLE)
    content = bytearray(manifest.SerializeToString(deterministic=True))
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(content) - 1))
        action = data.draw(st.sampled_from(["flip", "insert", "delete", "set"]))
        if action == "flip":
            content[position] ^= 1 << data.draw(st.integers(0, 7))
        elif action == "insert":
            content[position:position] = data.draw(st.binary(min_size=1, max_size=6))
        elif action == "delete":
            del content[position : position + data.draw(st.integers(1, 6))]
        else:
            content[position] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", QModelWarning)
        with suppress(QModelError):
            read_all(joined(before, bytes(content)))


def test_bytes_behind_the_end_and_before_the_start():
    assert isinstance(error_of(SAMPLE + b"\0"), CorruptError)
    assert isinstance(error_of(b"\0" + SAMPLE), CorruptError)
    assert isinstance(error_of(SAMPLE + SAMPLE), CorruptError)


def test_padding_must_be_zero_and_only_verify_minds():
    weights = {"w": np.ones((64, 128), np.float32)}
    whole = file_bytes(weights, recipe={"*": RAW})
    position = len(SIGNATURE) + 4
    damaged = whole[:position] + b"\x01" + whole[position + 1 :]
    assert same_bits(read_all(damaged)["w"], weights["w"])
    finding = error_of(damaged)
    assert type(finding) is NonCanonicalError
    assert "padding" in str(finding)


def test_unknown_fields_are_refused_unless_the_version_is_newer():
    before, manifest = split(SAMPLE)
    unknown = manifest.SerializeToString(deterministic=True) + b"\xfa\x3e\x01x"
    with pytest.raises(CorruptError, match="fields that its format version does not define"):
        qmodel.open(joined(before, unknown))
    manifest.version_minor = 9
    newer = joined(before, manifest.SerializeToString(deterministic=True) + b"\xfa\x3e\x01x")
    with pytest.warns(QModelWarning, match=r"format version 1\.9"):
        file = qmodel.open(newer)
    assert same_bits(file["a.weight"], VALUES["a.weight"])


def test_unknown_fields_are_corrupt_whatever_else_is_wrong_with_the_form():
    before, manifest = split(SAMPLE)
    first = b"\xfa\x3e\x01x" + manifest.SerializeToString(deterministic=True)
    with pytest.raises(CorruptError, match="fields that its format version does not define"):
        qmodel.open(joined(before, first))


def test_a_second_serialization_of_the_same_manifest_is_refused():
    before, manifest = split(SAMPLE)
    content = manifest.SerializeToString(deterministic=True)
    producer = Manifest(producer=manifest.producer).SerializeToString()
    moved = producer + content.replace(producer, b"", 1)
    assert Manifest.FromString(moved) == manifest
    with pytest.raises(NonCanonicalError, match="not in canonical form"):
        qmodel.open(joined(before, moved))


def test_other_major_versions_and_missing_features_are_unsupported():
    def version_two(manifest):
        manifest.version_major = 2

    def needs_magic(manifest):
        manifest.required_features.extend(["affinity", "holograms"])

    with pytest.raises(UnsupportedError, match="format version 2"):
        qmodel.open(with_manifest(SAMPLE, version_two))
    with pytest.raises(
        UnsupportedError, match="unsupported: features `affinity, holograms` needs a reader that has it"
    ):
        qmodel.open(with_manifest(SAMPLE, needs_magic))


@pytest.mark.parametrize(("registry", "kind"), [(NODES, "affine"), (CODINGS, "packed")])
def test_what_is_not_registered_is_refused_by_name(monkeypatch, registry, kind):
    monkeypatch.delitem(registry, kind)
    with pytest.raises(UnsupportedError, match=f"`{kind}` needs a reader that has it"):
        qmodel.open(SAMPLE)


def alias(manifest, index, name):
    manifest.tensors[index].encoding.alias.tensor = name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.tensors[0].shape.append(2), "has 5 elements, its encoding needs 10"),
        (lambda m: m.tensors[0].ClearField("shape"), "has 5 elements, its encoding needs 1"),
        (lambda m: m.tensors[0].shape.extend([1] * 32), "33 axes"),
        (lambda m: m.tensors[4].shape.extend([2**40, 2**40]), "more than 2.60"),
        (lambda m: setattr(m.tensors[0], "element_type", 4242), "type number 4242 does not exist"),
        (lambda m: setattr(m.tensors[0], "element_type", 208), "bf16 values stored for a tensor of s8"),
        (lambda m: setattr(m.tensors[0], "name", "z"), "out of order"),
        (lambda m: setattr(m.tensors[1], "name", "a.bias"), "appears twice"),
        (lambda m: setattr(m.tensors[0], "name", ""), "tensor name of 0 bytes"),
        (lambda m: setattr(m.tensors[5], "name", "z" * 1025), "tensor name of 1025 bytes"),
        (lambda m: setattr(m.tensors[0].encoding.plain.buffer, "count", 6), "has 6 elements, its encoding needs 5"),
        (lambda m: setattr(m.tensors[0].encoding.plain.buffer, "inline", b"x"), "payload has 1 bytes"),
        (lambda m: m.tensors[0].encoding.plain.buffer.ClearField("packed"), "buffer without a coding"),
        (lambda m: setattr(m.tensors[0].encoding.plain.buffer.packed, "codec", 99), "ByteCodec number 99"),
        (lambda m: m.tensors[0].ClearField("encoding"), "encoding without a node"),
        (lambda m: alias(m, 0, "a.weight"), "alias of tensor 'a.weight' of shape"),
        (lambda m: alias(m, 0, "nothing"), "which the file does not hold"),
        (lambda m: alias(m, 0, "a.bias"), "holds an alias itself"),
        (lambda m: m.tensors[1].encoding.affine.block_shape.append(1), "block shape"),
        (lambda m: setattr(m.chunks[0], "size", 0), "chunk of 0 bytes"),
        (lambda m: setattr(m.chunks[0], "size", (1 << 30) + 1), "chunk of 1073741825 bytes"),
        (lambda m: setattr(m.chunks[0], "offset", 128), "placed at offset 128; its place is 13"),
        (lambda m: m.chunks.add(offset=1 << 40, size=9), "is placed at offset"),
        (lambda m: m.ClearField("chunks"), "refers to chunk|the chunks end at offset"),
        (lambda m: m.metadata.add(key="", value="x"), "metadata name of 0 bytes"),
    ],
)
def test_manifests_that_contradict_themselves(change, message):
    with pytest.raises(CorruptError, match=message):
        qmodel.open(with_manifest(SAMPLE, change))
    with pytest.raises(VerificationError, match=message):
        qmodel.verify(with_manifest(SAMPLE, change))


def test_aliases_cannot_go_in_circles():
    weights = {"a": np.zeros(9, np.float32), "b": np.ones(9, np.float32)}

    def circle(manifest):
        for tensor, other in zip(manifest.tensors, "ba", strict=True):
            tensor.encoding.affine.codes.plain.CopyFrom(tensor.encoding.plain)
            tensor.encoding.affine.scale.alias.tensor = other
            tensor.encoding.affine.block_shape.append(1)

    with pytest.raises(CorruptError, match="holds an alias itself"):
        qmodel.open(with_manifest(file_bytes(weights), circle))


def test_verify_names_chunks_nobody_uses_and_features_nobody_needs():
    data = file_bytes(sample_weights(), recipe={"*": RAW})
    before, manifest = split(data)
    del manifest.tensors[1]
    assert "belongs to no tensor" in str(error_of(joined(before, manifest)))

    def boast(manifest):
        manifest.required_features.append("zstd")

    assert "required features are none; declared: zstd" in str(error_of(with_manifest(data, boast)))


def test_verify_reports_every_damaged_chunk():
    with qmodel.open(SAMPLE) as file:
        offsets = [chunk.offset for chunk in file.manifest.chunks]
    damaged = bytearray(SAMPLE)
    for offset in offsets:
        damaged[offset] ^= 0xFF
    with pytest.raises(VerificationError) as caught:
        qmodel.verify(bytes(damaged))
    assert len(caught.value.findings) == len(offsets)
    assert all("checksum does not match" in str(finding) for finding in caught.value.findings)


def test_a_damaged_frame_is_found_when_the_chunk_is_read():
    with qmodel.open(SAMPLE) as file:
        position = file.manifest.chunks[0].offset - 1
    damaged = SAMPLE[:position] + bytes([SAMPLE[position] ^ 1]) + SAMPLE[position + 1 :]
    with pytest.raises(CorruptError, match="its frame is damaged"):
        read_all(damaged)


def test_a_bomb_is_refused_before_it_grows():
    """A manifest that announces 8 GiB from a few bytes must not make the process large."""
    bomb = with_manifest(
        file_bytes({"w": np.zeros(4096)}),
        lambda manifest: (
            manifest.tensors[0].shape.__setitem__(0, 1 << 30),
            setattr(manifest.tensors[0].encoding.plain.buffer, "count", 1 << 30),
        ),
    )
    script = textwrap.dedent(
        """
        import sys
        import qmodel
        data = sys.stdin.buffer.read()
        try:
            with qmodel.open(data) as file:
                file["w"]
        except qmodel.QModelError as error:
            print(type(error).__name__)
        print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
        """
    )
    finished = subprocess.run([sys.executable, "-c", script], input=bomb, capture_output=True, check=True)
    kind, peak_kib = finished.stdout.decode().split()
    assert kind == "CorruptError"
    assert int(peak_kib) < 400_000


def test_random_bytes_between_a_right_start_and_a_right_end():
    rng = random.Random(0)
    for _ in range(200):
        middle = rng.randbytes(rng.randrange(200))
        with pytest.raises(QModelError):
            qmodel.open(SIGNATURE + middle + SAMPLE[-TRAILER_SIZE:])
