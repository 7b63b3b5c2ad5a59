"""Conv, ConvTranspose and Gemm seen as one thing: weights, of which each belongs to one output channel, and a bias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.graph import Node
from qmodel.rewriting.attributes import integer, number
from qmodel.rewriting.overlay import Shape, stored_tensor, tensor_facts


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """A layer whose output channel c is weights[c] · input + bias[c].

    Attributes:
        node: of the graph.
        weight: name of a tensor.
        bias: name of a tensor; empty when there is none.
        element_type: f32 or f64, of weight and bias.
        channels: number of output channels.
        rank: number of axes of the output, whose axis 1 counts the channels.
        weight_shape: of the tensor.
        view_shape: the weights' shape such that a factor for each channel, in `factor_shape`, broadcasts to them.
        factor_shape: see there.
        bias_factor: what the layer multiplies the bias by.
    """

    node: Node
    weight: str
    bias: str
    element_type: ElementType
    channels: int
    rank: int
    weight_shape: Shape
    view_shape: Shape
    factor_shape: Shape
    bias_factor: float

    def scaled_weight(self, weights: Mapping[str, Array], factor: Array) -> Array:
        """The weights times a factor for each channel, computed in float64 and rounded once."""
        view = stored_tensor(weights, self.weight).storage.reshape(self.view_shape)
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = np.multiply(view, factor.reshape(self.factor_shape), dtype=np.float64)
            return scaled.astype(view.dtype).reshape(self.weight_shape)

    def bias_values(self, weights: Mapping[str, Array]) -> Array:
        """What the layer adds to each channel, in float64."""
        if not self.bias:
            return np.zeros(self.channels)
        stored = stored_tensor(weights, self.bias).storage.astype(np.float64).reshape(-1)
        return np.broadcast_to(stored * self.bias_factor, (self.channels,))

    def with_parameters(self, weight: str, bias: str) -> Node:
        """The node with other tensors; the bias of shape (channels,)."""
        attributes = dict(self.node.attributes)
        if "beta" in attributes:
            attributes["beta"] = 1.0
        return replace(self.node, inputs=(self.node.inputs[0], weight, bias), attributes=attributes)


def linear_layer_of(node: Node, weights: Mapping[str, Array], /) -> LinearLayer | None:
    """The layer that a node is; None when it is none, or its parameters are no tensors of float32 or float64."""
    if node.operator not in ("Conv", "ConvTranspose", "Gemm") or len(node.inputs) < 2 or not node.outputs:
        return None
    weight, bias = node.inputs[1], (node.inputs[2] if len(node.inputs) > 2 else "")
    if weight not in weights or (bias and bias not in weights):
        return None
    element_type, shape = tensor_facts(weights, weight)
    bias_type, bias_shape = tensor_facts(weights, bias) if bias else (element_type, ())
    if element_type not in (dtypes.F32, dtypes.F64) or bias_type != element_type:
        return None
    is_gemm = node.operator == "Gemm"
    if len(shape) < 2 or (is_gemm and len(shape) != 2):
        return None
    view, factor, channels = _factor_shapes(node, shape)
    fits = bias_shape in ((), (1,), (channels,), (1, channels)) if is_gemm or not bias else bias_shape == (channels,)
    if not channels or not fits or prod(view) != prod(shape):
        return None
    beta = number(node, "beta", 1.0) if is_gemm else 1.0
    return LinearLayer(node, weight, bias, element_type, channels, len(shape), shape, view, factor, beta)


def _factor_shapes(node: Node, shape: Shape) -> tuple[Shape, Shape, int]:
    """View of the weights, shape of the factors in it, and number of output channels."""
    ones = (1,) * (len(shape) - 2)
    if node.operator == "Conv":
        return shape, (shape[0], 1, *ones), shape[0]
    if node.operator == "Gemm":
        rows_are_channels = bool(integer(node, "transB", 0))
        return (shape, (shape[0], 1), shape[0]) if rows_are_channels else (shape, (1, shape[1]), shape[1])
    groups = integer(node, "group", 1)
    view = (groups, shape[0] // max(groups, 1), *shape[1:])
    return view, (groups, 1, shape[1], *ones), groups * shape[1]
