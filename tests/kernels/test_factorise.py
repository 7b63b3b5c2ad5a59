import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.kernels import factorise


def matrix_of(rows, columns, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal((rows, columns)).astype(dtype)


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 9), st.integers(1, 64))
def test_products_in_blocks(rows, first, second, block):
    left, right, weights = matrix_of(rows, first), matrix_of(rows, second, 1), np.arange(1.0, rows + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factorise, "_BLOCK_ELEMENTS", block)
        wanted = left.T.astype(np.float64) @ (weights[:, np.newaxis] * right)
        assert np.allclose(factorise.cross(left, right, weights), wanted, rtol=1e-12, atol=1e-12)
        inner = matrix_of(first, second, 2, np.float64)
        assert np.allclose(factorise.product(left, inner), left @ inner, rtol=1e-6, atol=1e-6)
        assert factorise.product(left, inner).dtype == np.float32


@pytest.mark.parametrize("count", [1, 4, 7])
def test_subspace_iteration_finds_what_the_whole_decomposition_finds(monkeypatch, count):
    matrix = matrix_of(300, 120) * np.float32(0.9) ** np.arange(120, dtype=np.float32)
    rows, columns = np.linspace(1, 3, 300), np.linspace(1, 2, 120)
    whole = factorise.strongest(matrix, rows, columns, count)
    monkeypatch.setattr(factorise, "_LARGEST_EXACT_SIDE", 16)
    found = factorise.strongest(matrix, rows, columns, count)
    assert found.vectors.shape == whole.vectors.shape == (120, count)
    assert np.allclose(found.energies, whole.energies, rtol=1e-3)
    assert np.allclose(found.vectors.T @ found.vectors, np.eye(count), atol=1e-9)
    weighted = np.sqrt(rows)[:, np.newaxis] * matrix * np.sqrt(columns)
    assert found.total == pytest.approx(np.square(weighted).sum())
    assert np.allclose(whole.energies, np.square(np.linalg.svd(weighted, compute_uv=False)[:count]))


def test_solutions_are_those_of_least_squares_and_zero_where_nothing_depends_on_them():
    left, right = matrix_of(50, 6, dtype=np.float64), matrix_of(50, 4, 1, np.float64)
    ones = np.ones(50)
    solved = factorise.solve(factorise.gram(left, ones), factorise.cross(left, right, ones))
    assert np.allclose(solved, np.linalg.lstsq(left, right, rcond=None)[0])
    left[:, 3] = 0
    solved = factorise.solve(factorise.gram(left, ones), factorise.cross(left, right, ones))
    assert np.allclose(solved[3], 0, atol=1e-12)
    assert np.array_equal(factorise.solve(np.zeros((2, 2)), np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("length", [1, 2, 6, 7, 12, 16, 48])
def test_hadamard_matrices_are_orthogonal_and_flat_within_blocks(length):
    matrix = factorise.hadamard(length)
    assert matrix.shape == (length, length)
    assert np.allclose(matrix @ matrix.T, np.eye(length))
    assert np.array_equal(matrix, matrix.T)
    assert len(np.unique(np.abs(matrix[matrix != 0]))) == 1
    assert np.count_nonzero(matrix) == length * (length & -length)
