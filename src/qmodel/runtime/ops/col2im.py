"""The operator Col2Im."""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import Index, numbered_window_elements, window_geometry


@operator("Col2Im", since=18, fresh=True, grows=True)
def col2im(
    x: Array,
    image_shape: Array,
    block_shape: Array,
    /,
    *,
    memory_limit: int,
    dilations: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Columns (N, C * block, positions) added up where their blocks lie in images (N, C, *image_shape)."""
    space, block = (tuple(int(length) for length in shape) for shape in (image_shape, block_shape))
    geometry = window_geometry(space, block, strides=strides, dilations=dilations, pads=pads, auto_pad="NOTSET")
    positions = geometry.output_space(space)
    size = prod(block)
    if x.ndim != 3 or x.shape[1] < size or x.shape[1] % size or x.shape[2] != prod(positions):
        wanted = f"(N, C * {size}, {prod(positions)})"
        raise GraphError(f"blocks {block} in images {space} want columns of shape {wanted}, got {x.shape}")
    shape = (x.shape[0], x.shape[1] // size, *space)
    require_memory(shape, x.dtype, memory_limit)
    made = np.zeros(shape, dtype=x.dtype)
    columns = x.reshape(*shape[:2], *block, *positions)
    for element, outside, inside in numbered_window_elements(space, positions, geometry):
        of_element: Index = (slice(None), slice(None), *element)
        made[inside] += columns[of_element][outside]
    return made
