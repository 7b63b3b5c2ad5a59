"""The network as plain values: nodes with the operator names, attributes and semantics of ONNX (spec/graph.md)."""

from qmodel.graph.image_input import ImageInput, ImageLayout, layout_of
from qmodel.graph.structure import AttributeValue, Graph, Node, TensorReference, Value

__all__ = ["AttributeValue", "Graph", "ImageInput", "ImageLayout", "Node", "TensorReference", "Value", "layout_of"]
