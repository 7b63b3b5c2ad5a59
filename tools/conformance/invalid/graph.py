"""Graphs that break a rule of spec/graph.md, in the order of its section "What a reader checks"."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import F32
from qmodel.graph import Graph, ImageInput, ImageLayout, Node, Value
from qmodel.v1 import graph_pb2, manifest_pb2
from tools.conformance.draft import Draft
from tools.conformance.invalid.base import CORRUPT, LONG, NON_CANONICAL, OPEN, VERIFY, invalid, serialized
from tools.conformance.layout import laid_out
from tools.conformance.networks import OPSET, body, identity, nested_bodies
from tools.conformance.stored import plain
from tools.conformance.vector import Vector

GraphChange = Callable[[graph_pb2.Graph], object]
Cases = Iterable[tuple[str, str, GraphChange]]

NAMES = "a name has at most 1,024 bytes of UTF-8, and at least one unless it may be empty"
ATTRIBUTES = "attributes are sorted by name, and names unique"
ONE_VALUE = "exactly one known member of an attribute's value"
TYPES = "an element type of the schema"
LENGTHS = "a length is at most 2^63 - 1"
FINITE = "scale, mean and std are finite, scale and std not 0"
MADE_BEFORE = "an input of a node is made before it"
MADE_ONCE = "a name is made once, and stands for one thing"


def graph_cases() -> Iterable[Vector]:
    """All of them."""
    for group in (name_cases, opset_cases, attribute_cases, type_cases, length_cases, image_cases, body_cases):
        for name, rule, change in group():
            yield broken(name, OPEN, rule, change)
    yield from byte_cases()
    yield newer_attribute()
    for group in (made_before_cases, made_once_cases, output_cases, tensor_name_cases, scope_cases):
        for name, rule, change in group():
            yield broken(name, VERIFY, rule, change)


def base() -> manifest_pb2.Manifest:
    """The manifest that all start from: one tensor, two nodes, a body, inputs of two types; every part is valid."""
    nodes = (
        Node("n", "Mul", ("x", "w"), ("h",), {"a": b"12345", "b": body("z", (identity("z"),))}),
        Node("", "Relu", ("h",), ("y",)),
    )
    inputs = (Value("x", F32, ("NN", 2)), Value("v", F32), Value("i", dtypes.signed(64)))
    images = (ImageInput("v", ImageLayout.NCHW), ImageInput("x", ImageLayout.FLAT, 0.5, (1.0,), (2.0,)))
    draft = Draft("", "", manifest={"graph": Graph("g", OPSET, nodes, inputs, (Value("y", F32, (2,)),), images)})
    draft.add("w", plain(np.zeros(2), F32), np.zeros(2), F32)
    return manifest_pb2.Manifest.FromString(draft.manifest_bytes())


def broken(name: str, at: str, rule: str, change: GraphChange) -> Vector:
    """A file whose graph was changed."""
    message = base()
    change(message.graph)
    return invalid(f"graph-{name}", CORRUPT, at, rule, laid_out((), serialized(message)))


def body_of(graph: graph_pb2.Graph) -> graph_pb2.Graph:
    """The body of the first node."""
    return graph.nodes[0].attributes[1].graph


def name_cases() -> Cases:
    """Rule 1."""
    for name, change in (
        ("name-long", lambda g: setattr(g, "name", LONG)),
        ("node-name-long", lambda g: setattr(g.nodes[0], "name", LONG)),
        ("operator-empty", lambda g: setattr(g.nodes[0], "operator", "")),
        ("operator-long", lambda g: setattr(g.nodes[0], "operator", LONG)),
        ("node-input-long", lambda g: g.nodes[0].inputs.append(LONG)),
        ("node-output-long", lambda g: g.nodes[0].outputs.append(LONG)),
        ("attribute-name-empty", lambda g: setattr(g.nodes[0].attributes[0], "name", "")),
        ("attribute-name-long", lambda g: setattr(g.nodes[0].attributes[1], "name", LONG)),
        ("input-name-empty", lambda g: setattr(g.inputs[0], "name", "")),
        ("input-name-long", lambda g: setattr(g.inputs[2], "name", LONG)),
        ("output-name-empty", lambda g: setattr(g.outputs[0], "name", "")),
        ("output-name-long", lambda g: setattr(g.outputs[0], "name", LONG)),
        ("symbol-empty", lambda g: setattr(g.inputs[0].shape.dimensions[0], "symbol", "")),
        ("symbol-long", lambda g: setattr(g.inputs[0].shape.dimensions[0], "symbol", LONG)),
        ("body-operator-empty", lambda g: setattr(body_of(g).nodes[0], "operator", "")),
    ):
        yield name, NAMES, change


def opset_cases() -> Cases:
    """Rule 2."""
    rule = "an opset version is at least 1"
    yield "opset-0", rule, lambda g: setattr(g, "opset_version", 0)
    yield "body-opset-0", rule, lambda g: setattr(body_of(g), "opset_version", 0)


def attribute_cases() -> Cases:
    """Rule 3, as far as messages can break it; see also `byte_cases`."""

    def add(**attribute: Any) -> GraphChange:
        return lambda g: g.nodes[0].attributes.add(**attribute)

    yield "attributes-unsorted", ATTRIBUTES, add(name="Z", int_value=1)
    yield "attribute-twice", ATTRIBUTES, add(name="b", int_value=1)
    yield "attribute-without-value", ONE_VALUE, add(name="c")
    yield "attribute-unknown-member", ONE_VALUE, lambda g: unknown_member(g.nodes[0].attributes[0])
    yield "body-attribute-without-value", ONE_VALUE, lambda g: body_of(g).nodes[0].attributes.add(name="c")


def unknown_member(attribute: graph_pb2.Attribute) -> None:
    """A value in a field that the schema does not have."""
    attribute.ClearField("string_value")
    attribute.MergeFromString(b"\x52\x00")


def type_cases() -> Cases:
    """Rule 4."""
    layouts = "an image layout of the schema"
    yield "input-type-missing", TYPES, lambda g: g.inputs[0].ClearField("element_type")
    yield "input-type-unknown", TYPES, lambda g: setattr(g.inputs[2], "element_type", 133)
    yield "input-type-negative", TYPES, lambda g: setattr(g.inputs[2], "element_type", -1)
    yield "output-type-missing", TYPES, lambda g: g.outputs[0].ClearField("element_type")
    yield "output-type-unknown", TYPES, lambda g: setattr(g.outputs[0], "element_type", 133)
    yield "body-output-type-missing", TYPES, lambda g: body_of(g).outputs[0].ClearField("element_type")
    yield "image-layout-missing", layouts, lambda g: g.image_inputs[0].ClearField("layout")
    yield "image-layout-unknown", layouts, lambda g: setattr(g.image_inputs[0], "layout", 5)


def length_cases() -> Cases:
    """Rule 5."""
    yield "input-length-2-63", LENGTHS, lambda g: setattr(g.inputs[0].shape.dimensions[1], "size", 1 << 63)
    yield "output-length-2-64", LENGTHS, lambda g: setattr(g.outputs[0].shape.dimensions[0], "size", (1 << 64) - 1)


def image_cases() -> Cases:
    """Rule 6."""
    exists, in_order = "an image input names an input of f32", "image inputs are sorted, and unique"
    infinite, nan = float("inf"), float("nan")
    yield from (
        ("image-input-missing", exists, lambda g: setattr(g.image_inputs[1], "input", "y")),
        ("image-input-tensor", exists, lambda g: setattr(g.image_inputs[0], "input", "w")),
        ("image-input-empty", exists, lambda g: setattr(g.image_inputs[0], "input", "")),
        ("image-input-not-f32", exists, lambda g: setattr(g.image_inputs[0], "input", "i")),
        ("image-scale-0", FINITE, lambda g: setattr(g.image_inputs[1], "scale", 0.0)),
        ("image-scale-negative-0", FINITE, lambda g: setattr(g.image_inputs[1], "scale", -0.0)),
        ("image-scale-infinite", FINITE, lambda g: setattr(g.image_inputs[1], "scale", -infinite)),
        ("image-scale-nan", FINITE, lambda g: setattr(g.image_inputs[1], "scale", nan)),
        ("image-mean-infinite", FINITE, lambda g: g.image_inputs[1].mean.append(infinite)),
        ("image-mean-nan", FINITE, lambda g: g.image_inputs[1].mean.append(nan)),
        ("image-std-0", FINITE, lambda g: g.image_inputs[1].std.append(0.0)),
        ("image-std-infinite", FINITE, lambda g: g.image_inputs[1].std.append(infinite)),
        ("image-std-nan", FINITE, lambda g: g.image_inputs[1].std.append(nan)),
        ("image-inputs-unsorted", in_order, lambda g: g.image_inputs.reverse()),
        ("image-input-twice", in_order, lambda g: setattr(g.image_inputs[0], "input", "x")),
        ("body-image-input", "a body has no image inputs", body_image_input),
    )


def body_image_input(graph: graph_pb2.Graph) -> None:
    """An image input for an input of a body."""
    inner = body_of(graph)
    inner.inputs.add().CopyFrom(graph.inputs[0])
    inner.inputs[0].name = "inner"
    inner.image_inputs.add(input="inner", layout=graph_pb2.IMAGE_LAYOUT_FLAT, scale=1.0)


def body_cases() -> Cases:
    """Rule 7."""
    nine = Draft("", "", manifest={"graph": nested_bodies(9)})
    graph = manifest_pb2.Manifest.FromString(nine.manifest_bytes()).graph
    yield "bodies-9-deep", "bodies are nested at most 8 deep", lambda g: g.CopyFrom(graph)


def byte_cases() -> Iterable[Vector]:
    """What no message can hold: other bytes of the same length."""
    one_length = "one member of a dimension's length"
    for name, kind, rule, before, after in (
        ("operator-invalid-utf8", CORRUPT, NAMES, b"\x12\x04Relu", b"\x12\x04\xff\xfelu"),
        ("input-name-invalid-utf8", CORRUPT, NAMES, b"\x12\x02NN", b"\x12\x02N\xc3"),
        ("attribute-two-members", NON_CANONICAL, ONE_VALUE, b"\x22\x0512345", b"\x15\x00\x00\x80\x3f\x18\x02"),
        ("dimension-two-members", NON_CANONICAL, one_length, b"\x12\x02NN", b"\x08\x02\x12\x00"),
    ):
        manifest = serialized(base())
        if manifest.count(before) != 1:
            raise ValueError(f"{name}: {before!r} stands {manifest.count(before)} times in the manifest")
        yield invalid(f"graph-{name}", kind, OPEN, rule, laid_out((), manifest.replace(before, after)))


def newer_attribute() -> Vector:
    """An attribute of a kind that version 1.0 does not have, in a file that says it is newer."""
    message = base()
    message.version_minor = 7
    unknown_member(message.graph.nodes[0].attributes[0])
    name, data = "graph-attribute-unknown-member-newer", laid_out((), serialized(message))
    vector = invalid(name, CORRUPT, OPEN, f"{ONE_VALUE}, in newer minor versions, too", data)
    vector.entry["warns"] = True
    return vector


def made_before_cases() -> Cases:
    """Rule 8."""
    for name, change in (
        ("node-input-missing", lambda g: g.nodes[0].inputs.__setitem__(0, "nowhere")),
        ("node-input-later", lambda g: g.nodes.reverse()),
        ("node-reads-itself", lambda g: g.nodes[0].inputs.__setitem__(0, "h")),
        ("cycle", lambda g: g.nodes[0].inputs.__setitem__(0, "y")),
        ("node-input-normalized", normalized),
    ):
        yield name, MADE_BEFORE, change


def normalized(graph: graph_pb2.Graph) -> None:
    """Two spellings of one letter, which are two names."""
    graph.nodes[0].outputs[0], graph.nodes[1].inputs[0] = "\u00e4", "a\u0308"


def made_once_cases() -> Cases:
    """Rule 9."""
    for name, change in (
        ("value-made-twice", lambda g: g.nodes[1].outputs.append("h")),
        ("value-made-twice-by-a-node", lambda g: g.nodes[1].outputs.append("y")),
        ("value-is-input", lambda g: g.nodes[1].outputs.append("x")),
        ("value-is-tensor", lambda g: g.nodes[1].outputs.append("w")),
        ("input-is-tensor", lambda g: setattr(g.inputs[2], "name", "w")),
        ("input-twice", lambda g: g.inputs.add().CopyFrom(g.inputs[2])),
    ):
        yield name, MADE_ONCE, change


def output_cases() -> Cases:
    """Rule 10."""
    yield "output-missing", "an output of the graph is made", lambda g: setattr(g.outputs[0], "name", "nowhere")
    yield "output-twice", "an output of the graph is named once", lambda g: g.outputs.add().CopyFrom(g.outputs[0])


def tensor_name_cases() -> Cases:
    """Rule 11."""
    for name, tensor in (("tensor-name-missing", "nothing"), ("tensor-name-empty", ""), ("tensor-name-value", "x")):
        yield (
            name,
            "tensor_name names a tensor",
            lambda g, tensor=tensor: g.nodes[1].attributes.add(name="t", tensor_name=tensor),
        )


def scope_cases() -> Cases:
    """Rules 8, 9 and 11 in bodies."""
    once, opset = "a body makes no name that it sees", "a body has the opset version of the graph around it"
    for name, taken in (("input", "x"), ("tensor", "w")):
        yield f"body-name-of-{name}", once, lambda g, taken=taken: rename(body_of(g), taken)
    yield "body-name-of-value", once, body_in_last_node
    yield "body-name-is-input", once, lambda g: body_of(g).inputs.add(name="v", element_type=g.inputs[0].element_type)
    yield "body-other-opset", opset, lambda g: setattr(body_of(g), "opset_version", OPSET + 1)
    yield "body-output-missing", "an output of a body is made", lambda g: setattr(body_of(g).outputs[0], "name", "?")
    yield "body-reads-later", MADE_BEFORE, lambda g: body_of(g).nodes[0].inputs.__setitem__(0, "h")


def rename(graph: graph_pb2.Graph, name: str) -> None:
    """Give what the first node makes another name."""
    graph.nodes[0].outputs[0] = graph.outputs[0].name = name


def body_in_last_node(graph: graph_pb2.Graph) -> None:
    """A body behind the node that makes `h`, which makes `h` once more."""
    attribute = graph.nodes[1].attributes.add()
    attribute.CopyFrom(graph.nodes[0].attributes[1])
    rename(attribute.graph, "h")
