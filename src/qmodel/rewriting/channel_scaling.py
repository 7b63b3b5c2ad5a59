"""Nodes that multiply each channel by a constant and add a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.graph import Node
from qmodel.rewriting.attributes import number
from qmodel.rewriting.linear_layer import LinearLayer
from qmodel.rewriting.overlay import Shape, stored_tensor, tensor_facts

# Beyond these, a weight could lose digits to subnormal numbers.
_SMALLEST_FACTOR, _LARGEST_FACTOR = 2.0**-60, 2.0**60


@dataclass(frozen=True, slots=True)
class ChannelScaling:
    """Channel c becomes factor[c] · channel + shift[c]; both float64 of shape (channels,)."""

    factor: Array
    shift: Array

    def then(self, following: ChannelScaling) -> ChannelScaling:
        """This, and another after it."""
        with np.errstate(all="ignore"):  # what is not finite is refused afterwards
            return ChannelScaling(self.factor * following.factor, self.shift * following.factor + following.shift)

    def is_harmless(self) -> bool:
        """Whether all numbers are finite and no factor is extreme."""
        size = np.abs(self.factor)
        in_range = (size == 0) | ((size >= _SMALLEST_FACTOR) & (size <= _LARGEST_FACTOR))
        return bool(in_range.all() and np.isfinite(self.shift).all())


def scaling_of(node: Node, value: str, layer: LinearLayer, weights: Mapping[str, Array], /) -> ChannelScaling | None:
    """What a node does to a value that a layer made; None when it is anything but a scaling of its channels."""
    if value not in node.inputs or any(node.outputs[1:]):
        return None
    with np.errstate(all="ignore"):  # what is not finite is refused afterwards
        if node.operator == "BatchNormalization":
            return _batch_normalization(node, value, layer, weights)
        return _arithmetic(node, value, layer, weights) if len(node.inputs) == 2 else None


def _batch_normalization(
    node: Node, value: str, layer: LinearLayer, weights: Mapping[str, Array]
) -> ChannelScaling | None:
    names = node.inputs[1:]
    if node.inputs[0] != value or len(names) != 4 or node.attributes.get("training_mode"):
        return None
    if any(name not in weights for name in names):
        return None
    if any(tensor_facts(weights, name) != (layer.element_type, (layer.channels,)) for name in names):
        return None
    scale, bias, mean, variance = (_float64(weights, name) for name in names)
    epsilon = number(node, "epsilon", 1e-5)
    factor = scale / np.sqrt(variance + epsilon)
    return ChannelScaling(factor, bias - mean * factor)


def _arithmetic(node: Node, value: str, layer: LinearLayer, weights: Mapping[str, Array]) -> ChannelScaling | None:
    value_is_first = node.inputs[0] == value
    other = node.inputs[1 if value_is_first else 0]
    if other not in weights:
        return None
    element_type, shape = tensor_facts(weights, other)
    if element_type != layer.element_type or not _is_per_channel(shape, layer):
        return None
    constant = np.broadcast_to(_float64(weights, other).reshape(-1), (layer.channels,))
    ones, zeros = np.ones(layer.channels), np.zeros(layer.channels)
    match node.operator, value_is_first:
        case "Add", _:
            return ChannelScaling(ones, constant)
        case "Mul", _:
            return ChannelScaling(constant, zeros)
        case "Sub", True:
            return ChannelScaling(ones, -constant)
        case "Sub", False:
            return ChannelScaling(-ones, constant)
        case "Div", True:
            return ChannelScaling(1 / constant, zeros)
    return None


def _is_per_channel(shape: Sequence[int], layer: LinearLayer) -> bool:
    """Whether a constant broadcasts to the layer's output without widening it, alike for all but channels."""
    if len(shape) > layer.rank:
        return False
    padded: Shape = (1,) * (layer.rank - len(shape)) + tuple(shape)
    return padded[1] in (1, layer.channels) and all(length == 1 for axis, length in enumerate(padded) if axis != 1)


def _float64(weights: Mapping[str, Array], name: str) -> Array:
    return stored_tensor(weights, name).storage.astype(np.float64)
