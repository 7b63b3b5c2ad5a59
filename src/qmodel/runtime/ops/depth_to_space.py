"""The operator DepthToSpace."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("DepthToSpace", fresh=True)
def depth_to_space(x: Array, /, *, blocksize: int, mode: str = "DCR") -> Array:
    """Channels of (N, C, H, W) as blocks of the image; the block's axes come first in them (DCR) or last (CRD)."""
    if x.ndim != 4 or blocksize < 1 or x.shape[1] % blocksize**2:
        raise GraphError(f"blocks of {blocksize} do not fit the channels of {x.shape}")
    if mode not in ("DCR", "CRD"):
        raise GraphError(f"mode must be DCR or CRD, got {mode!r}")
    images, channels, height, width = x.shape
    deep = channels // blocksize**2
    if mode == "DCR":
        blocks = x.reshape(images, blocksize, blocksize, deep, height, width).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = x.reshape(images, deep, blocksize, blocksize, height, width).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(images, deep, height * blocksize, width * blocksize)
