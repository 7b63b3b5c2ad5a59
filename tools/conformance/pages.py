"""The pages of the specification, cut into the sections that others refer to."""

import re
from collections.abc import Mapping
from pathlib import Path

SPEC = Path(__file__).resolve().parents[2] / "spec"
COVERAGE = "conformance/coverage.md"
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def read_pages() -> dict[str, str]:
    """The text of every page by its path below spec/."""
    return {path.relative_to(SPEC).as_posix(): path.read_text("utf-8") for path in sorted(SPEC.rglob("*.md"))}


def anchor(heading: str) -> str:
    """The anchor of a heading as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def sections(pages: Mapping[str, str]) -> dict[str, str]:
    """What stands between a heading and the next, on one line, without blocks of bytes; by `page#anchor`."""
    found = {}
    for page, text in pages.items():
        parts = _HEADING.split(_FENCE.sub("", text))
        for heading, body in zip(parts[1::2], parts[2::2], strict=True):
            found[f"{page}#{anchor(heading)}"] = " ".join(body.split())
    return found
