"""Networks beside the tensors."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.graph import Graph, Node, Value
from tools.conformance.draft import Draft
from tools.conformance.stored import plain


def graph_drafts() -> Iterable[Draft]:
    """All of them."""
    yield small_network()


def small_network() -> Draft:
    """A dense layer and an activation."""
    draft = Draft("graph", "a small network")
    weight, bias = np.arange(6, dtype=np.float32).reshape(3, 2), np.zeros(2, np.float32)
    draft.add("w", plain(weight, dtypes.F32), weight, dtypes.F32)
    draft.add("b", plain(bias, dtypes.F32), bias, dtypes.F32)
    nodes = (
        Node("dense", "Gemm", ("x", "w", "b"), ("h",), {"alpha": 1.0, "transB": 0}),
        Node("", "Relu", ("h",), ("y",)),
    )
    values = tuple(Value(name, dtypes.F32, ("N", size)) for name, size in (("x", 3), ("y", 2)))
    draft.manifest = {"graph": Graph("net", 17, nodes, values[:1], values[1:])}
    return draft
