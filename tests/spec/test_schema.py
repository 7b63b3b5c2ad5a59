"""Every message, field and number of the schema has its place in the pages; oneofs, registries and vectors agree."""

import re
from importlib import import_module

import pytest
from google.protobuf.message import DecodeError

from qmodel.buffers import CODINGS
from qmodel.encodings import NODES
from qmodel.v1 import buffer_pb2, encoding_pb2
from tests.spec.vectors import INDEX, content
from tools.conformance.pages import read_pages, sections

PAGES = read_pages()
SECTIONS = sections(PAGES)
SCHEMA = "schema.md"
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)\.proto` \| \[.+?\]\((\S+)\) \|$", re.MULTILINE)
FILES = ("buffer", "encoding", "file", "golden", "graph", "manifest", "quality", "types")
DESCRIPTORS = [import_module(f"qmodel.v1.{name}_pb2").DESCRIPTOR for name in FILES]
MESSAGES = [message for file in DESCRIPTORS for message in file.message_types_by_name.values()]
ENUMS = [enum for file in DESCRIPTORS for enum in file.enum_types_by_name.values()]
NODE_NAMES = [field.name for field in encoding_pb2.Encoding.DESCRIPTOR.oneofs_by_name["node"].fields]
CODING_NAMES = [field.name for field in buffer_pb2.Buffer.DESCRIPTOR.oneofs_by_name["coding"].fields]
FEATURES = {name.lower() for enum in ENUMS if enum.name in ("Filter", "ByteCodec") for name in enum.values_by_name}


def rows(text=PAGES[SCHEMA]):
    return {name: (file, section) for name, file, section in ROW.findall(text)}


def unexplained(descriptor, text):
    """Fields that a section does not name as code, alone or behind the name of their message."""
    return [field.name for field in descriptor.fields if not re.search(rf"`(\w+\.)?{field.name}`", text)]


def unexplained_numbers(enum, text):
    """Values of an enum, but 0, whose names a section lacks, in full or without the prefix."""
    prefix = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).upper() + "_"
    short = {value.name: value.name.removeprefix(prefix) for value in enum.values if value.number}
    return [name for name, end in short.items() if not re.search(rf"`({name}|{end.lower()})`|\*\*{end}\*\*", text)]


def without_ranges(text):
    """`u1` … `u32` written out."""
    return re.sub(
        r"`([us])(\d+)` … `[us](\d+)`",
        lambda match: ", ".join(f"`{match[1]}{bits}`" for bits in range(int(match[2]), int(match[3]) + 1)),
        text,
    )


def test_every_message_and_enum_has_a_row():
    named = {each.name: each.file.name for each in (*MESSAGES, *ENUMS)}
    assert {name: f"qmodel/v1/{file}.proto" for name, (file, _) in rows().items()} == named


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_every_field_is_in_its_section(message):
    assert not message.nested_types
    assert unexplained(message, SECTIONS[rows()[message.name][1]]) == []


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.name)
def test_every_number_is_in_its_section(enum):
    assert unexplained_numbers(enum, without_ranges(SECTIONS[rows()[enum.name][1]])) == []


def test_a_field_that_no_page_names_is_found():
    rans = buffer_pb2.Rans.DESCRIPTOR
    text = SECTIONS["buffers/rans.md#coding-rans"].replace("`total_bits`", "bits in total")
    assert unexplained(rans, text) == ["total_bits"]
    codecs = SECTIONS["buffers/packed.md#byte-codecs"].replace("`BYTE_CODEC_LZO`", "LZO")
    assert unexplained_numbers(buffer_pb2.ByteCodec.DESCRIPTOR, codecs) == ["BYTE_CODEC_LZO"]


def test_oneofs_are_the_registries():
    assert sorted(NODE_NAMES) == sorted(NODES)
    assert sorted(CODING_NAMES) == sorted(CODINGS)


def test_nodes_and_codings_are_the_pages():
    pages = {page for page in PAGES if page.startswith("encodings/")} - {"encodings/README.md"}
    assert pages == {f"encodings/{name.replace('_', '-')}.md" for name in NODE_NAMES}
    pages = {page for page in PAGES if page.startswith("buffers/")} - {"buffers/README.md", "buffers/lzo.md"}
    assert pages == {f"buffers/{name}.md" for name in CODING_NAMES}


def test_tables_of_nodes_and_codings_are_whole():
    assert sorted(re.findall(r"\| `(\w+)` \|", PAGES["encodings/README.md"].split("## ")[0])) == sorted(NODE_NAMES)
    for name in CODING_NAMES:
        assert f"[{name}.md]({name}.md)" in PAGES["buffers/README.md"]


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith(("encodings/", "buffers/"))])
def test_page_has_worked_bytes_and_a_rationale(page):
    assert "## Rationale" in PAGES[page]
    assert "```hex name=" in PAGES[page]


def test_every_feature_has_valid_and_invalid_files():
    known = {*NODE_NAMES, *CODING_NAMES} - {"plain", "packed"}
    known |= {re.sub("^(filter|byte_codec)_", "", name) for name in FEATURES} - {"unspecified"}
    for side in ("valid", "invalid"):
        used = {feature for entry in INDEX[side] for feature in features_of(content(entry))}
        assert known <= used, side


def features_of(data):
    """The required features of a file whose trailer is whole; others have none."""
    manifest = import_module("qmodel.v1.manifest_pb2").Manifest()
    offset, size = int.from_bytes(data[-23:-15], "little"), int.from_bytes(data[-14:-10], "little")
    try:
        manifest.ParseFromString(data[offset : offset + size])
    except DecodeError:
        return ()
    return tuple(manifest.required_features)
