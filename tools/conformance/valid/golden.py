"""Golden samples."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed
from qmodel.dtypes import F32
from qmodel.graph import Graph, Node, Value
from tools.conformance.draft import Draft
from tools.conformance.networks import OPSET
from tools.conformance.stored import in_chunks, plain

S64 = dtypes.signed(64)


def golden_drafts() -> Iterable[Draft]:
    """All of them."""
    yield dense()
    yield many_types()


def dense() -> Draft:
    """A layer that a reader can run: two samples, one of them in chunks that a tensor has, too."""
    draft = Draft("golden", "a dense layer with golden samples of one and of two rows, in chunks and inline")
    weight = np.array([[1, -2], [0.5, 4], [0, 3]], np.float32)
    draft.add("w", in_chunks(weight, F32), weight, F32)
    graph_nodes = (Node("dense", "MatMul", ("x", "w"), ("h",)), Node("", "Relu", ("h",), ("y",)))
    values = tuple(Value(name, F32, ("N", size)) for name, size in (("x", 3), ("y", 2)))
    draft.manifest = {"graph": Graph("net", OPSET, graph_nodes, values[:1], values[1:])}
    for rows in ([[1, 2, 3]], [[0, -1, 1], [2, 0, 0]]):
        x = np.array(rows, np.float32)
        y = np.maximum(x @ weight, 0)
        draft.add_golden({"x": (F32, x, in_chunks(x, F32, 0))}, {"y": (F32, y, None)}, 2.0**-16, 2.0**-14)
    return draft


def many_types() -> Draft:
    """An operator nobody knows, values of many types and shapes, some outputs left out."""
    inputs = (Value("flag", dtypes.BOOL, ()), Value("ids", S64), Value("bits", dtypes.unsigned(3), (None, 0)))
    outputs = (Value("left out", F32), Value("half", dtypes.F16, ("A",)), Value("brain", dtypes.BF16, (2, "A")))
    nodes = (Node("", "OperatorThatNobodyKnows", ("flag", "ids", "bits"), tuple(each.name for each in outputs)),)
    about = "golden samples of an operator nobody knows: several types, an empty array, 0-d, NaN, an output left out"
    draft = Draft("golden-types", about, manifest={"graph": Graph("", OPSET, nodes, inputs, outputs)})
    half = np.array([np.nan, np.inf, -0.0], np.float16)
    brain = np.array([[0x3F80, 0xFFC0, 1], [0, 0x8000, 0x7F80]], np.uint16)
    ids = np.array([-(2**63), 2**63 - 1])
    draft.add_golden(
        {
            "flag": (dtypes.BOOL, np.array(True), None),
            "ids": (S64, ids, plain(ids, S64, Packed("none", "byte_shuffle"))),
            "bits": (dtypes.unsigned(3), np.zeros((4, 0)), None),
        },
        {"half": (dtypes.F16, half, None), "brain": (dtypes.BF16, brain, None)},
        0.0,
        0.5,
    )
    return draft
