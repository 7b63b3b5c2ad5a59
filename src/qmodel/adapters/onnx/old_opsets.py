"""Models of opset versions that the interpreter does not know any more, converted to the oldest it knows."""

from __future__ import annotations

from typing import Any

from qmodel.adapters.onnx.functions import all_nodes
from qmodel.adapters.onnx.scopes import label_of
from qmodel.adapters.onnx.source import onnx_package
from qmodel.errors import UnsupportedError
from qmodel.runtime.registry import OLDEST_OPSET

_WAY_OUT = f"export the network again with opset {OLDEST_OPSET} or newer"

# Since this version, the slopes of PRelu are broadcast by the rules of all operators.
_BROADCAST_SLOPES = 7


def converted(model: Any, opset: int, /) -> Any:
    """The model in the oldest opset version that the interpreter knows, by onnx.version_converter.

    Raises:
        UnsupportedError: it cannot be converted; the message says why.
    """
    from onnx import version_converter

    for node in all_nodes(model.graph.node):
        # onnx.version_converter takes the batch away from the model's own inputs.
        if node.op_type == "Scan":
            raise UnsupportedError(
                f"{label_of(node)}: Scan of opset {opset} has a batch axis that later ones lack; {_WAY_OUT}"
            )
    if opset < _BROADCAST_SLOPES:
        model = _with_aligned_slopes(model)
    try:
        return version_converter.convert_version(model, OLDEST_OPSET)
    except Exception as error:  # what onnx's compiled code raises differs between its versions
        raise UnsupportedError(
            f"the model uses opset {opset}, and onnx.version_converter cannot convert it: {error}; {_WAY_OUT}"
        ) from error


def _with_aligned_slopes(model: Any) -> Any:
    """The model with slopes of PRelu that have an axis for each after the channels, which the converter leaves out."""
    if all(node.op_type != "PRelu" for node in model.graph.node):
        return model
    ranks = _ranks(model)
    changed = onnx_package().ModelProto()
    changed.CopyFrom(model)
    nodes = []
    for node in changed.graph.node:
        if node.op_type == "PRelu":
            rank, slope_rank = (ranks.get(name) for name in node.input)
            if rank is None or slope_rank is None:
                raise UnsupportedError(f"{label_of(node)}: the number of its inputs' axes is not known; {_WAY_OUT}")
            if slope_rank == 1 and rank > 2:
                aligned = f"{node.output[0]}.slope"
                axes = list(range(1, rank - 1))
                nodes.append(onnx_package().helper.make_node("Unsqueeze", [node.input[1]], [aligned], axes=axes))
                node.input[1] = aligned
        nodes.append(node)
    del changed.graph.node[:]
    changed.graph.node.extend(nodes)
    return changed


def _ranks(model: Any) -> dict[str, int]:
    """Number of axes by name, where it is known."""
    inferred = onnx_package().shape_inference.infer_shapes(model).graph
    values = (*inferred.input, *inferred.value_info, *inferred.output)
    known = {v.name: len(v.type.tensor_type.shape.dim) for v in values if v.type.tensor_type.HasField("shape")}
    return {**known, **{tensor.name: len(tensor.dims) for tensor in inferred.initializer}}
