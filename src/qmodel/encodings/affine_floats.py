"""Fits the scales of affine arrays whose codes another encoder stores: small floats, a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.encodings.affine_fit import finite_extremes, percentile_extremes
from qmodel.encodings.affine_scales import bounded, holds_only_positive, scale_encoder, stored
from qmodel.encodings.convert import convert, widen
from qmodel.encodings.node import Encoder, Node, NodeMemory, Shape
from qmodel.encodings.plain import Plain
from qmodel.kernels.affine import scaled_down
from qmodel.kernels.affine_residuals import SQUARED
from qmodel.kernels.affine_search import least_squares_scales
from qmodel.kernels.block_lanes import BlockLanes, over_blocks
from qmodel.kernels.minifloat import spacing_of
from qmodel.typed_array import TypedArray

if TYPE_CHECKING:
    from qmodel.encodings.affine import Affine

# Places of a block's extreme, in units of the largest code: below it too, since the last codes may be far apart.
_STARTS = 1 / np.array([1.0, 0.77, 0.88, 1.1])
# The same for floats that are many: all powers of two of a scale serve alike, so that half an octave is enough.
_STARTS_OF_MANY = 1 / np.array([1.0, 0.75, 0.83, 0.92])
# Steps at which codes are looked up, to find out which there are, and how many are few.
_PROBES = 4097
_LARGEST_TABLE = 32


def fit_float_codes(
    options: Affine, values: Array, weights: Array | None, blocks: Shape, scale_shape: Shape, /, *, threads: int
) -> tuple[Node, Node]:
    """The nodes of the codes and of the scales.

    Raises:
        InvalidInputError: a value is NaN or infinite.
    """
    codes = _Codes(options.float_codes)
    low, high = finite_extremes(values, blocks, scale_shape)
    if options.chosen_fit == "percentile" and values.size:
        low, high = percentile_extremes(values, blocks, options.percentile, of_magnitudes=True)
    covering = bounded(np.maximum(-low, high).reshape(scale_shape) / codes.largest, codes.largest, values.dtype)
    if options.chosen_fit == "mse" and values.size:
        scale_node, scale = _searched(options, codes, values, weights, blocks, covering)
    else:
        wanted = _power_of_two_above(covering) if holds_only_positive(options.scale) else covering
        scale_node, scale = stored(scale_encoder(options.scale, wanted, options.block is not None), wanted)
    steps = scaled_down(values, scale, blocks, codes.largest)
    assert options.codes is not None  # since there are float codes
    return options.codes.encode(TypedArray.of(steps), threads=threads), scale_node


class _Codes:
    """What the search knows of the encoder of codes.

    Attributes:
        encoder: makes the node of the codes.
        largest: the largest code.
        table: the codes there are, ascending, where they are few; else None.
        are_symmetric: whether the codes below zero are those above, mirrored.
        spacing: of the codes, where they are small floats; else None.
    """

    def __init__(self, encoder: Encoder | None) -> None:
        assert encoder is not None  # checked when the options were made
        assert encoder.largest_value is not None
        self.encoder, self.largest = encoder, encoder.largest_value
        dtype = encoder.dtype if isinstance(encoder, Plain) else None
        self.spacing = spacing_of(dtypes.parse(dtype)) if dtype is not None else None
        probes = np.linspace(-self.largest, self.largest, _PROBES, dtype=np.float32)
        found = self._rounded(probes)
        self.are_symmetric = np.array_equal(found, -found[::-1])
        distinct = np.unique(found)
        self.table = distinct if distinct.size <= _LARGEST_TABLE else None

    def sums(self, lanes: BlockLanes, inverse: Array) -> Array:
        """The residual sums of blocks for one over the scale of each."""
        if self.table is not None:
            return lanes.sums_of_table(inverse, self.table)
        if self.spacing is not None:
            return lanes.sums_of_floats(inverse, self.spacing)
        return lanes.sums_of_rounded(inverse, self._rounded, self.largest)

    def _rounded(self, steps: Array) -> Array:
        """What steps become when stored."""
        if isinstance(self.encoder, Plain) and self.encoder.dtype is not None:
            decoded = convert(TypedArray.of(steps), dtypes.parse(self.encoder.dtype))
        else:
            decoded = self.encoder.encode(TypedArray.of(steps)).decode(steps.shape, NodeMemory())
        return widen(decoded).astype(steps.dtype, copy=False)


def _searched(
    options: Affine, codes: _Codes, values: Array, weights: Array | None, blocks: Shape, covering: Array
) -> tuple[Node, Array]:
    if holds_only_positive(options.scale):
        wanted = _best_power(codes, values, weights, blocks, _power_of_two_above(covering))
        return stored(scale_encoder(options.scale, wanted, True), wanted)

    starts = (_STARTS_OF_MANY if codes.table is None else _STARTS) / codes.largest
    refinements = 0 if codes.table is None else 1
    if not codes.are_symmetric:
        starts = np.concatenate((starts, -starts))

    def search(lanes: BlockLanes) -> tuple[Array, ...]:
        return least_squares_scales(lanes, lambda inverse: codes.sums(lanes, inverse), starts, refinements=refinements)

    found, squares = (
        array.reshape(covering.shape) for array in over_blocks(search, values, weights, blocks, results=2)
    )
    wanted = np.where(found == 0, covering, bounded(found, codes.largest, values.dtype))
    return stored(scale_encoder(options.scale, wanted, options.block is not None), wanted, squares)


def _errors(codes: _Codes, values: Array, weights: Array | None, blocks: Shape, scale: Array) -> Array:
    """The squared error of each block."""

    def work(lanes: BlockLanes, scale: Array) -> tuple[Array, ...]:
        scale = scale.astype(np.float64)
        return (codes.sums(lanes, _inverse(scale, values.dtype))[SQUARED] * scale**2,)

    return over_blocks(work, values, weights, blocks, of_blocks=(scale,), results=1)[0].reshape(scale.shape)


def _best_power(codes: _Codes, values: Array, weights: Array | None, blocks: Shape, covering: Array) -> Array:
    """Of the power of two that clips nothing and the next smaller one, the one with the smaller error."""
    whole = _errors(codes, values, weights, blocks, covering)
    half = _errors(codes, values, weights, blocks, covering / 2)
    return np.where(half < whole, covering / 2, covering)


def _inverse(scale: Array, dtype: np.dtype[np.floating]) -> Array:
    """One over each scale, 0 where it is too small or too large for that."""
    limits = np.finfo(dtype)
    usable = (np.abs(scale) > limits.tiny * 2) & (np.abs(scale) < limits.max / 2)
    return np.where(usable, 1 / np.where(usable, scale, 1), 0.0)


def _power_of_two_above(scale: Array) -> Array:
    """The smallest powers of two that are no less; 0 stays 0."""
    fraction, exponent = np.frexp(scale)
    return np.where(scale == 0, scale, np.ldexp(np.ones_like(scale), np.where(fraction == 0.5, exponent - 1, exponent)))
