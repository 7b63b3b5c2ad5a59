"""How far decoded numbers are from their references, summed over as many pieces as there are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError

# Both arrays in float64 and their difference are 3 MiB of this many elements.
_CHUNK_ELEMENTS = 1 << 17
_NOT_REAL_NUMBERS = "cOSUMm"


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Sums over pairs of a reference w and its decoded value w′, in float64.

    A pair of NaNs, or of infinities of one sign, is no error. Any other pair with a number that is not finite is an
    infinite error. References that are not finite add nothing to the sums of squares.

    Attributes:
        squared_error: Σ (w − w′)².
        squared_reference: Σ w².
        squared_decoded: Σ w′².
        max_abs_error: max |w − w′|; 0 for no pairs.
        count: number of pairs.
    """

    squared_error: float = 0.0
    squared_reference: float = 0.0
    squared_decoded: float = 0.0
    max_abs_error: float = 0.0
    count: int = 0

    def add(self, reference: Array, decoded: Array, /) -> ErrorSums:
        """The sums with more pairs in them.

        Args:
            reference: real numbers of any dtype and shape.
            decoded: real numbers of the same shape.

        Returns:
            New sums; temporaries take less than 8 MiB whatever the size of the arrays.

        Raises:
            InvalidInputError: the shapes differ, or a dtype is not one of real numbers.
        """
        if reference.shape != decoded.shape:
            raise InvalidInputError(f"reference has shape {reference.shape}, decoded {decoded.shape}")
        sums = self
        with np.errstate(invalid="ignore"):  # widening a signalling NaN
            for reference_chunk, decoded_chunk in _chunks(reference, decoded):
                sums = sums.merge(_sums_of_chunk(reference_chunk, decoded_chunk))
        return sums

    def merge(self, other: ErrorSums, /) -> ErrorSums:
        """The sums over the pairs of both."""
        return ErrorSums(
            squared_error=self.squared_error + other.squared_error,
            squared_reference=self.squared_reference + other.squared_reference,
            squared_decoded=self.squared_decoded + other.squared_decoded,
            max_abs_error=max(self.max_abs_error, other.max_abs_error),
            count=self.count + other.count,
        )

    @property
    def relative_mse(self) -> float:
        """Σ (w − w′)² / Σ w²: 0 without error, infinite for any error where the reference is zero."""
        if self.squared_error == 0.0:
            return 0.0
        if math.isinf(self.squared_error) or self.squared_reference == 0.0:
            return math.inf
        return self.squared_error / self.squared_reference

    @property
    def sqnr_db(self) -> float:
        """Signal to quantization noise ratio, −10 · log10(relative MSE), in decibels: infinite without error."""
        relative_mse = self.relative_mse
        return math.inf if relative_mse == 0.0 else -10.0 * math.log10(relative_mse)

    @property
    def cosine(self) -> float:
        """Cosine of the angle between the two as vectors: 1 without error; NaN where it is not defined."""
        if self.squared_error == 0.0:
            return 1.0
        lengths = math.sqrt(self.squared_reference) * math.sqrt(self.squared_decoded)
        if lengths == 0.0 or not math.isfinite(self.squared_error):
            return math.nan
        product = (self.squared_reference + self.squared_decoded - self.squared_error) / 2.0
        return min(1.0, max(-1.0, product / lengths))


def _chunks(reference: Array, decoded: Array) -> Iterator[tuple[Array, Array]]:
    """Both arrays in float64, a chunk of at most `_CHUNK_ELEMENTS` at a time."""
    for array in (reference, decoded):
        if array.dtype.kind in _NOT_REAL_NUMBERS:
            raise InvalidInputError(f"errors are measured between real numbers, not {array.dtype}")
    pairs = np.nditer(
        (reference, decoded),
        flags=("external_loop", "buffered", "zerosize_ok"),
        op_flags=(("readonly",), ("readonly",)),
        op_dtypes=(np.float64, np.float64),
        casting="unsafe",
        buffersize=_CHUNK_ELEMENTS,
    )
    yield from pairs


def _sums_of_chunk(reference: Array, decoded: Array) -> ErrorSums:
    with np.errstate(over="ignore", invalid="ignore"):
        difference = reference - decoded
        squared_error = _sum_of_squares(difference)
        if not math.isfinite(squared_error):
            reference, decoded, difference = _with_equal_pairs_removed(reference, decoded)
            squared_error = _sum_of_squares(difference)
        return ErrorSums(
            squared_error=squared_error,
            squared_reference=_sum_of_squares(reference),
            squared_decoded=_sum_of_squares(decoded),
            max_abs_error=max(float(difference.max()), -float(difference.min())),
            count=reference.size,
        )


def _sum_of_squares(values: Array) -> float:
    """Σ x²; not by BLAS, whose threads would wait for each other over so little work."""
    return float(np.einsum("i,i->", values, values))


def _with_equal_pairs_removed(reference: Array, decoded: Array) -> tuple[Array, Array, Array]:
    """The chunk with zeros for what is not finite, and its differences: 0 for equal pairs, else infinite."""
    reference_finite, decoded_finite = np.isfinite(reference), np.isfinite(decoded)
    equal = (reference == decoded) | (np.isnan(reference) & np.isnan(decoded))
    both_finite = reference_finite & decoded_finite
    difference = np.where(both_finite, reference - decoded, np.where(equal, 0.0, np.inf))
    return np.where(reference_finite, reference, 0.0), np.where(decoded_finite, decoded, 0.0), difference
