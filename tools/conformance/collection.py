"""The content of spec/conformance/: all vectors, their expected values, the index."""

import json
from pathlib import Path
from typing import Any

from tools.conformance.coverage import section_of
from tools.conformance.invalid import invalid_vectors
from tools.conformance.valid import valid_vectors
from tools.conformance.vector import Vector

TARGET = Path(__file__).resolve().parents[2] / "spec" / "conformance"


def vectors() -> list[tuple[str, Vector]]:
    """All vectors with their folders."""
    found = [("valid", vector) for vector in valid_vectors()] + [("invalid", vector) for vector in invalid_vectors()]
    if len({(folder, vector.name) for folder, vector in found}) != len(found):
        raise ValueError("two vectors have the same name")
    return found


def files() -> dict[str, bytes]:
    """The content of every file of the set, by its path below the target."""
    made: dict[str, bytes] = {}
    index: dict[str, list[dict[str, Any]]] = {"valid": [], "invalid": []}
    for folder, vector in vectors():
        path = f"{folder}/{vector.name}"
        made[f"{path}.qmodel"] = vector.data
        if vector.expected is not None:
            made[f"{path}.json"] = as_json(vector.expected)
        section = {"section": section_of(vector.name)} if folder == "invalid" else {}
        index[folder].append({"file": f"{path}.qmodel", **vector.entry, **section})
    made["index.json"] = as_json(index)
    return made


def as_json(value: object) -> bytes:
    """The one way these files spell JSON."""
    return (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode()


def differences(target: Path = TARGET) -> list[str]:
    """Name every file that is missing, left over or different from what would be written."""
    made = files()
    present = {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}
    for page in ("README.md", "coverage.md"):
        present.pop(page, None)
    return sorted(path for path in made.keys() | present.keys() if made.get(path) != present.get(path))
