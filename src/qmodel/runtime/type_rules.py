"""Which element types ONNX allows for each operator: read from type_rules.json, which is made from ONNX's definitions.

`tools/generate_type_rules.py` makes the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class TypeRule:
    """One definition of an operator.

    Attributes:
        since: first opset version.
        inputs: the type symbol of each input; equal symbols are equal types. None: no rule.
        outputs: likewise.
        variadic: whether the last input may be repeated.
        types: names of the element types that a symbol may stand for.
    """

    since: int
    inputs: tuple[str | None, ...]
    outputs: tuple[str | None, ...]
    variadic: bool
    types: Mapping[str, tuple[str, ...]]

    def input_symbol(self, position: int) -> str | None:
        """The symbol of an input."""
        if position < len(self.inputs):
            return self.inputs[position]
        return self.inputs[-1] if self.variadic and self.inputs else None

    def output_symbol(self, position: int) -> str | None:
        """The symbol of an output; None for those of a variadic one beyond the first."""
        return self.outputs[position] if position < len(self.outputs) else None


@cache
def type_rule(name: str, opset: int, /) -> TypeRule | None:
    """The rule of an operator in an opset version; None if there is none."""
    found = [rule for rule in _all_rules()["operators"].get(name, []) if rule["since"] <= opset]
    if not found:
        return None
    rule = found[-1]
    sets = _all_rules()["types"]
    return TypeRule(
        since=rule["since"],
        inputs=tuple(rule["inputs"]),
        outputs=tuple(rule["outputs"]),
        variadic=rule["variadic"],
        types={symbol: tuple(sets[index]) for symbol, index in rule["types"].items()},
    )


@cache
def _all_rules() -> dict[str, Any]:
    text = files("qmodel.runtime").joinpath("type_rules.json").read_text(encoding="utf-8")
    rules: dict[str, Any] = json.loads(text)
    return rules
