"""The worked bytes of low_rank, sum, transform and of a tree: nodes and the values they stand for."""

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed, store
from qmodel.encodings import AffineNode, LowRankNode, PlainNode, SumNode, TransformNode


def plain(values, element_type):
    return PlainNode(store(np.array(values, element_type.storage), element_type, coding=Packed()))


NODES = {
    "tensor-low-rank": LowRankNode(plain([[1], [-2]], dtypes.F16), plain([[3, 0.5, -1]], dtypes.F16), 1),
    "tensor-sum": SumNode((plain([1, -2], dtypes.F16), plain([0.25, 0.125], dtypes.F32))),
    "tensor-transform": TransformNode(plain([[1, 1], [1, -1]], dtypes.signed(2)), plain([[1, 2], [3, -1]], dtypes.F16)),
}
VALUES = {
    "tensor-low-rank": np.array([[3, 0.5, -1], [-6, -1, 2]], np.float32),
    "tensor-sum": np.array([1.25, -1.875], np.float32),
    "tensor-transform": np.array([[3, -1], [2, 4]], np.float32),
}
_SCALED = AffineNode(plain([1, 3], dtypes.unsigned(2)), plain(0.5, dtypes.F16))
TREE, TREE_VALUES = SumNode((_SCALED, plain([0.25, -1], dtypes.F16))), np.array([0.75, 0.5], np.float32)
