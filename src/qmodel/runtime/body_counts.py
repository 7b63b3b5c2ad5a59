"""Whether the bodies of a control-flow node have as many inputs and outputs as the node."""

from __future__ import annotations

from collections.abc import Sequence

from qmodel.errors import GraphError
from qmodel.graph import Graph, Node


def check_body_counts(node: Node, /) -> None:
    """Refuse bodies of an If, Loop or Scan whose inputs or outputs the node cannot feed or take.

    Source: the operators' pages in the ONNX operator specification.

    Raises:
        GraphError: a count differs; the message names the body.
    """
    given, made = len(node.inputs), len(node.outputs)
    match node.operator:
        case "If":
            _require(node, "then_branch", inputs=0, outputs=made)
            _require(node, "else_branch", inputs=0, outputs=made)
        case "Loop":
            states = max(given - 2, 0)
            _require(node, "body", inputs=2 + states, outputs=1 + max(states, made))
        case "Scan":
            _check_scan(node)


def _check_scan(node: Node) -> None:
    scanned = node.attributes["num_scan_inputs"]
    given = len(node.inputs)
    if not isinstance(scanned, int) or not 1 <= scanned <= given:
        raise GraphError(f"attribute 'num_scan_inputs' must be 1 to {given}, the number of inputs, got {scanned!r}")
    states = given - scanned
    made = _require(node, "body", inputs=given, outputs=max(states, len(node.outputs)))
    for kind, count in (("input", scanned), ("output", made - states)):
        for what in ("axes", "directions"):
            entries = node.attributes.get(f"scan_{kind}_{what}", ())
            if isinstance(entries, Sequence) and len(entries) not in (0, count):
                raise GraphError(f"attribute 'scan_{kind}_{what}' must have {count} entries, got {len(entries)}")
            if what == "directions" and isinstance(entries, Sequence) and not set(entries) <= {0, 1}:
                raise GraphError(f"attribute 'scan_{kind}_directions' must hold 0 and 1 alone, got {entries!r}")


def _require(node: Node, name: str, *, inputs: int, outputs: int) -> int:
    """Hold a body against the inputs it must have and the outputs it must have at least; gives its outputs."""
    body = node.attributes[name]
    if not isinstance(body, Graph):
        raise GraphError(f"attribute {name!r} must be a GRAPH, got {body!r}")
    if len(body.inputs) != inputs:
        raise GraphError(f"body {name!r} must have {inputs} inputs, got {len(body.inputs)}")
    if len(body.outputs) < outputs:
        raise GraphError(f"body {name!r} must have at least {outputs} outputs, got {len(body.outputs)}")
    return len(body.outputs)
