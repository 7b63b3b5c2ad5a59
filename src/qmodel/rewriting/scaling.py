"""Scaling folded into weights: a factor and a shift for each channel become part of the layer before them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qmodel.dtypes import Array
from qmodel.graph import Graph, Node
from qmodel.model import Model
from qmodel.rewriting.channel_scaling import ChannelScaling, scaling_of
from qmodel.rewriting.linear_layer import LinearLayer, linear_layer_of
from qmodel.rewriting.names import all_names, count_reads, names_read, unused_name
from qmodel.rewriting.overlay import DerivedTensor, OverlayWeights
from qmodel.typed_array import TypedArray


def fold_scaling(model: Model, /) -> Model:
    """Fold BatchNormalization, and Add, Sub, Mul and Div of constants per channel, into the layer before.

    Layers are Conv, ConvTranspose and Gemm with float32 or float64 weights that are tensors. A node is folded when
    nothing else reads what is between it and the layer, and that is no graph output. Factors and shifts of all nodes
    that follow one another are combined in float64, and weights and biases rounded once. A layer without a bias gets
    one. Weights that others read too are copied under a new name. Nothing is folded where a number would not be
    finite, or where factors are so extreme that weights would lose digits. Outputs change by rounding alone.

    Folded weights are computed when they are asked for; here each is computed once, to see that it is finite.
    """
    if model.graph is None:
        return model
    folding = _Folding(model, model.graph)
    nodes = folding.folded()
    if len(nodes) == len(model.graph.nodes):
        return model
    weights = OverlayWeights(model.weights, derived=folding.derived)
    return replace(model, graph=replace(model.graph, nodes=nodes), weights=weights)


class _Folding:
    """The state of one pass over a graph.

    Attributes:
        derived: the folded weights and biases, by name.
    """

    def __init__(self, model: Model, graph: Graph) -> None:
        self.derived: dict[str, DerivedTensor] = {}
        self._weights = model.weights
        self._nodes = graph.nodes
        self._reads = count_reads(graph)
        self._outputs = {value.name for value in graph.outputs}
        self._reader = {name: index for index, node in enumerate(graph.nodes) for name in names_read(node)}
        self._taken = all_names(graph, model.weights)

    def folded(self) -> tuple[Node, ...]:
        """The nodes of the graph, layers in the places of the last nodes folded into them.

        What such a node makes is known from its place on and no earlier, so that no name of a body can clash with it.
        """
        nodes: dict[int, Node] = dict(enumerate(self._nodes))
        for index, node in enumerate(self._nodes):
            layer = linear_layer_of(node, self._weights)
            positions, scaling = self._scaling_after(layer) if layer else ([], None)
            if layer is None or scaling is None:
                continue
            for position in (index, *positions):
                del nodes[position]
            nodes[positions[-1]] = replace(self._fold(layer, scaling), outputs=self._nodes[positions[-1]].outputs)
        return tuple(nodes[index] for index in sorted(nodes))

    def _scaling_after(self, layer: LinearLayer) -> tuple[list[int], ChannelScaling | None]:
        """Positions of the nodes that can be folded into a layer, and what they do together; None for none."""
        positions: list[int] = []
        total: ChannelScaling | None = None
        value = layer.node.outputs[0]
        while self._reads[value] == 1 and value not in self._outputs:
            position = self._reader[value]
            found = scaling_of(self._nodes[position], value, layer, self._weights)
            if found is None:
                break
            combined = found if total is None else total.then(found)
            if not self._stays_finite(layer, combined):
                break
            positions.append(position)
            total, value = combined, self._nodes[position].outputs[0]
        return positions, total

    def _stays_finite(self, layer: LinearLayer, scaling: ChannelScaling) -> bool:
        if not scaling.is_harmless():
            return False
        is_finite = np.isfinite(layer.scaled_weight(self._weights, scaling.factor)).all()
        return bool(is_finite and np.isfinite(self._scaled_bias(layer, scaling)).all())

    def _scaled_bias(self, layer: LinearLayer, scaling: ChannelScaling) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            values = layer.bias_values(self._weights) * scaling.factor + scaling.shift
            return values.astype(layer.element_type.storage)

    def _fold(self, layer: LinearLayer, scaling: ChannelScaling) -> Node:
        weight = self._own_name(layer.weight, layer.weight)
        wanted = layer.weight.removesuffix("weight").removesuffix(".") + ".bias"
        bias = self._own_name(layer.bias, wanted)
        weights = self._weights
        self.derived[weight] = DerivedTensor(
            layer.element_type,
            layer.weight_shape,
            lambda: TypedArray(layer.element_type, layer.scaled_weight(weights, scaling.factor)),
        )
        self.derived[bias] = DerivedTensor.held(TypedArray(layer.element_type, self._scaled_bias(layer, scaling)))
        return layer.with_parameters(weight, bias)

    def _own_name(self, name: str, wanted: str) -> str:
        """The name of a tensor if the layer is its only reader, otherwise a new one."""
        if name and self._reads[name] == 1:
            return name
        made = unused_name(wanted, self._taken)
        self._taken.add(made)
        return made
