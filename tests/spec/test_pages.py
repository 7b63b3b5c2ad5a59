"""The pages hang together: links lead somewhere, and every part of the schema has its page and its vectors."""

import re
from pathlib import Path

import pytest

from qmodel.encodings import NODES
from qmodel.v1 import buffer_pb2, encoding_pb2
from qmodel.wire import IMPLEMENTED_FEATURES
from tests.spec.vectors import INDEX, label

SPEC = Path(__file__).resolve().parents[2] / "spec"
PAGES = sorted(SPEC.rglob("*.md"))
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
INVALID = {label(entry) for entry in INDEX["invalid"]}


def anchors(page):
    """The anchors of a page's headings as GitHub makes them."""
    words = (re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in HEADING.findall(page.read_text()))
    return {heading.replace(" ", "-") for heading in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SPEC).as_posix())
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SPEC).as_posix())
def test_lines_have_at_most_120_columns(page):
    assert [line for line in page.read_text().splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SPEC).as_posix())
def test_rules_are_said_in_the_words_that_are_looked_for(page):
    assert re.findall(r"\b(?:SHALL|REQUIRED|RECOMMENDED|OPTIONAL|MUSTN'T|CANNOT)\b", page.read_text()) == []


def test_every_page_is_in_the_index():
    linked = set(LINK.findall((SPEC / "README.md").read_text()))
    assert {page.relative_to(SPEC).as_posix() for page in PAGES} - {"README.md"} <= {
        link.split("#")[0] for link in linked
    }


@pytest.mark.parametrize("node", [field.name for field in encoding_pb2.Encoding.DESCRIPTOR.oneofs[0].fields])
def test_node_has_a_page_or_is_reserved(node):
    reserved = f"reserved-encoding-{node.replace('_', '-')}"
    if node in NODES:
        assert (SPEC / "encodings" / f"{node.replace('_', '-')}.md").exists()
        assert reserved not in INVALID
    else:
        assert reserved in INVALID


def names_of(enum, prefix):
    return {value.name.removeprefix(prefix).lower() for value in enum.values if value.number}


def test_codings_filters_and_codecs_are_implemented_or_reserved():
    codings = {field.name for field in buffer_pb2.Buffer.DESCRIPTOR.oneofs_by_name["coding"].fields} - {"packed"}
    filters = names_of(buffer_pb2.Filter.DESCRIPTOR, "FILTER_")
    codecs = names_of(buffer_pb2.ByteCodec.DESCRIPTOR, "BYTE_CODEC_")
    for what, names in (("coding", codings), ("filter", filters), ("codec", codecs)):
        reserved = {name for name in names if f"reserved-{what}-{name.replace('_', '-')}" in INVALID}
        assert reserved == names - IMPLEMENTED_FEATURES
