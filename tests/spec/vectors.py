"""The conformance vectors as the tests read them."""

import json
from pathlib import Path

import numpy as np

CONFORMANCE = Path(__file__).resolve().parents[2] / "spec" / "conformance"
INDEX = json.loads((CONFORMANCE / "index.json").read_text())
NAN_FIRST_BITS = {"f64": (np.uint64, 0x7FF0 << 48), "f32": (np.uint32, 0x7F80 << 16), "f16": (np.uint16, 0x7C00)}
NAN_FIRST_BITS |= {"bf16": (np.uint16, 0x7F80)}


def label(entry):
    return Path(entry["file"]).stem


def content(entry):
    return (CONFORMANCE / entry["file"]).read_bytes()


def bases(entry):
    """The files in which the deltas of a file find their bases."""
    return [(CONFORMANCE / path).read_bytes() for path in entry.get("bases", ())]


def expected(entry):
    return json.loads((CONFORMANCE / entry["file"]).with_suffix(".json").read_text())


def same_values(wanted, found_hex):
    """Whether bytes are equal; where the specification leaves the bits of NaNs open, any NaN equals any other."""
    if wanted["values"] == found_hex or wanted.get("nan") != "any":
        return wanted["values"] == found_hex
    unsigned, infinity = NAN_FIRST_BITS[wanted["element_type"]]
    one, other = (np.frombuffer(bytes.fromhex(digits), unsigned) for digits in (wanted["values"], found_hex))
    magnitude = unsigned(infinity << 1 & np.iinfo(unsigned).max)
    both_nan = ((one << unsigned(1)) > magnitude) & ((other << unsigned(1)) > magnitude)
    return one.shape == other.shape and bool(((one == other) | both_nan).all())
