from __future__ import annotations

import inspect

import onnx
import pytest

from qmodel.errors import GraphError
from qmodel.runtime.registry import (
    NEWEST_OPSET,
    OLDEST_OPSET,
    Body,
    Floats,
    Ints,
    Operator,
    Strings,
    find_operator,
    operator_names,
)

KINDS = {
    int: "INT", float: "FLOAT", str: "STRING", Ints: "INTS", Floats: "FLOATS", Strings: "STRINGS", Body: "GRAPH"
}  # fmt: skip
# Until opset 13 a second output meant training.
OUTPUTS_NOT_MADE = {("BatchNormalization", 9)}
# Attributes of types the interpreter does not have, or that training alone reads.
ATTRIBUTES_NOT_READ = {
    ("Constant", "sparse_value"),
    ("Constant", "value_string"),
    ("Constant", "value_strings"),
}


def versions() -> list[tuple[str, int]]:
    """Each operator in each opset in which ONNX changed it, within the interpreter's range."""
    found = []
    for name in operator_names():
        since = {
            schema.since_version
            for schema in onnx.defs.get_all_schemas_with_history()
            if schema.name == name and not schema.domain and not schema.deprecated
        }
        found += [(name, max(version, OLDEST_OPSET)) for version in since if version <= NEWEST_OPSET]
    return sorted({(name, onnx.defs.get_schema(name, opset).since_version) for name, opset in found})


def known(name: str, since: int) -> tuple[Operator, onnx.defs.OpSchema]:
    schema = onnx.defs.get_schema(name, since)
    return find_operator(name, max(since, OLDEST_OPSET)), schema


@pytest.mark.parametrize(("name", "since"), versions())
def test_signature_is_that_of_onnx(name: str, since: int) -> None:
    """Inputs, outputs and attributes, with their types and defaults, by ONNX's own schemas."""
    ours, schema = known(name, since)
    variadic = schema.max_input > 1000
    if not variadic and ours.max_inputs is not None:
        assert ours.max_inputs >= schema.max_input
    assert (ours.max_inputs is None) == variadic
    # ONNX made some inputs and attributes optional later; one function serves both.
    assert ours.required_inputs <= schema.min_input
    if (name, since) not in OUTPUTS_NOT_MADE and ours.max_outputs is not None:
        assert ours.max_outputs == schema.max_output
    parameters = inspect.signature(ours.function).parameters
    for attribute_name, attribute in schema.attributes.items():
        if (name, attribute_name) in ATTRIBUTES_NOT_READ:
            continue
        mine = ours.attributes[attribute_name]
        assert KINDS.get(mine.type, "TENSOR") == attribute.type.name
        assert mine.required <= attribute.required
        if attribute.default_value.type:
            default = onnx.helper.get_attribute_value(attribute.default_value)
            default = default.decode() if isinstance(default, bytes) else default
            assert parameters[attribute_name].default == pytest.approx(default) or not isinstance(default, float | int)


def test_range_of_opsets() -> None:
    assert onnx.defs.onnx_opset_version() >= NEWEST_OPSET
    for name in operator_names():
        if onnx.defs.get_schema(name, NEWEST_OPSET).deprecated:
            with pytest.raises(GraphError, match="does not exist in opset"):
                find_operator(name, NEWEST_OPSET)
        else:
            assert find_operator(name, NEWEST_OPSET).name == name


def test_no_opset_has_two_meanings() -> None:
    from qmodel.runtime import registry

    for name, meanings in registry._operators.items():
        for opset in range(1, NEWEST_OPSET + 1):
            assert sum(meaning.covers(opset) for meaning in meanings) <= 1, (name, opset)
