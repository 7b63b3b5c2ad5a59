"""What differs between two models, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qmodel.adapters.arrays import typed_array
from qmodel.container import Reader
from qmodel.graph import Graph, Node, Value
from qmodel.graph.difference import graph_differences
from qmodel.model import Model
from qmodel.quality.difference import value_difference
from qmodel.quality.error import ErrorSums
from qmodel.typed_array import TypedArray

Progress = Callable[[int, int], None]


def compare(before: Model, after: Model, /, *, progress: Progress | None = None) -> dict[str, Any]:
    """Tensors, graph and metadata of two models; errors are those of the second against the first.

    `equal` says whether both hold the same tensors, graph and metadata, however they are stored.
    """
    names = list(dict.fromkeys([*before.weights, *after.weights]))
    tensors, total = [], ErrorSums()
    for number, name in enumerate(names, start=1):
        tensor, errors = _compare_tensor(before, after, name)
        tensors.append(tensor)
        total = total.merge(errors) if errors else total
        if progress:
            progress(number, len(names))
    graph = _compare_graphs(before.graph, after.graph)
    metadata = _compare_metadata(before.metadata, after.metadata)
    different = [tensor for tensor in tensors if set(tensor["changes"]) - {"encoding"}]
    return {
        "equal": not (different or graph or metadata),
        "compared_values": total.count,
        **_figures(total if total.count else None),
        "tensors": tensors,
        "graph": graph,
        "metadata": metadata,
    }


def _compare_tensor(before: Model, after: Model, name: str) -> tuple[dict[str, Any], ErrorSums | None]:
    first = _typed(before, name) if name in before.weights else None
    second = _typed(after, name) if name in after.weights else None
    states = [_state(before, name, first), _state(after, name, second)]
    changes, errors = [], None
    if first is None or second is None:
        changes.append("added" if first is None else "removed")
    else:
        changes += [what for what in ("shape", "dtype", "encoding") if _differs(states, what)]
        difference = value_difference(first, second)
        errors = difference.errors
        if not difference.same and errors:
            changes.append("values")
    return {"name": name, "changes": changes, "a": states[0], "b": states[1], **_figures(errors)}, errors


def _differs(states: list[dict[str, Any] | None], what: str) -> bool:
    values = [state[what] for state in states if state]
    return None not in values and values[0] != values[1]


def _state(model: Model, name: str, array: TypedArray | None) -> dict[str, Any] | None:
    """Shape, element type, and the encoding where the file has encodings."""
    if array is None:
        return None
    weights = model.weights
    encoding = weights.tensors[name].encoding.spelled() if isinstance(weights, Reader) else None
    return {"shape": list(array.shape), "dtype": str(array.element_type), "encoding": encoding}


def _figures(errors: ErrorSums | None) -> dict[str, float | None]:
    return {
        "relative_mse": errors.relative_mse if errors else None,
        "max_abs_error": errors.max_abs_error if errors else None,
        "sqnr_db": errors.sqnr_db if errors else None,
    }


def _typed(model: Model, name: str) -> TypedArray:
    weights = model.weights
    return weights.tensor(name) if isinstance(weights, Reader) else typed_array(weights[name], name=name)


def _compare_graphs(before: Graph | None, after: Graph | None) -> list[dict[str, Any]]:
    if before is None or after is None:
        if before is after:
            return []
        sides = [[] if graph is None else [graph.name] for graph in (before, after)]
        return [{"part": "graph", "removed": sides[0], "added": sides[1]}]
    return [
        {"part": found.part, "removed": list(map(_spelled, found.removed)), "added": list(map(_spelled, found.added))}
        for found in graph_differences(before, after)
    ]


def _spelled(member: object) -> str:
    """A node, or an input or output, in a line."""
    if isinstance(member, Node):
        options = "".join(f", {name}={value!r}" for name, value in sorted(member.attributes.items()))
        label = f"{member.name}: " if member.name else ""
        return f"{label}{', '.join(member.outputs)} = {member.operator}({', '.join(member.inputs)}{options})"
    if isinstance(member, Value):
        shape = "?" if member.shape is None else list(member.shape)
        return f"{member.name}: {member.element_type} {shape}"
    return str(member)


def _compare_metadata(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    keys = sorted({*before, *after})
    return {key: {"a": before.get(key), "b": after.get(key)} for key in keys if before.get(key) != after.get(key)}
