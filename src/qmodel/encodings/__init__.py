"""How numbers are represented: a small algebra of nodes, any of which may stand inside another (spec/encodings/)."""

from qmodel.encodings.affine import Affine
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.alias import Alias, AliasNode
from qmodel.encodings.codebook import Codebook, CodebookNode
from qmodel.encodings.delta import Delta, DeltaNode
from qmodel.encodings.hashed import Hashed, HashedNode
from qmodel.encodings.lossless import Lossless
from qmodel.encodings.low_rank import LowRank, LowRankNode
from qmodel.encodings.node import Encoder, Node, NodeMemory, Surroundings, TensorSource
from qmodel.encodings.plain import Plain, PlainNode
from qmodel.encodings.registry import ENCODERS, NODES
from qmodel.encodings.row_scaled import RowScaled
from qmodel.encodings.sparse import Sparse, SparseNode
from qmodel.encodings.sum import Sum, SumNode
from qmodel.encodings.transform import Transform, TransformNode
from qmodel.encodings.trellis import Trellis, TrellisNode
from qmodel.encodings.uniform import Uniform

__all__ = [
    "ENCODERS",
    "NODES",
    "Affine",
    "AffineNode",
    "Alias",
    "AliasNode",
    "Codebook",
    "CodebookNode",
    "Delta",
    "DeltaNode",
    "Encoder",
    "Hashed",
    "HashedNode",
    "Lossless",
    "LowRank",
    "LowRankNode",
    "Node",
    "NodeMemory",
    "Plain",
    "PlainNode",
    "RowScaled",
    "Sparse",
    "SparseNode",
    "Sum",
    "SumNode",
    "Surroundings",
    "TensorSource",
    "Transform",
    "TransformNode",
    "Trellis",
    "TrellisNode",
    "Uniform",
]
