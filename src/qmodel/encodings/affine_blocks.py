"""The blocks of an affine array that share a scale: how a file spells them, and how people do."""

from __future__ import annotations

from math import prod

from qmodel.encodings.node import Shape
from qmodel.errors import InvalidInputError
from qmodel.kernels.blocks import block_counts


def scales_of(shape: Shape, block_shape: Shape, /) -> Shape:
    """The shape of the scales of an array: 0-d when there is one block."""
    return block_counts(shape, block_shape) if block_shape else ()


def explicit(block_shape: Shape, shape: Shape, /) -> Shape:
    """The length of a block along each axis, also where there is but one block."""
    return block_shape or tuple(max(length, 1) for length in shape)


def block_shape_of(shape: Shape, axis: int | None, block: int | Shape | None, /) -> Shape:
    """The block shape as a file spells it, of the options that `Affine` takes; () for one block.

    Raises:
        InvalidInputError: they do not fit an array of this shape.
    """
    if axis is not None:
        return _blocks_of_axis(shape, axis)
    if isinstance(block, int):
        return blocks_of_length(shape, block)
    if block is not None and len(block) != len(shape):
        raise InvalidInputError(f"block {block} does not fit an array of shape {shape}")
    return tuple(min(part, max(length, 1)) for part, length in zip(block or (), shape, strict=False))


def _blocks_of_axis(shape: Shape, axis: int) -> Shape:
    if not -len(shape) <= axis < len(shape):
        raise InvalidInputError(f"axis {axis} does not exist in an array of shape {shape}")
    return tuple(1 if number == axis % len(shape) else max(length, 1) for number, length in enumerate(shape))


def blocks_of_length(shape: Shape, wanted: int, /) -> Shape:
    """The shape of blocks of about `wanted` elements: of the last axis, and of those before it where that is shorter.

    Evened out along each axis, so that none ends in a short rest that costs a scale as well. Another index is taken
    only when at most a quarter of it is too much: in convolutions it is another channel, of another magnitude.
    """
    if 0 in shape:
        return (1,) * len(shape)
    block_shape: list[int] = []
    for length in reversed(shape):
        inner = prod(block_shape)
        indices = max(1, (4 * wanted + inner) // (4 * inner))
        blocks = max(1, (2 * length + indices) // (2 * indices))
        block_shape.append(-(-length // blocks))
    return tuple(reversed(block_shape))
