"""Fits integer codes, their scales and zero points to an array (spec/encodings/affine.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.affine_fit import (
    absmax_scale,
    asymmetric_scale,
    finite_extremes,
    percentile_extremes,
    sign_scale,
    zero_points,
)
from qmodel.encodings.affine_nearby import Choice, stored_where_best
from qmodel.encodings.affine_scales import are_usual, bounded, holds_only_positive, scale_encoder, stored
from qmodel.encodings.node import Node, Shape
from qmodel.encodings.plain import Plain
from qmodel.kernels.affine import quantize
from qmodel.kernels.affine_choice import choose_scales
from qmodel.kernels.affine_search import refit_scales, search_ranges, search_scales, total_weights
from qmodel.typed_array import TypedArray

if TYPE_CHECKING:
    from qmodel.encodings.affine import Affine

# Rounding a scale to binary16 moves the furthest code of up to 8 bits by an eighth of a step at most, of 16 bits by 32.
_BITS_FOR_F16 = 8
# Scales to try around one that was found for a zero point between codes, when the zero point is then a code.
_NEARBY = (0.95, 1.05, 1.0)


@dataclass(frozen=True, slots=True)
class FittedIntegers:
    """Codes, their type, and the nodes of what they are relative to."""

    codes: Array
    code_type: ElementType
    scale: Node
    zero_point: Node | None = None


class IntegerFit:
    """One fit: the options, the array by blocks, and what is common to all ways."""

    def __init__(
        self, options: Affine, values: Array, weights: Array | None, blocks: Shape, scale_shape: Shape, /
    ) -> None:
        """Find the extremes of the values and with them the type of the codes.

        Raises:
            InvalidInputError: a value is NaN or infinite.
        """
        self._options, self._values, self._weights = options, values, weights
        self._blocks, self._scale_shape = blocks, scale_shape
        self._stores_signs = options.symmetric and options.bits == 1
        self._searches = options.chosen_fit == "mse" and values.size > 0
        low, high = finite_extremes(values, values.shape, ()) if self._searches else self._extremes
        one_sided = bool((low >= 0).all() and (high > 0).any())
        self._signed = options.symmetric and not self._stores_signs and not one_sided
        self._code_type = (dtypes.signed if self._signed else dtypes.unsigned)(options.bits)
        self._full_range = self._signed and self._uses_full_range()
        self._largest = self._code_type.maximum
        self._smallest = (self._code_type.minimum if self._full_range else -self._largest) if self._signed else 0

    @cached_property
    def _extremes(self) -> tuple[Array, Array]:
        """Of each block."""
        return finite_extremes(self._values, self._blocks, self._scale_shape)

    def fitted(self) -> FittedIntegers:
        """Choose scales, zero points and codes, each for those before it as stored."""
        if self._stores_signs:
            return self._signs()
        return self._symmetric() if self._options.symmetric else self._asymmetric()

    def _uses_full_range(self) -> bool:
        wanted = self._options.full_range
        if holds_only_positive(self._options.scale):
            return False
        return self._options.chosen_fit == "mse" if wanted is None else wanted

    def _signs(self) -> FittedIntegers:
        wanted = np.zeros(self._scale_shape, self._values.dtype)
        if self._values.size:
            wanted = sign_scale(self._values, self._weights, self._blocks).reshape(self._scale_shape)
        scale_node, _ = self._store_scale(wanted)
        half = TypedArray(dtypes.F16, np.full(self._scale_shape, 0.5, np.float16))
        return FittedIntegers((self._values >= 0).view(np.uint8), self._code_type, scale_node, Plain().encode(half))

    def _symmetric(self) -> FittedIntegers:
        if self._searches:
            found, squares = (
                array.reshape(self._scale_shape)
                for array in search_scales(
                    self._values, self._weights, self._blocks, minimum=self._smallest, maximum=self._largest
                )
            )
            # Codes reach as far below zero as above then: either sign serves.
            found = np.abs(found) if holds_only_positive(self._options.scale) else found
            wanted = self._or_else(found, self._absmax_scale)
        else:
            wanted, squares = self._absmax_scale(), None
        scale_node, scale = self._store_scale(wanted, None, squares)
        return FittedIntegers(self._quantized(scale, None), self._code_type, scale_node)

    def _asymmetric(self) -> FittedIntegers:
        if self._searches:
            return self._searched_asymmetric()
        low, high = self._kept_range()
        scale_node, scale = self._store_scale(asymmetric_scale(low, high, self._largest, self._values.dtype))
        zero_node, zeros = self._store_zeros(low, scale)
        return FittedIntegers(self._quantized(scale, zeros), self._code_type, scale_node, zero_node)

    def _searched_asymmetric(self) -> FittedIntegers:
        """Zero points first, as they are stored more coarsely; then scales that fit those."""
        largest, dtype = self._largest, self._values.dtype

        def plain_scale() -> Array:
            return asymmetric_scale(*self._extremes, largest, dtype)

        found, zero = (
            array.reshape(self._scale_shape)
            for array in search_ranges(self._values, self._weights, self._blocks, maximum=largest)
        )
        scale = self._or_else(found, plain_scale)
        lowest = -zero * scale
        if not found.all():
            lowest = np.where(found == 0, np.minimum(self._extremes[0], 0), lowest)
        zero_node, zeros = self._store_zeros(lowest, scale)
        factors = _NEARBY if self._options.zero_point is None else (1.0,)
        refitted, squares = (
            array.reshape(self._scale_shape)
            for array in refit_scales(
                self._values, self._weights, self._blocks, scale, zeros, maximum=largest, factors=factors
            )
        )
        scale_node, scale = self._store_scale(self._or_else(refitted, plain_scale), zeros, squares)
        return FittedIntegers(self._quantized(scale, zeros), self._code_type, scale_node, zero_node)

    def _absmax_scale(self) -> Array:
        low, high = self._kept_range()
        dtype = self._values.dtype
        if self._full_range and self._options.chosen_fit == "absmax":
            extreme = np.where(high >= -low, high, low)
            return bounded(extreme / self._smallest, -self._smallest, dtype)
        return absmax_scale(low, high, self._largest, dtype)

    def _kept_range(self) -> tuple[Array, Array]:
        """The range of each block that is not clipped."""
        if self._options.chosen_fit != "percentile" or not self._values.size:
            return self._extremes
        low, high = percentile_extremes(
            self._values, self._blocks, self._options.percentile, of_magnitudes=self._options.symmetric
        )
        return low.reshape(self._scale_shape), high.reshape(self._scale_shape)

    def _or_else(self, found: Array, other: Callable[[], Array]) -> Array:
        """Scales that were found, and others where the search gave none."""
        scale = bounded(found, max(-self._smallest, self._largest), self._values.dtype)
        return scale if found.all() else np.where(found == 0, other(), scale)

    def _store_scale(
        self, wanted: Array, zeros: Array | None = None, importance: Array | None = None
    ) -> tuple[Node, Array]:
        options = self._options
        encoder = scale_encoder(options.scale, wanted, options.block is not None and options.bits <= _BITS_FOR_F16)
        if importance is None or are_usual(options.scale):
            return stored(encoder, wanted)

        def choose(candidates: Callable[..., Array], *of_blocks: Array) -> Choice:
            best, error, first_error = choose_scales(
                self._values,
                self._weights,
                self._blocks,
                candidates,
                of_blocks,
                wanted,
                zeros,
                minimum=self._smallest,
                maximum=self._largest,
            )
            return Choice(best.reshape(self._scale_shape), error, first_error)

        return stored_where_best(encoder, wanted, importance, choose)

    def _store_zeros(self, low: Array, scale: Array) -> tuple[Node, Array]:
        if self._options.zero_point is None:
            zeros = zero_points(low, scale, self._largest)
            return Plain().encode(TypedArray(self._code_type, zeros)), zeros
        divisor = np.where(scale == 0, np.inf, scale.astype(np.float64))
        wanted = np.clip(-np.minimum(low, 0) / divisor, 0, self._largest)
        importance = None
        if self._searches:
            weights = total_weights(self._values, self._weights, self._blocks).reshape(self._scale_shape)
            importance = weights * scale.astype(np.float64) ** 2
        return stored(self._options.zero_point, wanted.astype(self._values.dtype), importance)

    def _quantized(self, scale: Array, zeros: Array | None) -> Array:
        return quantize(self._values, scale, zeros, self._blocks, minimum=self._smallest, maximum=self._largest)
