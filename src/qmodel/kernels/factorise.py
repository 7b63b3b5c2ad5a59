"""Linear algebra for factorised matrices: truncated decompositions and least squares (spec/encodings/low-rank.md).

Matrices are read in blocks of rows that are widened to float64, so that sums of millions of products lose nothing and
no copy of a whole float32 matrix is made. The sums are left to BLAS, whose order differs from machine to machine:
results are the same up to rounding, not bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array

_BLOCK_ELEMENTS = 1 << 20
# A smaller side up to this long is decomposed whole; above it a few components are found by subspace iteration.
_LARGEST_EXACT_SIDE = 2048
_OVERSAMPLING = 16
_SUBSPACE_STEPS = 6
# Directions this much weaker than the strongest are noise of float64 sums.
_SMALLEST_RELATIVE_EIGENVALUE = 1e-13
# Doubles beyond these magnitudes are scaled, lest sums of their squares leave the range.
_SMALLEST_SQUARED, _LARGEST_SQUARED = 1e-100, 1e100


@dataclass(frozen=True, slots=True)
class Components:
    """The strongest directions of the shorter side of a matrix A.

    Attributes:
        vectors: orthonormal columns, strongest first; shape (shorter side, found).
        energies: the sum of squares of A along each; shape (found,), descending, float64.
        total: the sum of squares of A.
    """

    vectors: Array
    energies: Array
    total: float


def row_blocks(rows: int, columns: int, /) -> Iterator[slice]:
    """Slices of rows, each of about a million elements."""
    height = max(_BLOCK_ELEMENTS // max(columns, 1), 1)
    for start in range(0, rows, height):
        yield slice(start, min(start + height, rows))


def squarable(matrix: Array, /) -> tuple[Array, int]:
    """A matrix A · 2^−exponent whose elements can be squared, and the exponent.

    Args:
        matrix: A, finite, float32 or float64.

    Returns:
        A itself and 0, unless A holds very large or nothing but very small doubles.
    """
    largest = float(np.abs(matrix).max(initial=0))
    if not largest or matrix.dtype != np.float64 or _SMALLEST_SQUARED < largest < _LARGEST_SQUARED:
        return matrix, 0
    exponent = int(np.frexp(largest)[1])
    return np.ldexp(matrix, -exponent), exponent


def gram(matrix: Array, row_weights: Array, /) -> Array:
    """Compute Aᵀ · diag(row_weights) · A.

    Args:
        matrix: A, shape (rows, columns), any float dtype.
        row_weights: at least 0, shape (rows,).

    Returns:
        Shape (columns, columns), float64, symmetric.
    """
    total = np.zeros((matrix.shape[1], matrix.shape[1]))
    for block in row_blocks(*matrix.shape):
        rows = matrix[block] * np.sqrt(row_weights[block, np.newaxis])
        total += rows.T @ rows  # one array on both sides: half of the products suffice
    return total


def cross(left: Array, right: Array, row_weights: Array, /) -> Array:
    """Compute leftᵀ · diag(row_weights) · right.

    Args:
        left: shape (rows, a).
        right: shape (rows, b).
        row_weights: shape (rows,).

    Returns:
        Shape (a, b), float64.
    """
    total = np.zeros((left.shape[1], right.shape[1]))
    for block in row_blocks(left.shape[0], left.shape[1] + right.shape[1]):
        weighted = right[block].astype(np.float64) * row_weights[block, np.newaxis]
        total += left[block].astype(np.float64).T @ weighted
    return total


def product(left: Array, right: Array, /) -> Array:
    """Compute left · right in float64, rounded to the dtype of left.

    Args:
        left: shape (rows, inner).
        right: shape (inner, columns), float64.

    Returns:
        Shape (rows, columns).
    """
    out = np.empty((left.shape[0], right.shape[1]), left.dtype)
    with np.errstate(over="ignore", under="ignore"):
        for block in row_blocks(left.shape[0], left.shape[1] + right.shape[1]):
            out[block] = left[block].astype(np.float64) @ right
    return out


def strongest(matrix: Array, row_weights: Array, column_weights: Array, count: int | None, /) -> Components:
    """The strongest directions of diag(√row_weights) · A · diag(√column_weights) along the columns of A.

    Args:
        matrix: A, shape (rows, columns), columns the shorter side.
        row_weights: above 0, shape (rows,).
        column_weights: above 0, shape (columns,).
        count: how many are wanted; None: all.
    """
    root = np.sqrt(column_weights)
    columns = matrix.shape[1]
    if count is not None and columns > _LARGEST_EXACT_SIDE and 4 * (count + _OVERSAMPLING) < columns:
        return _by_subspace(matrix, row_weights, root, count)
    moments = gram(matrix, row_weights)
    moments *= root
    moments *= root[:, np.newaxis]
    energies, vectors = np.linalg.eigh(moments)
    energies = np.maximum(energies[::-1], 0)
    return Components(vectors[:, ::-1][:, :count], energies[:count], float(energies.sum()))


def solve(moments: Array, wanted: Array, /) -> Array:
    """The least-squares solution X of moments · X = wanted, for a symmetric positive semidefinite matrix.

    Directions in which the moments vanish get 0, so that a factor with useless columns does no harm.

    Args:
        moments: shape (n, n), float64.
        wanted: shape (n, columns), float64.
    """
    energies, vectors = np.linalg.eigh(moments)
    useful = energies > energies[-1] * _SMALLEST_RELATIVE_EIGENVALUE
    vectors = vectors[:, useful]
    return np.asarray(vectors @ ((vectors.T @ wanted) / energies[useful, np.newaxis]))


def _by_subspace(matrix: Array, row_weights: Array, root: Array, count: int) -> Components:
    """Block subspace iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4), from a fixed start."""
    width = count + _OVERSAMPLING
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((matrix.shape[1], width)))[0]
    for _ in range(_SUBSPACE_STEPS):
        basis = np.linalg.qr(_moments_times(matrix, row_weights, root, basis))[0]
    reduced = basis.T @ _moments_times(matrix, row_weights, root, basis)
    energies, rotation = np.linalg.eigh((reduced + reduced.T) / 2)
    vectors = basis @ rotation[:, ::-1][:, :count]
    return Components(vectors, np.maximum(energies[::-1][:count], 0), _weighted_squares(matrix, row_weights, root))


def _moments_times(matrix: Array, row_weights: Array, root: Array, vectors: Array) -> Array:
    total = np.zeros(vectors.shape)
    scaled = vectors * root[:, np.newaxis]
    for block in row_blocks(*matrix.shape):
        rows = matrix[block].astype(np.float64)
        total += rows.T @ ((rows @ scaled) * row_weights[block, np.newaxis])
    return total * root[:, np.newaxis]


def _weighted_squares(matrix: Array, row_weights: Array, root: Array) -> float:
    total = 0.0
    for block in row_blocks(*matrix.shape):
        rows = matrix[block].astype(np.float64) * root
        total += float(np.einsum("ij,ij,i->", rows, rows, row_weights[block]))
    return total


def hadamard(length: int, /) -> Array:
    """An orthogonal matrix of blocks ±1/√size, each Sylvester's Hadamard matrix of the largest size that fits evenly.

    Returns:
        Shape (length, length), float64, symmetric.
    """
    size = length & -length
    signs = np.ones((1, 1))
    while signs.shape[0] < size:
        signs = np.block([[signs, signs], [signs, -signs]])
    return np.kron(np.eye(length // size), signs / np.sqrt(size))
