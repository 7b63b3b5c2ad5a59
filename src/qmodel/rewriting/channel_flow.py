"""Where channels flow in a graph: which axes of which tensors have to shrink together.

What a rule does not understand freezes the channels it reads: they stay as they are, and the result stays right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from qmodel.dtypes import Array
from qmodel.graph import Graph, Node
from qmodel.rewriting.attributes import integer
from qmodel.rewriting.channel_groups import ChannelGroups, Channels, Cut
from qmodel.rewriting.names import count_reads, names_read
from qmodel.rewriting.overlay import Shape, tensor_facts
from qmodel.rewriting.shapes import BROADCAST, ELEMENTWISE, UNKNOWN, infer_facts, integers


class ChannelFlow:
    """The channels of every value of a graph, found in one walk.

    Args:
        graph: whose names hang together.
        weights: only shapes, and small tensors of integers, are asked for.

    Attributes:
        groups: of channels.
        cuts: for each tensor with channels, the axes that shrink with them.
        depthwise: position of each depthwise Conv, whose attribute `group` is a number of channels, and its group.
        reshapes: position of each Reshape that flattens, so that the shape it names changes, and its group.

    Raises:
        GraphError: an attribute has a type that its operator does not allow.
    """

    def __init__(self, graph: Graph, weights: Mapping[str, Array]) -> None:
        self.groups = ChannelGroups()
        self.cuts: dict[str, tuple[Cut, ...]] = {}
        self.depthwise: dict[int, int] = {}
        self.reshapes: dict[int, int] = {}
        self._weights = weights
        self._facts = infer_facts(graph, weights)
        self._channels: dict[str, Channels] = {}
        self._uses: dict[str, list[tuple[Cut, ...]]] = defaultdict(list)
        for position, node in enumerate(graph.nodes):
            self._visit(position, node)
        for value in graph.outputs:
            self._freeze(value.name)
        self._settle(graph)

    def _visit(self, position: int, node: Node) -> None:
        rule = _RULES.get(node.operator)
        has_one_output = bool(node.outputs and node.outputs[0]) and not any(node.outputs[1:])
        made = rule(self, node, position) if rule and node.inputs and has_one_output else None
        if made is not None:
            self._channels[node.outputs[0]] = made
            return
        for name in names_read(node):
            self._freeze(name)

    def _settle(self, graph: Graph) -> None:
        """Freeze the channels of tensors that are also read in another way, and note the cuts of all."""
        reads = count_reads(graph)
        for name, uses in self._uses.items():
            cuts = {tuple(replace(cut, group=self.groups.find(cut.group)) for cut in use) for use in uses}
            if len(cuts) > 1 or len(uses) != reads[name]:
                for cut in (cut for use in uses for cut in use):
                    self.groups.freeze(cut.group)
        self.cuts = {name: uses[0] for name, uses in self._uses.items()}

    def _freeze(self, name: str) -> None:
        if name in self._channels:
            self.groups.freeze(self._channels[name].group)

    def _shape(self, name: str) -> Shape | None:
        return tensor_facts(self._weights, name)[1] if name and name in self._weights else None

    def _use(self, name: str, *cuts: Cut | None) -> None:
        self._uses[name].append(tuple(cut for cut in cuts if cut is not None))

    def _input_cut(self, name: str, axis: int, length: int, *, at: int, rank: int | None = None) -> Cut | None:
        """The cut of a weight's axis over which the channels of a value are summed; None where there are none.

        Args:
            name: of the value.
            axis: of the weight.
            length: of that axis.
            at: where in the value the channels must be, counted from the end; elsewhere they are frozen.
            rank: number of axes the value must have; None for any.
        """
        given = self._channels.get(name)
        if given is None:
            return None
        if given.axis != at or not given.fits(length) or (rank is not None and given.rank != rank):
            self._freeze(name)
            return None
        return Cut(axis, given.group, given.size, "reads")

    def convolution(self, node: Node, position: int) -> Channels | None:
        """Conv, also depthwise, and ConvTranspose."""
        weight, bias = (*node.inputs[1:3], "", "")[:2]
        shape, bias_shape, groups = self._shape(weight), self._shape(bias), integer(node, "group", 1)
        if shape is None or len(shape) < 3 or (bias and bias_shape is None):
            return None
        out_axis, in_axis = (0, 1) if node.operator == "Conv" else (1, 0)
        rank, size = len(shape), shape[out_axis]
        if size < 1 or (bias and bias_shape != (size,)):
            return None
        if groups == 1:
            made = Channels(self.groups.new(), size, 1 - rank, rank)
            in_cut = self._input_cut(node.inputs[0], in_axis, shape[in_axis], at=1 - rank, rank=rank)
        else:
            given = self._channels.get(node.inputs[0])
            is_depthwise = node.operator == "Conv" and groups == size and shape[1] == 1
            if given is None or not is_depthwise or given.size != size or given.flattened or given.rank != rank:
                return None
            if given.axis != 1 - rank:
                return None
            made, in_cut = given, None
            self.depthwise[position] = given.group
        self._use(weight, Cut(out_axis, made.group, size, "makes"), in_cut)
        if bias:
            self._use(bias, Cut(0, made.group, size, "makes"))
        return made

    def gemm(self, node: Node, position: int) -> Channels | None:
        """Gemm, with channels in the last axis of its input and of its output."""
        weight, bias = (*node.inputs[1:3], "", "")[:2]
        shape, bias_shape = self._shape(weight), self._shape(bias)
        if shape is None or len(shape) != 2 or (bias and bias_shape is None) or integer(node, "transA", 0):
            return None
        out_axis = 0 if integer(node, "transB", 0) else 1
        size = shape[out_axis]
        if size < 1 or (bias_shape is not None and (len(bias_shape) > 2 or bias_shape[-1:] not in ((), (1,), (size,)))):
            return None
        made = Channels(self.groups.new(), size, -1, 2)
        in_cut = self._input_cut(node.inputs[0], 1 - out_axis, shape[1 - out_axis], at=-1)
        self._use(weight, Cut(out_axis, made.group, size, "makes"), in_cut)
        if bias_shape and bias_shape[-1] == size:
            self._use(bias, Cut(len(bias_shape) - 1, made.group, size, "makes"))
        return made

    def matmul(self, node: Node, position: int) -> Channels | None:
        """MatMul by a matrix of weights."""
        value, weight = (*node.inputs, "")[:2]
        shape = self._shape(weight)
        if shape is None or len(shape) != 2 or shape[1] < 1 or value in self._weights:
            return None
        known = self._facts.get(value, UNKNOWN).shape
        made = Channels(self.groups.new(), shape[1], -1, None if known is None else len(known))
        in_cut = self._input_cut(value, 0, shape[0], at=-1)
        self._use(weight, Cut(1, made.group, shape[1], "makes"), in_cut)
        return made

    def normalization(self, node: Node, position: int) -> Channels | None:
        """BatchNormalization: four parameters for each entry of axis 1."""
        given = self._channels.get(node.inputs[0])
        shapes = [self._shape(name) for name in node.inputs[1:]]
        if given is None or given.position != 1 or len(shapes) != 4:
            return None
        if any(shape is None or len(shape) != 1 or not given.fits(shape[0]) for shape in shapes):
            return None
        for name in node.inputs[1:]:
            self._use(name, Cut(0, given.group, given.size, "follows"))
        return given

    def elementwise(self, node: Node, position: int) -> Channels | None:
        """One value, element by element; its other inputs are numbers that hold for all."""
        if any(name in self._channels for name in node.inputs[1:]):
            return None
        return self._channels.get(node.inputs[0])

    def broadcast(self, node: Node, position: int) -> Channels | None:
        """Values with equal channels, and constants; the channels of all become one group."""
        carriers = [self._channels[name] for name in node.inputs if name in self._channels]
        constants = [(name, self._shape(name)) for name in node.inputs if name not in self._channels]
        if not carriers:
            return None
        first = carriers[0]
        if any((c.axis, c.size, c.flattened) != (first.axis, first.size, first.flattened) for c in carriers):
            return None
        ranks = [carrier.rank for carrier in carriers]
        cuts = []
        for name, shape in constants:
            if shape is None:
                return None
            ranks.append(len(shape))
            axis = len(shape) + first.axis
            if axis >= 0 and shape[axis] != 1:
                if not first.fits(shape[axis]):
                    return None
                cuts.append((name, Cut(axis, first.group, first.size, "follows")))
        for name, cut in cuts:
            self._use(name, cut)
        for carrier in carriers[1:]:
            self.groups.unite(first.group, carrier.group)
        known = [rank for rank in ranks if rank is not None]
        return replace(first, rank=max(known) if len(known) == len(ranks) else None)

    def pool(self, node: Node, position: int) -> Channels | None:
        """Pools, which leave axis 1 alone."""
        given = self._channels.get(node.inputs[0])
        return given if given is not None and given.position == 1 and not given.flattened else None

    def pad(self, node: Node, position: int) -> Channels | None:
        """Pad of other axes."""
        given = self._channels.get(node.inputs[0])
        pads = integers(self._weights, node, 1, "pads")
        if given is None or given.position is None or given.rank is None or pads is None or any(node.inputs[3:]):
            return None
        untouched = len(pads) == 2 * given.rank and pads[given.position] == 0 == pads[given.rank + given.position]
        return given if untouched else None

    def reduction(self, node: Node, position: int) -> Channels | None:
        """Means, sums and extremes over other axes, and Squeeze of other axes."""
        given = self._channels.get(node.inputs[0])
        axes = integers(self._weights, node, 1, "axes")
        if given is None or given.rank is None or not axes or given.flattened:
            return None
        if any(not -given.rank <= axis < given.rank for axis in axes):
            return None
        gone = {axis % given.rank for axis in axes}
        if given.position in gone:
            return None
        if node.operator != "Squeeze" and integer(node, "keepdims", 1):
            return given
        behind = sum(axis > given.rank + given.axis for axis in gone)
        return replace(given, axis=given.axis + behind, rank=given.rank - len(gone))

    def flatten(self, node: Node, position: int) -> Channels | None:
        """Flatten of all axes but the first."""
        given = self._channels.get(node.inputs[0])
        if given is None or given.rank is None or given.position != 1:
            return None
        axis = integer(node, "axis", 1)
        if axis not in (1, 1 - given.rank):
            return None
        return replace(given, axis=-1, rank=2, flattened=given.flattened or given.rank > 2)

    def reshape(self, node: Node, position: int) -> Channels | None:
        """Reshape that does what Flatten does."""
        wanted = integers(self._weights, node, 1, "")
        given = self._channels.get(node.inputs[0])
        if given is None or given.rank is None or given.position != 1 or wanted is None or len(wanted) != 2:
            return None
        before, after = (self._facts.get(name, UNKNOWN).shape for name in (node.inputs[0], node.outputs[0]))
        copies_first = wanted[0] == 0 and not integer(node, "allowzero", 0)
        keeps_first = bool(before and after) and before[0] is not None and before[0] == after[0]  # type: ignore[index]  # both are there
        if not (copies_first or keeps_first):
            return None
        self.reshapes[position] = given.group
        return replace(given, axis=-1, rank=2, flattened=given.flattened or given.rank > 2)


_Rule: TypeAlias = Callable[[ChannelFlow, Node, int], "Channels | None"]

_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(ELEMENTWISE | {"Cast"}, ChannelFlow.elementwise),
    **dict.fromkeys(BROADCAST, ChannelFlow.broadcast),
    **dict.fromkeys(("AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"), ChannelFlow.pool),
    **dict.fromkeys(("ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Squeeze"), ChannelFlow.reduction),
    "BatchNormalization": ChannelFlow.normalization,
    "Conv": ChannelFlow.convolution,
    "ConvTranspose": ChannelFlow.convolution,
    "Flatten": ChannelFlow.flatten,
    "Gemm": ChannelFlow.gemm,
    "MatMul": ChannelFlow.matmul,
    "Pad": ChannelFlow.pad,
    "Reshape": ChannelFlow.reshape,
}
