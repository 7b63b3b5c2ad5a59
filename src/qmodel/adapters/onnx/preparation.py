"""A model made fit for import: no functions or sequences, a known opset version, types for all values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qmodel.adapters.onnx.domains import DEFAULT_DOMAINS
from qmodel.adapters.onnx.functions import all_nodes, with_known_operators, without_functions
from qmodel.adapters.onnx.old_opsets import converted
from qmodel.adapters.onnx.sequences import without_sequences
from qmodel.adapters.onnx.source import onnx_package
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.runtime.registry import OLDEST_OPSET


def prepare(model: Any, /) -> tuple[Any, int]:
    """The model to import, and its version of the default ONNX domain.

    Raises:
        UnsupportedError: the model has no default domain, or is too old to be converted.
        InvalidInputError: it has two versions of the default domain; a function calls itself.
        LimitError: its functions make too many nodes.
    """
    opset = opset_version(model)
    model = without_functions(model)
    if opset < OLDEST_OPSET:
        model, opset = converted(model, opset), OLDEST_OPSET
    model = without_sequences(with_known_operators(model, opset), opset)
    return _with_types(model), opset


def opset_version(model: Any, /) -> int:
    """The version of the default ONNX domain.

    Raises:
        UnsupportedError: there is none.
        InvalidInputError: there are two.
    """
    versions = {entry.version for entry in model.opset_import if entry.domain in DEFAULT_DOMAINS}
    if not versions:
        domains = sorted({entry.domain for entry in model.opset_import})
        raise UnsupportedError(f"the model imports no opset of the default ONNX domain, only {domains}")
    if len(versions) > 1:
        raise InvalidInputError(f"the model imports versions {sorted(versions)} of the default ONNX domain; wanted one")
    return int(versions.pop())


def _with_types(model: Any) -> Any:
    """The model, with the types that onnx infers where inputs or outputs of graphs have none."""
    if all(value.type.WhichOneof("value") for value in _graph_values(model)):
        return model
    try:
        return onnx_package().shape_inference.infer_shapes(model)
    except Exception:  # what onnx's compiled code raises differs; the value without a type is refused by name later
        return model


def _graph_values(model: Any) -> Iterator[Any]:
    """The declared inputs and outputs of the graph and of its bodies."""
    yield from (*model.graph.input, *model.graph.output)
    for node in all_nodes(model.graph.node):
        for attribute in node.attribute:
            yield from (*attribute.g.input, *attribute.g.output)
