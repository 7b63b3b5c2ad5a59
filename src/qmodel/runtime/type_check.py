"""Element types checked before anything runs: by ONNX's own rules, as far as types are known.

Known are those of graph inputs, of tensors whose mapping tells them without decoding, and what follows from them by the
rules. A type that is not known is never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qmodel.errors import GraphError
from qmodel.graph import Graph, Value
from qmodel.runtime.binding import BoundBody, BoundNode
from qmodel.runtime.type_rules import TypeRule, type_rule

TypeOfWeight = Callable[[str], str | None]

# The outputs of these that the body makes: all, those behind the condition, all.
_FIRST_OUTPUT_OF_BODY = {"If": 0, "Loop": 1, "Scan": 0}


def check_types(graph: Graph, nodes: tuple[BoundNode, ...], type_of_weight: TypeOfWeight, /) -> None:
    """Check the inputs of all nodes, those of bodies included.

    Source: the type constraints of the ONNX operator specification.

    Args:
        graph: whose inputs' types are declared.
        nodes: bound, in order.
        type_of_weight: name of the element type of a tensor; None when it is not known, or no tensor has the name.

    Raises:
        GraphError: a type that an operator does not take, or two that must agree and do not; the message names the
            node, the input, what was wanted and what was got.
    """
    _check_scope(nodes, _declared(graph.inputs), graph.opset_version, type_of_weight)


def _check_scope(
    nodes: tuple[BoundNode, ...], around: Mapping[str, str], opset: int, type_of_weight: TypeOfWeight
) -> None:
    known = dict(around)
    for bound in nodes:
        given = [known.get(name) or type_of_weight(name) for name in bound.inputs]
        try:
            rule = type_rule(bound.node.operator, opset)
            symbols = _bind_symbols(bound, rule, given) if rule else {}
            for body in bound.bodies.values():
                _check_scope(body.nodes, {**known, **_declared(body.inputs)}, opset, type_of_weight)
        except GraphError as error:
            raise GraphError(f"{bound.node}: {error}") from None
        known.update(_types_of_bodies(bound))
        for position, name in enumerate(bound.outputs):
            symbol = rule.output_symbol(position) if rule else None
            if name and symbol in symbols:
                known[name] = symbols[symbol]


def _bind_symbols(bound: BoundNode, rule: TypeRule, given: list[str | None]) -> dict[str | None, str]:
    """What each type symbol stands for, where that is known.

    A symbol of one type alone stands for it whatever the inputs are.
    """
    symbols: dict[str | None, str] = {}
    for position, got in enumerate(given):
        symbol = rule.input_symbol(position)
        if symbol is None or got is None:
            continue
        what = f"input {position} ({bound.inputs[position]!r})"
        allowed = rule.types[symbol]
        if got not in allowed:
            raise GraphError(f"{what}: wanted element type {', '.join(allowed)}, got {got}")
        if symbols.setdefault(symbol, got) != got:
            raise GraphError(
                f"{what}: wanted element type {symbols[symbol]}, as the inputs before it, got {got}; insert a Cast"
            )
    for symbol, allowed in rule.types.items():
        if len(allowed) == 1:
            symbols.setdefault(symbol, allowed[0])
    return symbols


def _types_of_bodies(bound: BoundNode) -> dict[str, str]:
    """Types of the outputs of a node with bodies, as the first body declares them."""
    body: BoundBody | None = next(iter(bound.bodies.values()), None)
    first = _FIRST_OUTPUT_OF_BODY.get(bound.node.operator)
    if body is None or first is None:
        return {}
    named = zip(bound.outputs, body.outputs[first:], strict=False)
    return {name: value.element_type.name for name, value in named if name}


def _declared(values: tuple[Value, ...]) -> dict[str, str]:
    return {value.name: value.element_type.name for value in values}
