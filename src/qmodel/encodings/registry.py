"""Every encoding this version implements, by the name of its field in the message `Encoding`."""

from __future__ import annotations

from qmodel.encodings.affine import Affine
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.alias import Alias, AliasNode
from qmodel.encodings.codebook import Codebook, CodebookNode
from qmodel.encodings.delta import Delta, DeltaNode
from qmodel.encodings.hashed import Hashed, HashedNode
from qmodel.encodings.lossless import Lossless
from qmodel.encodings.low_rank import LowRank, LowRankNode
from qmodel.encodings.node import Encoder, Node
from qmodel.encodings.plain import Plain, PlainNode
from qmodel.encodings.row_scaled import RowScaled
from qmodel.encodings.sparse import Sparse, SparseNode
from qmodel.encodings.sum import Sum, SumNode
from qmodel.encodings.transform import Transform, TransformNode
from qmodel.encodings.trellis import Trellis, TrellisNode
from qmodel.encodings.uniform import Uniform

NODES: dict[str, type[Node]] = {
    node.kind: node
    for node in (
        PlainNode,
        AffineNode,
        CodebookNode,
        SparseNode,
        TrellisNode,
        LowRankNode,
        SumNode,
        HashedNode,
        TransformNode,
        DeltaNode,
        AliasNode,
    )
}
ENCODERS: dict[str, type[Encoder]] = {
    encoder.kind: encoder
    for encoder in (
        Plain,
        Affine,
        Codebook,
        Sparse,
        Trellis,
        LowRank,
        Sum,
        Hashed,
        Transform,
        Delta,
        Alias,
        Uniform,
        RowScaled,
        Lossless,
    )
}
