"""Files of a later version."""

from collections.abc import Iterable

from qmodel import dtypes
from tools.conformance.draft import Draft
from tools.conformance.stored import plain
from tools.conformance.vector import Vector


def newer_versions() -> Iterable[Vector]:
    """A field that this version does not know, and an order of fields that it does not write."""
    about = "version 1.7 with a field that version 1.0 does not have: read with a warning"
    draft = newer("newer-minor-version", about)
    yield draft.vector(warns=True, manifest=draft.manifest_bytes() + b"\xa2\x06\x03new")
    draft = newer("newer-minor-other-order", "version 1.7 in another form than the canonical one of version 1.0")
    manifest = draft.manifest_bytes()
    yield draft.vector(warns=True, manifest=manifest[4:] + manifest[2:4] + b"\xa3\x06\xa4\x06" + manifest[:2])


def newer(name: str, about: str) -> Draft:
    """A file of version 1.7."""
    draft = Draft(name, about)
    draft.add("w", plain([5], dtypes.unsigned(8)), [5], dtypes.unsigned(8))
    draft.manifest = {"version": (1, 7)}
    return draft
