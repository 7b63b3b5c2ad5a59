import dataclasses

import pytest

import qmodel
from qmodel.dtypes import F32, signed
from qmodel.errors import CorruptError, GraphError, InvalidInputError, VerificationError
from qmodel.graph import Graph, ImageInput, ImageLayout, Node, TensorReference, Value
from qmodel.graph.check import check_values
from qmodel.v1 import graph_pb2
from qmodel.wire.graph import graph_from_message, graph_to_message
from tests.conftest import network_path
from tests.container.files import file_bytes, with_manifest

BODY = Graph("body", 17, (), (), (Value("x", F32, ()),))
GRAPH = Graph(
    name="everything",
    opset_version=17,
    nodes=(
        Node(
            "first",
            "Any",
            ("x", "", "w"),
            ("y", ""),
            {
                "body": BODY,
                "bytes": b"\xff\x00",
                "empty": (),
                "float": 0.5,
                "floats": (0.5, 1.0),
                "int": -3,
                "ints": (1, -(2**63), 2**63 - 1),
                "strings": (b"a", b""),
                "tensor": TensorReference("w"),
            },
        ),
    ),
    inputs=(Value("x", F32, ("N", 3, None)), Value("z", signed(64))),
    outputs=(Value("y", F32),),
    image_inputs=(ImageInput("x", ImageLayout.NCHW, 0.5, (1.0, 2.0, 3.0), (0.25,)),),
)


def message_of(graph):
    message = graph_pb2.Graph()
    graph_to_message(graph, message)
    return message


def test_every_kind_of_attribute_and_value_comes_back():
    data = message_of(GRAPH).SerializeToString(deterministic=True)
    assert graph_from_message(graph_pb2.Graph.FromString(data)) == GRAPH


def test_real_networks_come_back(network):
    graph = qmodel.from_onnx(network, pixel_scale=0.5).graph
    assert graph_from_message(message_of(graph)) == graph


def nested(depth):
    graph = BODY
    for _ in range(depth):
        graph = Graph("g", 17, (Node("n", "If", (), ("y",), {"then": graph}),), (), ())
    return graph


def test_bodies_may_be_nested_eight_deep():
    assert graph_from_message(message_of(nested(8))) == nested(8)
    with pytest.raises(CorruptError, match="nested deeper than 8"):
        graph_from_message(message_of(nested(9)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: setattr(g, "opset_version", 0), "opset version 0"),
        (lambda g: setattr(g, "name", "x" * 1025), "graph name of 1025 bytes; 0 to 1024"),
        (lambda g: setattr(g.nodes[0], "name", "x" * 1025), "node name of 1025 bytes"),
        (lambda g: setattr(g.nodes[0], "operator", ""), "operator name of 0 bytes; 1 to 1024"),
        (lambda g: g.nodes[0].inputs.append("x" * 1025), "value name of 1025 bytes"),
        (lambda g: g.nodes[0].attributes.add(name="aaa", int_value=1), "attribute name 'aaa' is out of order"),
        (lambda g: g.nodes[0].attributes.add(name="tensor", int_value=1), "attribute name 'tensor' appears twice"),
        (lambda g: g.nodes[0].attributes.add(name="zzz"), "attribute 'zzz' without a value"),
        (lambda g: setattr(g.inputs[0], "name", ""), "value name of 0 bytes"),
        (lambda g: setattr(g.inputs[0], "element_type", 0), "element type number 0"),
        (lambda g: setattr(g.inputs[0].shape.dimensions[1], "size", 2**63), "an axis of length 9223372036854775808"),
        (lambda g: setattr(g.inputs[0].shape.dimensions[0], "symbol", ""), "symbol name of 0 bytes"),
        (lambda g: setattr(g.image_inputs[0], "layout", 0), "image layout number 0"),
        (lambda g: setattr(g.image_inputs[0], "layout", 77), "image layout number 77"),
        (lambda g: setattr(g.image_inputs[0], "scale", 0), "scale and std not 0"),
        (lambda g: g.image_inputs[0].mean.append(float("inf")), "must be finite"),
        (lambda g: g.image_inputs[0].std.append(0), "scale and std not 0"),
        (lambda g: setattr(g.image_inputs[0], "input", "y"), "'y' is no graph input of f32"),
        (lambda g: setattr(g.image_inputs[0], "input", "z"), "'z' is no graph input of f32"),
        (lambda g: g.image_inputs.append(g.image_inputs[0]), "image input name 'x' appears twice"),
    ],
)
def test_broken_rules_are_corrupt(change, message):
    graph = message_of(GRAPH)
    change(graph)
    with pytest.raises(CorruptError, match=message):
        graph_from_message(graph)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.nodes[0].inputs.__setitem__(0, "nowhere"), "'nowhere' is no graph input"),
        (lambda g: g.nodes[0].outputs.__setitem__(0, "x"), "'x' is made twice"),
        (lambda g: g.nodes.append(g.nodes[0]), "is made twice"),
        (lambda g: g.nodes.reverse(), "out of order or form a cycle"),
        (lambda g: g.outputs.append(g.outputs[0]), "'logits' is named twice"),
        (lambda g: setattr(g.outputs[0], "name", "nowhere"), "'nowhere' is made by no node"),
        (lambda g: setattr(g.inputs[0], "name", "fc1.bias"), "'fc1.bias' is also a tensor"),
        (lambda g: g.nodes[0].attributes.add(name="value", tensor_name="none"), "names tensor 'none'"),
    ],
)
def test_verify_follows_the_names_of_a_graph(change, message):
    data = file_bytes(qmodel.from_onnx(network_path("lenet300")))
    qmodel.verify(data)
    damaged = with_manifest(data, lambda manifest: change(manifest.graph))
    with pytest.raises(VerificationError, match=message) as caught:
        qmodel.verify(damaged)
    assert all(isinstance(finding, CorruptError) for finding in caught.value.findings)


def with_body(**changes):
    """A graph whose only node has a body that reads `x` of the graph around it and the tensor `w`."""
    body = Graph("body", 17, (Node("inner", "Add", ("x", "w"), ("b",)),), (), (Value("b", F32),))
    node = Node("outer", "If", ("x",), ("y",), {"then": dataclasses.replace(body, **changes)})
    return Graph("g", 17, (node,), (Value("x", F32),), (Value("y", F32),))


def test_bodies_see_what_is_around_them():
    check_values(with_body(), {"w"}.__contains__)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"opset_version": 18}, "If node 'outer': body 'then': opset version 18, the graph around it 17"),
        ({"inputs": (Value("x", F32),)}, "graph input 'x' is also an input"),
        ({"nodes": (Node("inner", "Add", ("y", "w"), ("b",)),)}, "input 'y' is no graph input"),
        ({"nodes": (Node("inner", "Add", ("x", "w"), ("x",)),)}, "'x' is made twice"),
        ({"nodes": (Node("inner", "Any", (), ("b",), {"t": TensorReference("v")}),)}, "names tensor 'v'"),
        ({"outputs": (Value("c", F32),)}, "graph output 'c' is made by no node"),
    ],
)
def test_bodies_follow_the_rules_too(changes, message):
    with pytest.raises(GraphError, match=message):
        check_values(with_body(**changes), {"w"}.__contains__)


def test_a_model_that_breaks_the_rules_is_not_written(tmp_path):
    path = tmp_path / "a.qmodel"
    broken = qmodel.Model({}, Graph("g", 0, (), (), ()))
    with pytest.raises(InvalidInputError, match="the model breaks a rule of the format: a graph of opset version 0"):
        qmodel.save(broken, path)
    assert not path.exists()
