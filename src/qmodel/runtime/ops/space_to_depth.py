"""The operator SpaceToDepth."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("SpaceToDepth", fresh=True)
def space_to_depth(x: Array, /, *, blocksize: int, mode: str = "DCR") -> Array:
    """Blocks of (N, C, H, W) as channels; the block's axes come first in them (DCR) or last (CRD)."""
    if x.ndim != 4 or blocksize < 1 or x.shape[2] % blocksize or x.shape[3] % blocksize:
        raise GraphError(f"an image of shape {x.shape} does not consist of blocks of {blocksize}")
    if mode not in ("DCR", "CRD"):
        raise GraphError(f"mode must be DCR or CRD, got {mode!r}")
    images, channels, height, width = x.shape
    rows, columns = height // blocksize, width // blocksize
    blocks = x.reshape(images, channels, rows, blocksize, columns, blocksize)
    order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    return blocks.transpose(order).reshape(images, channels * blocksize**2, rows, columns)
