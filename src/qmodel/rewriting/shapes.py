"""What can be known of values before anything runs: their element types and the lengths of their axes.

A length is an int, a symbol of a graph input (equal symbols are equal lengths, whatever they will be), or None where
it is not known. What an operator that is not listed here makes is simply not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from qmodel.dtypes import Array, ElementType, parse
from qmodel.errors import GraphError
from qmodel.graph import Graph, Node
from qmodel.rewriting.attributes import integer, integer_list, text
from qmodel.rewriting.overlay import stored_tensor, tensor_facts
from qmodel.runtime.windows import pooled_space, window_geometry

Length: TypeAlias = int | str | None
Lengths: TypeAlias = tuple[Length, ...]

ONNX_TYPES = {1: "f32", 2: "u8", 3: "s8", 4: "u16", 5: "s16", 6: "s32", 7: "s64", 9: "bool", 10: "f16", 11: "f64"}

# One output of the type and shape of the first input, element by element.
ELEMENTWISE = frozenset(
    {
        *("Abs", "Celu", "Clip", "Dropout", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "Identity"),
        *("LeakyRelu", "Log", "Mish", "Neg", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh"),
    }
)
BROADCAST = frozenset({"Add", "Div", "Max", "Mean", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum"})

_MOST_CONSTANTS_READ = 4096


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """Attributes: element_type: None when not known. shape: None when not even the number of axes is known."""

    element_type: ElementType | None = None
    shape: Lengths | None = None


UNKNOWN = ValueFacts()


def small_constant(weights: Mapping[str, Array], name: str, /) -> Array | None:
    """The values of a tensor of at most 4096 elements that NumPy can compute with; None if it is no such tensor."""
    if name not in weights:
        return None
    element_type, shape = tensor_facts(weights, name)
    if element_type.stored_as_bits or prod(shape) > _MOST_CONSTANTS_READ:
        return None
    return stored_tensor(weights, name).storage


def integers(weights: Mapping[str, Array], node: Node, index: int, attribute: str, /) -> tuple[int, ...] | None:
    """Integers that older opsets give as an attribute and newer ones as an input; None if they are not constant."""
    if attribute in node.attributes:
        return integer_list(node, attribute)
    name = node.inputs[index] if index < len(node.inputs) else ""
    found = small_constant(weights, name) if name else None
    return None if found is None or found.dtype.kind not in "iu" else tuple(int(entry) for entry in found.reshape(-1))


def infer_facts(graph: Graph, weights: Mapping[str, Array], /) -> dict[str, ValueFacts]:
    """Facts of every graph input and of the values that nodes of the graph, not of its bodies, make."""
    facts = {value.name: ValueFacts(value.element_type, value.shape) for value in graph.inputs}

    def facts_of(name: str) -> ValueFacts:
        if name in facts or name not in weights:
            return facts.get(name, UNKNOWN)
        return ValueFacts(*tensor_facts(weights, name))

    for node in graph.nodes:
        if not node.inputs or not node.outputs or not node.outputs[0]:
            continue
        given = [facts_of(name) for name in node.inputs]
        facts[node.outputs[0]] = ValueFacts(_element_type(node, given), _shape(node, given, weights))
    return facts


def _element_type(node: Node, given: Sequence[ValueFacts]) -> ElementType | None:
    if node.operator == "Cast":
        name = ONNX_TYPES.get(integer(node, "to", 0))
        return parse(name) if name else None
    return given[0].element_type if node.operator in _RULES or node.operator in ELEMENTWISE | BROADCAST else None


def _shape(node: Node, given: Sequence[ValueFacts], weights: Mapping[str, Array]) -> Lengths | None:
    if node.operator in ELEMENTWISE:
        return given[0].shape
    if node.operator in BROADCAST:
        return broadcast_shape([each.shape for each in given])
    rule = _RULES.get(node.operator)
    shape = given[0].shape
    if rule is None or shape is None:
        return None
    try:
        return rule(node, shape, [each.shape for each in given], weights)
    except GraphError:
        return None  # the node cannot run; whoever runs it will say so


def broadcast_shape(shapes: Sequence[Lengths | None], /) -> Lengths | None:
    """The shape that NumPy's broadcasting gives."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes):
        return None
    rank = max(len(shape) for shape in known)
    columns = zip(*((1,) * (rank - len(shape)) + shape for shape in known), strict=True)
    return tuple(_broadcast_length(set(column) - {1}) for column in columns)


def _broadcast_length(lengths: set[Length]) -> Length:
    if not lengths:
        return 1
    fixed = [length for length in lengths if isinstance(length, int)]
    if fixed:
        return fixed[0]  # whatever is unknown beside it is this or 1
    return next(iter(lengths)) if len(lengths) == 1 else None


def _same(node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]) -> Lengths | None:
    return shape


def _windowed(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    """Conv and the pools: spatial lengths are known only where all of the input's are."""
    rank = len(shape)
    is_convolution = node.operator == "Conv"
    weight = shapes[1] if is_convolution and len(shapes) > 1 else None
    if rank < 3 or (is_convolution and (weight is None or len(weight) != rank)):
        return None
    channels = weight[0] if weight else shape[1]
    kernel = _fixed(weight[2:]) if weight else integer_list(node, "kernel_shape")
    space = _fixed(shape[2:])
    if len(space) < rank - 2 or len(kernel) < rank - 2:
        return (shape[0], channels, *(None,) * (rank - 2))
    options = {key: integer_list(node, key) for key in ("strides", "dilations", "pads")}
    geometry = window_geometry(space, kernel, auto_pad=text(node, "auto_pad", "NOTSET"), **options)
    ceil_mode = bool(integer(node, "ceil_mode", 0))
    return (shape[0], channels, *pooled_space(space, geometry, ceil_mode=ceil_mode))


def _pooled_to_one(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    return (*shape[:2], *(1,) * (len(shape) - 2))


def _gemm(node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]) -> Lengths | None:
    right = shapes[1] if len(shapes) > 1 else None
    if right is None or len(right) != 2 or len(shape) != 2:
        return None
    return shape[1 if integer(node, "transA", 0) else 0], right[0 if integer(node, "transB", 0) else 1]


def _matmul(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    right = shapes[1] if len(shapes) > 1 else None
    return (*shape[:-1], right[1]) if right is not None and len(right) == 2 and len(shape) > 1 else None


def _flatten(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    axis = integer(node, "axis", 1)
    if not -len(shape) <= axis <= len(shape):
        return None
    split = axis + len(shape) if axis < 0 else axis
    return _product(shape[:split]), _product(shape[split:])


def _reshape(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    wanted = integers(weights, node, 1, "")
    if wanted is None or (0 in wanted and (integer(node, "allowzero", 0) or 0 in wanted[len(shape) :])):
        return None
    lengths: list[Length] = [shape[axis] if length == 0 else length for axis, length in enumerate(wanted)]
    if -1 in wanted:
        lengths[wanted.index(-1)] = _quotient(shape, [length for length in lengths if length != -1])
    return tuple(lengths)


def _transpose(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    order = integer_list(node, "perm") or tuple(reversed(range(len(shape))))
    return tuple(shape[axis] for axis in order) if sorted(order) == list(range(len(shape))) else None


def _squeeze(
    node: Node, shape: Lengths, shapes: Sequence[Lengths | None], weights: Mapping[str, Array]
) -> Lengths | None:
    axes = integers(weights, node, 1, "axes")
    if axes is None:
        is_all = "axes" not in node.attributes and not any(node.inputs[1:])
        fixed = all(isinstance(length, int) for length in shape)
        return tuple(length for length in shape if length != 1) if is_all and fixed else None
    if any(not -len(shape) <= axis < len(shape) for axis in axes):
        return None
    gone = {axis % len(shape) for axis in axes}
    return tuple(length for axis, length in enumerate(shape) if axis not in gone)


def _fixed(lengths: Sequence[Length]) -> tuple[int, ...]:
    return tuple(length for length in lengths if isinstance(length, int))


def _product(lengths: Sequence[Length]) -> Length:
    """The product where it is a number, or a symbol times one."""
    others = [length for length in lengths if not isinstance(length, int)]
    number = prod(length for length in lengths if isinstance(length, int))
    if not others:
        return number
    return others[0] if len(others) == 1 and number == 1 else None


def _quotient(whole: Sequence[Length], parts: Sequence[Length]) -> Length:
    """What `parts` must be multiplied by to give the product of `whole`."""
    if None in whole or None in parts:
        return None
    symbols = [length for length in whole if isinstance(length, str)]
    for length in parts:
        if isinstance(length, str):
            if length not in symbols:
                return None
            symbols.remove(length)
    dividend = prod(length for length in whole if isinstance(length, int))
    divisor = prod(length for length in parts if isinstance(length, int))
    if not divisor or dividend % divisor:
        return None
    return _product([dividend // divisor, *symbols])


_Rule: TypeAlias = Callable[[Node, Lengths, Sequence["Lengths | None"], Mapping[str, Array]], "Lengths | None"]

_RULES: Mapping[str, _Rule] = {
    "AveragePool": _windowed,
    "BatchNormalization": _same,
    "Conv": _windowed,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": _pooled_to_one,
    "GlobalMaxPool": _pooled_to_one,
    "LogSoftmax": _same,
    "MatMul": _matmul,
    "MaxPool": _windowed,
    "Reshape": _reshape,
    "Softmax": _same,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
}
