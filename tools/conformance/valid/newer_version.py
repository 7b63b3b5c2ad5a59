"""A file of a later version."""

from qmodel import dtypes
from tools.conformance.draft import Draft
from tools.conformance.stored import plain
from tools.conformance.vector import Vector


def newer_minor_version() -> Vector:
    """A field in the manifest that this version does not know."""
    draft = Draft("newer-minor-version", "version 1.7 with a field that version 1.0 does not have: read with a warning")
    draft.add("w", plain([5], dtypes.unsigned(8)), [5], dtypes.unsigned(8))
    draft.manifest = {"version": (1, 7)}
    return draft.vector(warns=True, manifest=draft.manifest_bytes() + b"\xa2\x06\x03new")
