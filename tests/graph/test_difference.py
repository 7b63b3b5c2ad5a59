from dataclasses import replace

import pytest

from qmodel import dtypes
from qmodel.graph import Graph, Node, TensorReference, Value
from qmodel.graph.difference import graph_differences

X, Y = Value("x", dtypes.F32, ("N", 4)), Value("y", dtypes.F32, None)
RELU = Node("r", "Relu", ("x",), ("a",))
SOFTMAX = Node("s", "Softmax", ("a",), ("y",), {"axis": 1})
GRAPH = Graph("g", 17, (RELU, SOFTMAX), (X,), (Y,))


def with_attribute(value):
    return replace(GRAPH, nodes=(RELU, replace(SOFTMAX, attributes={"axis": value})))


def test_a_graph_does_not_differ_from_itself():
    assert graph_differences(GRAPH, replace(GRAPH)) == []
    nan = float("nan")
    assert graph_differences(with_attribute(nan), with_attribute(float("nan"))) == []


def test_the_order_of_nodes_does_not_count():
    assert graph_differences(GRAPH, replace(GRAPH, nodes=GRAPH.nodes[::-1])) == []


@pytest.mark.parametrize(
    ("part", "changed", "removed", "added"),
    [
        ("name", replace(GRAPH, name="h"), ("g",), ("h",)),
        ("opset", replace(GRAPH, opset_version=18), (17,), (18,)),
        (
            "input",
            replace(GRAPH, inputs=(Value("x", dtypes.F16, ("N", 4)),)),
            (X,),
            (Value("x", dtypes.F16, ("N", 4)),),
        ),
        ("output", replace(GRAPH, outputs=()), (Y,), ()),
        ("node", replace(GRAPH, nodes=(RELU,)), (SOFTMAX,), ()),
        ("node", replace(GRAPH, nodes=(RELU, RELU, SOFTMAX)), (), (RELU,)),
    ],
)
def test_each_part_is_told_apart(part, changed, removed, added):
    (found,) = graph_differences(GRAPH, changed)
    assert (found.part, found.removed, found.added) == (part, removed, added)


@pytest.mark.parametrize(
    "value", [2, 1.0, (1,), b"1", TensorReference("t"), replace(GRAPH, nodes=(RELU,)), replace(GRAPH, name="h")]
)
def test_attributes_count_with_their_types(value):
    (found,) = graph_differences(GRAPH, with_attribute(value))
    assert found.part == "node"
    assert found.removed == (SOFTMAX,)
    assert found.added[0].attributes == {"axis": value}


def test_bodies_are_compared_node_by_node():
    body = replace(GRAPH, nodes=(RELU,))
    other = replace(body, nodes=(replace(RELU, operator="Elu"),))
    assert graph_differences(with_attribute(body), with_attribute(replace(body))) == []
    assert len(graph_differences(with_attribute(body), with_attribute(other))) == 1
