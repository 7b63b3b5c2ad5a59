"""Finds the factors of a matrix, from nothing or against a factor as stored (spec/encodings/low-rank.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings.weighted_error import SeparableWeights
from qmodel.kernels.factorise import Components, cross, gram, product, solve, squarable, strongest


@dataclass(frozen=True, slots=True)
class Factorisation:
    """The strongest directions of a weighted matrix, from which factors of any smaller rank follow.

    With row weights r and column weights c, the best factors of diag(√r) · A · diag(√c) without weights, each scaled
    back, are the best of A with the weights r_i · c_j.

    Attributes:
        matrix: A · 2^−exponent, float32 or float64.
        exponent: 0 unless A holds very large or very small doubles.
        weights: above 0.
        components: along the shorter side.
    """

    matrix: Array
    exponent: int
    weights: SeparableWeights
    components: Components

    @classmethod
    def of(cls, matrix: Array, weights: SeparableWeights, /, *, count: int | None) -> Factorisation:
        """Decompose a finite matrix with elements; `count` is the largest rank wanted, None: any."""
        matrix, exponent = squarable(matrix)
        rows, columns = matrix.shape
        if columns <= rows:
            components = strongest(matrix, weights.rows, weights.columns, count)
        else:
            components = strongest(matrix.T, weights.columns, weights.rows, count)
        return cls(matrix, exponent, weights, components)

    def rank_for(self, error: float, /) -> int:
        """The smallest rank of at least 1 whose best factors, stored without loss, have at most a relative error."""
        left_over = self.components.total - np.cumsum(self.components.energies)
        return min(int(np.count_nonzero(left_over > error * self.components.total)) + 1, left_over.size)

    def factors(self, rank: int, /) -> tuple[Array, Array]:
        """The best factors, singular values divided evenly; shapes (rows, rank) and (rank, columns)."""
        vectors, singular = self.components.vectors[:, :rank], np.sqrt(self.components.energies[:rank])
        with np.errstate(divide="ignore"):
            reciprocal = np.where(singular > 0, singular**-0.5, 0.0)
        rows, columns = self.matrix.shape
        if columns <= rows:
            root = np.sqrt(self.weights.columns)[:, np.newaxis]
            left = product(self.matrix, root * vectors * reciprocal)
            right = (vectors * np.sqrt(singular) / root).T
        else:
            root = np.sqrt(self.weights.rows)[:, np.newaxis]
            left = vectors * np.sqrt(singular) / root
            right = product(self.matrix.T, root * vectors * reciprocal).T
        return self._scaled(left, self._left_exponent), self._scaled(right, self._right_exponent)

    def right_for(self, left: Array, /) -> Array:
        """The right factor that goes best with a left one."""
        left, weights = _times_power(left, -self._left_exponent), self.weights.rows
        return self._scaled(solve(gram(left, weights), cross(left, self.matrix, weights)), self._right_exponent)

    def left_for(self, right: Array, /) -> Array:
        """The left factor that goes best with a right one."""
        transposed, weights = _times_power(right, -self._right_exponent).T, self.weights.columns
        solution = solve(gram(transposed, weights), cross(transposed, self.matrix.T, weights))
        return self._scaled(solution.T, self._left_exponent)

    def left_importance(self, right: Array, /) -> Array:
        """How much the squared error of each element of the left factor counts, beside a right one."""
        of_rank = _weighted_squares(_times_power(right, -self._right_exponent).T, self.weights.columns)
        return np.outer(self.weights.rows, of_rank)

    def right_importance(self, left: Array, /) -> Array:
        """How much the squared error of each element of the right factor counts, beside a left one."""
        of_rank = _weighted_squares(_times_power(left, -self._left_exponent), self.weights.rows)
        return np.outer(of_rank, self.weights.columns)

    @property
    def _left_exponent(self) -> int:
        return self.exponent - self.exponent // 2

    @property
    def _right_exponent(self) -> int:
        return self.exponent // 2

    def _scaled(self, factor: Array, exponent: int) -> Array:
        """A factor of A in the dtype of A, from one of A · 2^−exponent."""
        with np.errstate(over="ignore", under="ignore"):
            return np.ascontiguousarray(_times_power(factor, exponent), self.matrix.dtype)


def _times_power(values: Array, exponent: int) -> Array:
    return np.ldexp(values, exponent) if exponent else values


def _weighted_squares(columns: Array, weights: Array) -> Array:
    """The weighted sum of squares of each column."""
    wide = columns.astype(np.float64)
    return np.asarray(weights @ (wide * wide))
