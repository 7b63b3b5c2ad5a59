"""Functions replaced by their nodes: the model's own, and ONNX's for operators that the interpreter lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from qmodel.adapters.onnx.domains import DEFAULT_DOMAINS
from qmodel.adapters.onnx.scopes import label_of
from qmodel.adapters.onnx.source import onnx_package
from qmodel.errors import InvalidInputError, LimitError, UnsupportedError
from qmodel.runtime.registry import operator_names

# A function may call others twice, and they others: its size doubles with each.
_MOST_NODES = 1_000_000


def without_functions(model: Any, /) -> Any:
    """The model with the calls of its own functions replaced by their nodes.

    Raises:
        InvalidInputError: a function calls itself, or has the name of another.
        LimitError: there would be more than a million nodes.
        UnsupportedError: onnx cannot do it, as with functions of another opset version.
    """
    if not model.functions:
        return model
    _check_size(model)
    from onnx.inliner import inline_local_functions

    try:
        return inline_local_functions(model, convert_version=True)
    except Exception as error:  # what onnx's compiled code raises differs between its versions
        names = sorted(f"{function.domain}.{function.name}" for function in model.functions)
        raise UnsupportedError(
            f"onnx.inliner cannot replace the model's functions {', '.join(names)}: {error}"
        ) from error


def with_known_operators(model: Any, opset: int, /) -> Any:
    """The model with operators that the interpreter lacks, and ONNX defines as functions, replaced by their nodes."""
    tried: set[str] = set()
    while name := next(iter(_expandable(model.graph.node, opset) - tried), None):
        tried.add(name)
        model = _expanded(model, name, opset)
    return model


def all_nodes(nodes: Iterable[Any], /) -> Iterator[Any]:
    """The nodes, each followed by those of its bodies."""
    kinds = onnx_package().AttributeProto
    for node in nodes:
        yield node
        for attribute in node.attribute:
            if attribute.type == kinds.GRAPH:
                yield from all_nodes(attribute.g.node)


def _expandable(nodes: Iterable[Any], opset: int) -> set[str]:
    """Names of operators that the interpreter lacks and that are functions."""
    used = {node.op_type for node in all_nodes(nodes) if node.domain in DEFAULT_DOMAINS}
    return {name for name in used.difference(operator_names()) if _is_function(name, opset)}


def _is_function(name: str, opset: int) -> bool:
    definitions = onnx_package().defs
    if not definitions.has(name, opset, ""):
        return False
    schema = definitions.get_schema(name, opset, "")
    return bool(schema.has_function or schema.has_context_dependent_function)


def _expanded(model: Any, name: str, opset: int) -> Any:
    """The model without an operator; with it when onnx cannot, so that it is refused by name later."""
    from onnx import inliner

    explicit = onnx_package().ModelProto()
    explicit.CopyFrom(model)
    schema = onnx_package().defs.get_schema(name, opset, "")
    for node in all_nodes(explicit.graph.node):
        if node.op_type == name and node.domain in DEFAULT_DOMAINS:
            _write_out_defaults(node, schema)
    try:
        return inliner.inline_selected_functions(explicit, [("", name)], inline_schema_functions=True)
    except Exception:  # onnx before 1.19 lacks the keyword; its compiled code raises types of its own
        return model


def _write_out_defaults(node: Any, schema: Any) -> None:
    """Add the attributes left out, whose defaults onnx.inliner does not pass on."""
    given = {attribute.name for attribute in node.attribute}
    for name, attribute in schema.attributes.items():
        if name not in given and attribute.default_value.type:
            node.attribute.append(attribute.default_value)


def _check_size(model: Any) -> None:
    """Refuse functions that call themselves, and calls that would become too many nodes."""
    functions = {(one.domain, one.name, one.overload): one for one in model.functions}
    if len(functions) != len(model.functions):
        raise InvalidInputError("two functions of the model have the same domain, name and overload")
    counted: dict[Any, int | None] = {}

    def nodes_of(key: Any, node: Any) -> int:
        if key in counted:
            known = counted[key]
            if known is None:
                raise InvalidInputError(f"{label_of(node)}: function {key[0]}.{key[1]} calls itself")
            return known
        counted[key] = None
        counted[key] = count = total(functions[key].node)
        return count

    def total(nodes: Iterable[Any]) -> int:
        count = 0
        for node in all_nodes(nodes):
            key = (node.domain, node.op_type, node.overload)
            count += nodes_of(key, node) if key in functions else 1
            if count > _MOST_NODES:
                raise LimitError(f"{label_of(node)}: the model's functions make more than {_MOST_NODES} nodes")
        return count

    total(model.graph.node)
