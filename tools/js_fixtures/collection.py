"""Where the fixtures are, and which of them differ from what they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tools.js_fixtures.operator_cases import operator_cases

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ROOT / "readers/js/tests/runtime/networks"
OPERATORS = ROOT / "readers/js/tests/runtime/operators.json"
SAMPLE = ROOT / "viewer/public/digits.qmodel"

# Sums in another order, and functions of another library, differ in the last bits of a float.
TOLERANCE = 1e-5


def write_operators() -> None:
    """Run all cases and write them."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in operator_cases())
    OPERATORS.write_text(f"[\n{lines}\n]\n")


def stale_cases() -> list[str]:
    """Titles of cases that are missing, left over, or differ in more than the last bits of an output."""
    wanted = {case["name"]: case for case in operator_cases()}
    present = {case["name"]: case for case in json.loads(OPERATORS.read_text())}
    names = wanted.keys() | present.keys()
    return sorted(name for name in names if not _agree(wanted.get(name), present.get(name)))


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_agree(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=TOLERANCE, atol=TOLERANCE))
    return bool(one == other)
