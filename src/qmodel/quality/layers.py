"""What quantization did to each layer: two networks run on the same input, compared node by node."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Node
from qmodel.quality.error import ErrorSums
from qmodel.quality.node_pairs import node_pairs
from qmodel.quality.single_node import KeptValues, SingleNode


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerError:
    """The error of one node that has weights: with all layers before it quantized too, and with itself alone.

    Attributes:
        node: name of the node, or of its first output when it has none.
        operator: as `Conv`.
        weights: names of its float tensors, in the order of its inputs.
        weight_relative_mse: Σ (w − w′)² / Σ w² over those tensors.
        weight_sqnr_db: the same in decibels; infinite without error.
        output_relative_mse: the same of the node's first output, over all samples.
        output_sqnr_db: the same in decibels; infinite without error.
        cosine: cosine between the outputs; NaN where it is not defined.
        max_abs_error: largest absolute difference of the outputs.
        alone_relative_mse: of the node's first output with only its own weights quantized, on the reference's inputs;
            None where the node cannot be run by itself, or runs several times in one run.
        alone_sqnr_db: the same in decibels.
        alone_cosine: cosine between these outputs.
    """

    node: str
    operator: str
    weights: tuple[str, ...]
    weight_relative_mse: float
    weight_sqnr_db: float
    output_relative_mse: float
    output_sqnr_db: float
    cosine: float
    max_abs_error: float
    alone_relative_mse: float | None = None
    alone_sqnr_db: float | None = None
    alone_cosine: float | None = None


@dataclass(slots=True)
class _Layer:
    node: Node
    weights: tuple[str, ...]
    weight_error: ErrorSums
    output_error: ErrorSums = field(default_factory=ErrorSums)
    alone_error: ErrorSums = field(default_factory=ErrorSums)
    alone: SingleNode | None = None


class LayerComparison:
    """Collects the error of each layer, batch by batch; only sums outlive a batch.

    For each batch, call `begin`, run the reference with `keep_reference` as observer, then the model with `compare`.
    When the nodes of the two graphs make different values there is nothing to compare, and no results. Nodes in bodies
    are layers as well; each time they run counts.
    """

    def __init__(
        self,
        graph: Graph,
        weights: Mapping[str, Array],
        reference_graph: Graph,
        reference_weights: Mapping[str, Array],
    ) -> None:
        self._layers: dict[str, _Layer] = {}
        self._reference_outputs: defaultdict[str, deque[Array]] = defaultdict(deque)
        for pair in node_pairs(graph, reference_graph):
            node, reference_node = pair.node, pair.reference_node
            names, error = _compare_weights(node, reference_node, weights, reference_weights)
            if names and node.outputs[0]:
                opset = graph.opset_version
                alone = (
                    SingleNode.of(node, reference_node, opset, weights, reference_weights) if pair.runs_once else None
                )
                self._layers[node.outputs[0]] = _Layer(node, names, error, alone=alone)
        self._kept = self._nothing_kept()

    def begin(self, inputs: Mapping[str, Array]) -> None:
        """Take the inputs of the reference network for the next batch."""
        self._reference_outputs.clear()
        self._kept = self._nothing_kept()
        for name, value in inputs.items():
            self._kept.add(name, value)

    def keep_reference(self, _node: Node, name: str, value: Array) -> None:
        """Observe a value of the reference network, and run the node that made it with quantized weights alone."""
        if layer := self._layers.get(name):
            self._reference_outputs[name].append(value)
            if layer.alone:
                found = layer.alone.run(self._kept.take(layer.alone.inputs))
                layer.alone_error = _added(layer.node, layer.alone_error, value, found)
        self._kept.add(name, value)

    def compare(self, node: Node, name: str, value: Array) -> None:
        """Observe a value of the network and compare it with the reference's of the same batch."""
        if waiting := self._reference_outputs.get(name):
            layer = self._layers[name]
            layer.output_error = _added(node, layer.output_error, waiting.popleft(), value)

    def results(self) -> tuple[LayerError, ...]:
        """The errors of the layers compared, in the order of the graph."""
        return tuple(_result(layer) for layer in self._layers.values() if layer.output_error.count)

    def _nothing_kept(self) -> KeptValues:
        return KeptValues(layer.alone.inputs for layer in self._layers.values() if layer.alone)


def _compare_weights(
    node: Node, reference_node: Node, weights: Mapping[str, Array], reference_weights: Mapping[str, Array]
) -> tuple[tuple[str, ...], ErrorSums]:
    """The names of a node's float tensors, and their error; each tensor is fetched once."""
    names, error = [], ErrorSums()
    for position, name in enumerate(node.inputs):
        if name not in weights:
            continue
        array = weights[name]
        if not dtypes.from_numpy(np.empty(0, array.dtype))[0].is_float:
            continue
        reference_name = reference_node.inputs[position] if position < len(reference_node.inputs) else ""
        if reference_name not in reference_weights:
            raise InvalidInputError(f"{node}: the reference network has no tensor in the place of {name!r}")
        names.append(name)
        error = _added(node, error, reference_weights[reference_name], array)
    return tuple(names), error


def _added(node: Node, error: ErrorSums, reference: Array, value: Array) -> ErrorSums:
    try:
        return error.add(reference, value)
    except InvalidInputError as found:
        raise InvalidInputError(f"{node}: cannot be compared with the reference network: {found}") from None


def _result(layer: _Layer) -> LayerError:
    return LayerError(
        node=layer.node.name or layer.node.outputs[0],
        operator=layer.node.operator,
        weights=layer.weights,
        weight_relative_mse=layer.weight_error.relative_mse,
        weight_sqnr_db=layer.weight_error.sqnr_db,
        output_relative_mse=layer.output_error.relative_mse,
        output_sqnr_db=layer.output_error.sqnr_db,
        cosine=layer.output_error.cosine,
        max_abs_error=layer.output_error.max_abs_error,
        alone_relative_mse=layer.alone_error.relative_mse if layer.alone else None,
        alone_sqnr_db=layer.alone_error.sqnr_db if layer.alone else None,
        alone_cosine=layer.alone_error.cosine if layer.alone else None,
    )
