"""docs/read/python.md: its blocks run, read what they claim to read, and refuse what they claim to refuse."""

import re
from pathlib import Path

import numpy as np
import pytest
from google.protobuf.message import DecodeError

import qmodel
from qmodel.v1 import manifest_pb2
from tests.spec.vectors import INDEX, content, expected, label, same_values

PAGE = (Path(__file__).parents[2] / "docs" / "read" / "python.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
KNOWN = {"affine"}
LEFT_OUT = {"chunk-unaligned", "chunk-offset-moved", "chunk-offset-overlaps", "chunk-frame-overlong"}
"""Rules about places, which a parser of the whole has no use for; other spellings of sizes, which it reads."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """What the blocks of the page define, run one after another in an empty folder."""
    folder, names = tmp_path_factory.mktemp("page"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            exec(compile(block, "docs/read/python.md", "exec"), names)
            names.setdefault("read", []).append(names.get("tensors"))
        names["loaded"] = qmodel.load("model.qmodel").weights
    return names


def features(entry):
    data = content(entry)
    offset, size = int.from_bytes(data[-23:-15], "little"), int.from_bytes(data[-14:-10], "little")
    return set(manifest_pb2.Manifest.FromString(data[offset : offset + size]).required_features)


def read(page, data):
    """All tensors of a file, by the last block of the page."""
    manifest, chunks = page["opened"](data)
    return {
        tensor.name: page["array"](tensor.encoding, tuple(tensor.shape), chunks).astype(
            page["TYPES"][tensor.element_type]
        )
        for tensor in manifest.tensors
    }


def read_or_nothing(page, data):
    """The tensors; None where the reader says that it does not know what the file holds."""
    try:
        return read(page, data)
    except ValueError as error:
        if "unsupported" in str(error):
            return None
        raise


def test_both_ways_of_the_page_read_what_the_library_reads(page):
    _, by_hand, checked = page["read"]
    for tensors in (by_hand, checked):
        assert tensors.keys() == page["loaded"].keys()
        for name, values in page["loaded"].items():
            np.testing.assert_array_equal(tensors[name], values)
            assert tensors[name].dtype == values.dtype


def test_the_reader_is_as_short_as_the_page_says(page):
    reader = BLOCKS[1].split("def array")[1].split("\n\n\n")[0]
    assert len([line for line in reader.splitlines() if line.strip()]) <= 20


def test_tensors_of_valid_files_are_read_or_refused(page):
    """Every file without other features: its tensors are right, or something in it is said to be beyond the reader."""
    right = 0
    for entry in INDEX["valid"]:
        if not features(entry) <= KNOWN:
            continue
        if (tensors := read_or_nothing(page, content(entry))) is None:
            continue
        for name, wanted in expected(entry)["tensors"].items():
            found = tensors[name].astype(tensors[name].dtype.newbyteorder("<")).tobytes().hex()
            assert same_values(wanted, found), (label(entry), name)
            right += 1
    assert right > 50


@pytest.mark.parametrize("entry", [entry for entry in INDEX["valid"] if not features(entry) <= KNOWN], ids=label)
def test_files_beyond_the_reader_are_refused(page, entry):
    with pytest.raises(ValueError, match="unsupported"):
        page["opened"](content(entry))


def of_the_container(entry):
    return entry["section"].startswith("container.md") and entry["at"] != "verify" and label(entry) not in LEFT_OUT


@pytest.mark.parametrize("entry", [entry for entry in INDEX["invalid"] if of_the_container(entry)], ids=label)
def test_invalid_files_are_refused(page, entry):
    with pytest.raises((ValueError, DecodeError)):
        read(page, content(entry))


def test_no_invalid_file_does_harm(page):
    for entry in INDEX["invalid"]:
        try:
            read(page, content(entry))
        except (ValueError, DecodeError, IndexError, KeyError, OverflowError, TypeError):
            continue
