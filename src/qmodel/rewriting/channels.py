"""Structured pruning: whole channels go, in the layer that makes them and in all that read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings.convert import widen
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Node
from qmodel.graph.check import check_values
from qmodel.model import Model
from qmodel.rewriting.channel_flow import ChannelFlow
from qmodel.rewriting.channel_groups import Cut
from qmodel.rewriting.importance import checked_importances
from qmodel.rewriting.overlay import DerivedTensor, OverlayWeights, stored_tensor, tensor_facts
from qmodel.typed_array import TypedArray


def prune_channels(
    model: Model,
    /,
    *,
    sparsity: float,
    importance: Mapping[str, Array] | None = None,
    select: str | Sequence[str] = "*",
) -> Model:
    """A model with fewer channels: the least important outputs of Conv, ConvTranspose, Gemm and MatMul are gone.

    Channels flow through biases, batch normalization, depthwise convolutions, element-wise operators, pools, means
    over space, Pad of space, and Flatten; the layers that read them lose the same channels of their input. Channels
    that meet, as those that a residual Add adds, are one group and go together. A group stays whole when anything reads
    it that is not understood (as Concat, Slice, Transpose, grouped convolutions, recurrent layers, bodies), when
    an output of the graph holds it, and when a tensor of it is used in two ways. The graph's inputs and outputs keep
    their shapes.

    What a channel matters is the sum, over the weights that make it and those that sum over it, of its squared L2 norm
    there relative to the mean channel's: a filter can be large because its readers are small. Channels that nothing
    makes or nothing reads, all their weights being zero, go first. Pruning filters by norm: Li et al., "Pruning filters
    for efficient ConvNets", ICLR 2017; norms over groups of tied layers: Fang et al., "DepGraph", CVPR 2023. Batch
    normalization hides what a filter is worth, so run `simplify` first.

    Args:
        model: with a graph.
        sparsity: the share of the channels of each group to remove, at least 0 and below 1; rounded down to a number
            of channels, and one always stays.
        importance: by tensor name, factors of the squared weights, at least 0, that broadcast to the tensor.
        select: patterns of names; a group is pruned only if each weight that makes its channels (biases apart) matches
            one of them.

    Returns:
        A model whose weights are a lazy view of the model's. Channels that are exactly zero, and stay so until a
        layer sums over them, change nothing by going.

    Raises:
        InvalidInputError: there is no graph, the sparsity is out of range, or importance does not fit a tensor.
        GraphError: the names of the graph do not hang together, or an attribute has a wrong type.
    """
    if model.graph is None:
        raise InvalidInputError("channels are pruned in a graph, and the model has none")
    if not 0 <= sparsity < 1:
        raise InvalidInputError(f"sparsity must be at least 0 and below 1, not {sparsity}")
    # Asking any mapping whether it has a name may fetch the tensor; asking this one does not.
    weights = OverlayWeights(model.weights)
    check_values(model.graph, weights.__contains__)
    flow = ChannelFlow(model.graph, weights)
    patterns = (select,) if isinstance(select, str) else tuple(select)
    kept = _kept_channels(flow, weights, sparsity, checked_importances(importance or {}, weights), patterns)
    if not kept:
        return model
    pruned = {name: _cut_tensor(weights, name, cuts, flow, kept) for name, cuts in flow.cuts.items()}
    derived = {name: tensor for name, tensor in pruned.items() if tensor is not None}
    graph = _cut_graph(model.graph, flow, kept)
    return replace(model, graph=graph, weights=OverlayWeights(weights, derived=derived))


def _kept_channels(
    flow: ChannelFlow,
    weights: Mapping[str, Array],
    sparsity: float,
    importance: Mapping[str, Array],
    patterns: Sequence[str],
) -> dict[int, Array]:
    """For each group that loses channels, the ascending numbers of those that stay."""
    members: dict[int, list[tuple[str, Cut]]] = defaultdict(list)
    for name, cuts in flow.cuts.items():
        for cut in cuts:
            if not flow.groups.is_frozen(cut.group):
                members[flow.groups.find(cut.group)].append((name, cut))
    kept = {}
    for group, tensors in members.items():
        size = tensors[0][1].size
        count = min(int(sparsity * size + 1e-9), size - 1)  # 0.29 of 100 are 29, whatever 0.29 is in binary
        makers = [name for name, cut in tensors if cut.role == "makes" and len(tensor_facts(weights, name)[1]) > 1]
        if count and all(any(fnmatchcase(name, pattern) for pattern in patterns) for name in makers):
            scores = _scores(weights, tensors, importance)
            kept[group] = np.sort(np.argsort(scores, kind="stable")[count:])
    return kept


def _scores(weights: Mapping[str, Array], tensors: Sequence[tuple[str, Cut]], importance: Mapping[str, Array]) -> Array:
    """How much each channel of a group matters, float64; 0 for one that nothing makes or nothing reads."""
    size = tensors[0][1].size
    scores, made, read = np.zeros(size), np.zeros(size), np.zeros(size)
    is_read = False
    for name, cut in tensors:
        if cut.role == "follows":
            continue
        energy = _energy(weights, name, cut, importance.get(name))
        if cut.role == "makes":
            made += energy
        else:
            read += energy
            is_read = True
        is_bias = len(tensor_facts(weights, name)[1]) < 2
        if not is_bias and energy.any():
            scores += energy / energy.mean()
    scores[(made == 0) | ((read == 0) & is_read)] = 0
    return scores


def _energy(weights: Mapping[str, Array], name: str, cut: Cut, importance: Array | None) -> Array:
    """For each channel, the sum of the squares of a tensor's values, in float64."""
    tensor = stored_tensor(weights, name)
    squares = np.square(widen(tensor) if tensor.element_type.is_float else tensor.storage, dtype=np.float64)
    if importance is not None:
        squares *= importance
    along = np.moveaxis(squares, cut.axis, 0)
    total: Array = along.reshape(cut.size, -1).sum(axis=1)
    return total


def _cut_tensor(
    weights: Mapping[str, Array], name: str, cuts: Sequence[Cut], flow: ChannelFlow, kept: Mapping[int, Array]
) -> DerivedTensor | None:
    """The tensor without the channels that go, cut when it is asked for; None when all stay."""
    element_type, shape = tensor_facts(weights, name)
    indices = {}
    for cut in cuts:
        channels = kept.get(flow.groups.find(cut.group))
        if channels is not None:
            run = shape[cut.axis] // cut.size
            indices[cut.axis] = (channels[:, np.newaxis] * run + np.arange(run)).reshape(-1)
    if not indices:
        return None

    def make() -> TypedArray:
        storage = stored_tensor(weights, name).storage
        for axis, chosen in indices.items():
            storage = np.take(storage, chosen, axis=axis)
        return TypedArray(element_type, np.ascontiguousarray(storage))

    lengths = tuple(len(indices[axis]) if axis in indices else length for axis, length in enumerate(shape))
    return DerivedTensor(element_type, lengths, make)


def _cut_graph(graph: Graph, flow: ChannelFlow, kept: Mapping[int, Array]) -> Graph:
    """The graph with what its nodes say about numbers of channels put right."""
    nodes: list[Node] = list(graph.nodes)
    for position, group in flow.depthwise.items():
        channels = kept.get(flow.groups.find(group))
        if channels is not None:
            attributes = {**nodes[position].attributes, "group": len(channels)}
            nodes[position] = replace(nodes[position], attributes=attributes)
    for position, group in flow.reshapes.items():
        if flow.groups.find(group) in kept:
            node = nodes[position]
            nodes[position] = Node(node.name, "Flatten", node.inputs[:1], node.outputs, {"axis": 1})
    return replace(graph, nodes=tuple(nodes))
