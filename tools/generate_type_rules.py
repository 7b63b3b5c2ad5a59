"""Write src/qmodel/runtime/type_rules.json from ONNX's own operator definitions.

python tools/generate_type_rules.py            write it
python tools/generate_type_rules.py --check    compare, and fail when it is not up to date
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import onnx

from qmodel.runtime.registry import NEWEST_OPSET, OLDEST_OPSET

RULES = Path(__file__).resolve().parent.parent / "src" / "qmodel" / "runtime" / "type_rules.json"

NAMES = {
    "float": "f32",
    "double": "f64",
    "float16": "f16",
    "bfloat16": "bf16",
    "float8e4m3fn": "f8e4m3",
    "float8e5m2": "f8e5m2",
    "float8e4m3fnuz": "f8e4m3fnuz",
    "float8e5m2fnuz": "f8e5m2fnuz",
    "float8e8m0": "e8m0",
    "float6e2m3": "f6e2m3",
    "float6e3m2": "f6e3m2",
    "float4e2m1": "f4e2m1",
    "bool": "bool",
    **{f"uint{bits}": f"u{bits}" for bits in (2, 4, 8, 16, 32, 64)},
    **{f"int{bits}": f"s{bits}" for bits in (2, 4, 8, 16, 32, 64)},
}


def rules_text() -> str:
    """The text of type_rules.json: one line for each set of types and for each operator."""
    sets: dict[tuple[str, ...], int] = {}
    operators = {name: [_rule(schema, sets) for schema in schemas] for name, schemas in _schemas().items()}
    lines = [
        "{",
        f' "onnx": {json.dumps(onnx.__version__)},',
        ' "types": [',
        ",\n".join(f"  {json.dumps(names)}" for names in sets),
        " ],",
        ' "operators": {',
        ",\n".join(f"  {json.dumps(name)}: {json.dumps(rules)}" for name, rules in operators.items()),
        " }",
        "}",
        "",
    ]
    return "\n".join(lines)


def _schemas() -> dict[str, list[Any]]:
    """By name, those that hold in an opset version that the interpreter knows, from old to new."""
    by_name: dict[str, dict[int, Any]] = defaultdict(dict)
    for schema in onnx.defs.get_all_schemas_with_history():
        if not schema.domain and not schema.deprecated and schema.since_version <= NEWEST_OPSET:
            by_name[schema.name][schema.since_version] = schema
    found = {}
    for name, versions in sorted(by_name.items()):
        oldest = max((since for since in versions if since <= OLDEST_OPSET), default=OLDEST_OPSET)
        found[name] = [versions[since] for since in sorted(versions) if since >= oldest]
    return found


def _rule(schema: Any, sets: dict[tuple[str, ...], int]) -> dict[str, Any]:
    allowed = {one.type_param_str: one.allowed_type_strs for one in schema.type_constraints}
    parameters = [*schema.inputs, *schema.outputs]
    symbols = sorted({parameter.type_str for parameter in parameters})
    names = {symbol: _element_types(allowed.get(symbol, [symbol])) for symbol in symbols}
    return {
        "since": schema.since_version,
        "inputs": _symbols(schema.inputs),
        "outputs": _symbols(schema.outputs),
        "variadic": schema.max_input > len(schema.inputs),
        "types": {symbol: sets.setdefault(types, len(sets)) for symbol, types in names.items()},
    }


def _symbols(parameters: Iterable[Any]) -> list[str | None]:
    """One for each parameter; None where each value of a variadic one has a type of its own."""
    return [parameter.type_str if parameter.is_homogeneous else None for parameter in parameters]


def _element_types(types: Iterable[str]) -> tuple[str, ...]:
    stripped = (one.removeprefix("tensor(").removesuffix(")") for one in types if one.startswith("tensor("))
    return tuple(sorted(NAMES[one] for one in stripped if one in NAMES))


def main(arguments: list[str]) -> int:
    """Write or check the rules; the exit code is 1 when they are not up to date."""
    text = rules_text()
    if arguments == ["--check"]:
        if RULES.read_text(encoding="utf-8") == text:
            return 0
        print(f"{RULES} is not up to date: run tools/generate_type_rules.py", file=sys.stderr)
        return 1
    RULES.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
