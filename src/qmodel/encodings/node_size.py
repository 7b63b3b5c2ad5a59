"""What a node in memory takes of a file, for encoders that choose between several."""

from __future__ import annotations

from qmodel.buffers.sizes import file_bytes
from qmodel.encodings.node import Node

# About what a node's message takes beside its buffers.
_NODE_BYTES = 4


def node_file_bytes(node: Node, /) -> int:
    """About how many bytes a file needs for a node and all below it."""
    return sum(map(file_bytes, node.buffers())) + _NODE_BYTES * sum(1 for _ in node.walk())
