"""Networks beside the tensors."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import F32
from qmodel.graph import Graph, ImageInput, ImageLayout, Node, TensorReference, Value
from qmodel.v1 import manifest_pb2
from tools.conformance.draft import Draft
from tools.conformance.networks import OPSET, body, nested_bodies
from tools.conformance.stored import plain
from tools.conformance.vector import Vector

LONG = "n" * 1024


def graph_vectors() -> Iterable[Vector]:
    """All of them."""
    for draft in (small_network(), unknown_operator(), left_out(), unused_tensors(), text(), passed_through()):
        yield draft.vector()
    for draft in (without_shapes(), shapes(), image_layouts(), bodies(), scopes(), nothing()):
        yield draft.vector()
    yield empty_lists()


def with_tensors(name: str, about: str, graph: Graph, *tensors: str) -> Draft:
    """A draft of a graph, and of tensors of two numbers."""
    draft = Draft(name, about, manifest={"graph": graph})
    for tensor in tensors:
        values = np.array([1.5, -2.0], np.float32)
        draft.add(tensor, plain(values, F32), values, F32)
    return draft


def floats(*names: str) -> tuple[Value, ...]:
    """Values of f32 without a shape."""
    return tuple(Value(name, F32) for name in names)


def small_network() -> Draft:
    """A dense layer and an activation."""
    draft = Draft("graph", "a small network")
    weight, bias = np.arange(6, dtype=np.float32).reshape(3, 2), np.zeros(2, np.float32)
    draft.add("w", plain(weight, F32), weight, F32)
    draft.add("b", plain(bias, F32), bias, F32)
    nodes = (
        Node("dense", "Gemm", ("x", "w", "b"), ("h",), {"alpha": 1.0, "transB": 0}),
        Node("", "Relu", ("h",), ("y",)),
    )
    values = tuple(Value(name, F32, ("N", size)) for name, size in (("x", 3), ("y", 2)))
    draft.manifest = {"graph": Graph("net", 17, nodes, values[:1], values[1:])}
    return draft


def unknown_operator() -> Draft:
    """Every kind of attribute."""
    attributes = {
        "bytes": b"\xff\x00",
        "float": -0.0,
        "floats": (0.5, float("inf"), float("nan")),
        "int": -(2**63),
        "ints": (0, -1, 2**63 - 1),
        "strings": (b"a", b""),
        "tensor": TensorReference("w"),
    }
    nodes = (Node("n", "OperatorThatNobodyKnows", ("x",), ("y",), attributes),)
    about = "an operator and an opset nobody knows, with an attribute of each kind but a graph"
    return with_tensors("graph-unknown-operator", about, Graph("", 2**32 - 1, nodes, floats("x"), floats("y")), "w")


def left_out() -> Draft:
    """Empty names among inputs and outputs."""
    nodes = (
        Node("middle", "Any", ("", "x", "", "w"), ("", "h")),
        Node("end", "Any", ("h", "", ""), ("y", "", "")),
        Node("nothing", "Any", (), ()),
    )
    graph = Graph("", OPSET, nodes, floats("x"), floats("y"))
    return with_tensors("graph-left-out", "empty names for inputs and outputs left out", graph, "w")


def unused_tensors() -> Draft:
    """More tensors and values than the graph needs."""
    graph = Graph("", OPSET, (Node("", "Neg", ("w",), ("h",)),), floats("unread"), ())
    return with_tensors("graph-unused-tensors", "tensors, an input and a value that nobody reads", graph, "u", "v", "w")


def text() -> Draft:
    """Long names, and names outside ASCII."""
    names = ("a", "é", "\uffff", "\U00010000")
    nodes = (
        Node("重み", "Any", (" ", "w", "a\u0308"), ("ä",), dict(zip(names, range(4), strict=True))),
        Node(LONG, "Any", ("ä",), (LONG,)),
        Node("重み", "Any", (LONG,), ("y",)),
    )
    graph = Graph("🙂", OPSET, nodes, floats("a\u0308", " "), floats("y"))
    about = "names of 1,024 bytes, outside ASCII, not normalized; attributes in the order of their UTF-8 bytes"
    return with_tensors("graph-text", about, graph, "w")


def passed_through() -> Draft:
    """Outputs that no node makes."""
    graph = Graph("", OPSET, (), floats("x"), floats("w", "x"))
    return with_tensors("graph-passed-through", "outputs that are a tensor and an input; no nodes", graph, "w")


def without_shapes() -> Draft:
    """Inputs and outputs of which only the type is known."""
    values = tuple(Value(str(each), each) for each in (dtypes.BOOL, dtypes.signed(64), dtypes.F8E4M3, dtypes.BF16))
    graph = Graph("", OPSET, (Node("", "Cast", ("bool",), ("y",), {"to": 1}),), values, floats("y"))
    return with_tensors("graph-without-shapes", "values of several types, none with a shape", graph)


def shapes() -> Draft:
    """Every kind of length."""
    values = (
        Value("0-d", F32, ()),
        Value("long", F32, (0, 2**63 - 1)),
        Value("symbols", F32, ("N", "N", "height × width", None, None, 3)),
    )
    graph = Graph("", OPSET, (Node("", "Neg", ("0-d",), ("y",)),), values, (Value("y", F32, (None,) * 40),))
    return with_tensors("graph-shapes", "0-d; lengths of 0 and 2^63 - 1, symbols, unknown lengths; 40 axes", graph)


def image_layouts() -> Draft:
    """Images for four inputs."""
    images = (
        ImageInput("flat", ImageLayout.FLAT, -0.5),
        ImageInput("nchw", ImageLayout.NCHW, 1 / 255, (0.5, 0.25, 0.0), (0.25,)),
        ImageInput("nhw", ImageLayout.NHW, 1e-45, (), (-1.0,)),
        ImageInput("nhwc", ImageLayout.NHWC, 1.0, (-0.0,), (1.0, 2.0, 3.0, 4.0)),
    )
    inputs = (
        Value("nhwc", F32, ("N", 8, 8, 4)),
        Value("nchw", F32, ("N", 3, 8, 8)),
        Value("flat", F32, ("N", 64)),
        Value("nhw", F32, ("N", 8, 8)),
        Value("other", dtypes.unsigned(8)),
    )
    graph = Graph("", OPSET, (), inputs, (), images)
    about = "images for inputs of all four layouts; means and deviations for all channels, for each, for none"
    return with_tensors("graph-image-layouts", about, graph)


def bodies() -> Draft:
    """The greatest depth."""
    return with_tensors("graph-bodies-8-deep", "bodies nested 8 deep", nested_bodies(8))


def scopes() -> Draft:
    """Bodies that see what is around them, and make names that others make, too."""
    inner = body("again", (Node("", "Add", ("h", "w"), ("again",)), Node("", "Neg", ("again",), ("unread",))))
    choice = Node("", "If", ("go",), ("deep",), {"then_branch": inner, "else_branch": inner})
    given = (Value("step", dtypes.signed(64), ()), Value("go", dtypes.BOOL, ()))
    loop = Graph("loop", OPSET, (choice,), given, (Value("go", dtypes.BOOL), *floats("deep", "w", "x")))
    nodes = (
        Node("", "Neg", ("x",), ("h",)),
        Node("", "Loop", ("", "c"), ("y", "z"), {"body": loop}),
        Node("", "Abs", ("y",), ("deep",)),
    )
    graph = Graph("", OPSET, nodes, (*floats("x"), Value("c", dtypes.BOOL, ())), floats("deep"))
    about = "bodies that read inputs, tensors and values around them; names made in two bodies, and outside later"
    return with_tensors("graph-bodies", about, graph, "w")


def nothing() -> Draft:
    """An empty graph."""
    return with_tensors("graph-empty", "a graph that has an opset version and nothing else", Graph("", 1, (), (), ()))


def empty_lists() -> Vector:
    """An empty list of each type."""
    nodes = (Node("", "Any", ("x",), ("y",)),)
    graph = Graph("", OPSET, nodes, floats("x"), floats("y"))
    draft = with_tensors("graph-empty-lists", "empty lists of all three types", graph)
    message = manifest_pb2.Manifest.FromString(draft.manifest_bytes())
    for name in ("float_list", "int_list", "string_list"):
        getattr(message.graph.nodes[0].attributes.add(name=name), name).SetInParent()
    return draft.vector(manifest=message.SerializeToString(deterministic=True))
