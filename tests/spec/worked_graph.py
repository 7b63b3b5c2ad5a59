"""The worked bytes of a node of a graph."""

from qmodel.graph import Graph, Node
from qmodel.v1 import graph_pb2
from qmodel.wire.graph import graph_from_message, graph_to_message

NODE = Node("fc", "Gemm", ("x", "w"), ("y",), {"alpha": 0.5, "transB": 1})


def node_message() -> bytes:
    """The node as the library writes it."""
    message = graph_pb2.Graph()
    graph_to_message(Graph("", 17, (NODE,), (), ()), message)
    return message.nodes[0].SerializeToString(deterministic=True)


def node_of(data: bytes) -> Node:
    """The node of a message, as the library reads it."""
    message = graph_pb2.Graph(opset_version=17)
    message.nodes.add().ParseFromString(data)
    return graph_from_message(message).nodes[0]
