"""low_rank, sum and transform: products of numbers so small that every order of summation gives the same bits."""

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.encodings import AffineNode, AliasNode, LowRankNode, SumNode, TransformNode
from tools.conformance.arithmetic import affine_values
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, plain

F16, F32, F64 = dtypes.F16, dtypes.F32, dtypes.F64
# Types of the two operands and of the tensor.
TYPE_CASES = (
    ("f16", "f16", "f32"),
    ("f32", "f16", "f32"),
    ("f64", "f16", "f64"),
    ("f16", "f64", "f64"),
    ("f64", "f64", "f32"),
    ("f32", "f32", "f64"),
    ("f32", "f32", "f16"),
    ("s8", "u4", "f32"),
    ("u32", "f64", "f64"),
)


def factorised_drafts() -> Iterable[Draft]:
    """Every form of low_rank, sum and transform."""
    yield from (low_rank_shapes(), transform_shapes(), operand_types(), sums(), sums_special(), factorised_trees())


def small(shape: tuple[int, ...], start: int = 0) -> Any:
    """Integers from 0 to 7, which every type of the cases holds."""
    return (np.arange(start, start + prod(shape)) * 5 % 8).reshape(shape)


def product(left: Any, right: Any) -> Any:
    """The exact product; the sign of a zero, which the specification leaves open, must not show in a vector."""
    negative_zeros = (left < 0).astype(int) @ (right == 0) + (left == 0).astype(int) @ (right < 0)
    if ((np.abs(left) @ np.abs(right) == 0) & (negative_zeros > 0)).any():
        raise ValueError("a value of the vector is a zero of either sign")
    return left @ right


def low_rank_shapes() -> Draft:
    """Matrices, arrays of more axes, and empty ones."""
    draft = Draft("low-rank-shapes", "ranks from 1 to more than the shorter side; more than two axes; no elements")
    for shape, rank in (
        ((2, 3), 1),
        ((7, 5), 3),
        ((5, 7), 5),
        ((3, 3), 9),
        ((1, 1), 1),
        ((4, 2, 3), 2),
        ((3, 1, 2, 2), 2),
        ((0, 3), 2),
        ((3, 0), 2),
        ((0, 0), 1),
    ):
        left, right = small((shape[0], rank), 1) + 1, small((rank, prod(shape[1:])), 3) - 4
        node = LowRankNode(plain(left, F16), plain(right, F16), rank)
        draft.add(f"{'×'.join(map(str, shape))} rank {rank}", node, product(left, right).reshape(shape), F32)
    left, right = small((12, 8), 1), small((8, 10), 2) - 3
    chunked = LowRankNode(in_chunks(left, F32, 40), in_chunks(right, F16), 8)
    draft.add("chunks", chunked, product(left, right), F32)
    return draft


def transform_shapes() -> Draft:
    """One axis and more; a matrix that mixes and one that permutes."""
    draft = Draft("transform-shapes", "one axis and more, no elements; matrices that are not orthogonal or singular")
    for shape in ((1,), (4,), (2, 2), (9, 5), (2, 3, 4), (0, 3), (3, 0), (0,)):
        inner, matrix = small(shape, 1) + 1, small((shape[-1], shape[-1]), 2) - 4
        node = TransformNode(plain(matrix, dtypes.signed(4)), plain(inner, F16))
        draft.add("×".join(map(str, shape)), node, product(inner, matrix), F32)
    inner = small((6, 3))
    reversed_columns = TransformNode(plain(np.eye(3)[::-1], dtypes.unsigned(1)), plain(inner, F32))
    draft.add("permutation", reversed_columns, product(inner, np.eye(3)[::-1]), F32)
    return draft


def operand_types() -> Draft:
    """Operands of every kind of type, for each of the three nodes."""
    draft = Draft("operand-types", "operands of several types; results in f32, f64 and f16")
    for names in TYPE_CASES:
        first_type, second_type, target = map(dtypes.parse, names)
        first, second = small((4, 3), 1), small((3, 3), 2)
        label = " ".join(names)
        first_node, second_node = plain(first, first_type), plain(second, second_type)
        draft.add(f"low_rank {label}", LowRankNode(first_node, second_node, 3), product(first, second), target)
        draft.add(f"transform {label}", TransformNode(second_node, first_node), product(first, second), target)
        terms = (first_node, plain(small((4, 3), 2), second_type))
        draft.add(f"sum {label}", SumNode(terms), first + small((4, 3), 2), target)
    large, one = np.array([[16777217], [16777219]]), np.ones((1, 1))
    wide = dtypes.signed(32)
    in_f32 = [[16777216], [16777220]]
    draft.add("low_rank rounded", LowRankNode(plain(large, wide), plain(one, F16), 1), in_f32, F64)
    draft.add("low_rank not rounded", LowRankNode(plain(large, wide), plain(one, F64), 1), large, F64)
    draft.add("transform rounded", TransformNode(plain(one, F16), plain(large, wide)), in_f32, F64)
    return draft


def sums() -> Draft:
    """The order of terms, and the types of the partial sums."""
    draft = Draft("sum-order", "2 to 16 terms whose order shows in the result; partial sums in f32 before one in f64")
    tiny = np.float32(2.0**-24)
    for name, terms in (
        ("large first", (1, tiny, tiny)),
        ("small first", (tiny, tiny, 1)),
        ("cancelled", (1, tiny, -1)),
    ):
        nodes = tuple(plain(np.array([term]), F32) for term in terms)
        total = np.float32(terms[0])
        for term in terms[1:]:
            total = np.float32(total + np.float32(term))
        draft.add(name, SumNode(nodes), [total], F32)
    one, small_one = plain(np.array([1.0]), F32), plain(np.array([2.0**-24]), F32)
    draft.add("f64 last", SumNode((one, small_one, plain(np.array([2.0**-40]), F64))), [1 + 2.0**-40], F64)
    draft.add("f64 first", SumNode((plain(np.array([2.0**-40]), F64), one, small_one)), [1 + 2.0**-24 + 2.0**-40], F64)
    sixteen = tuple(plain(small((2, 3), start), dtypes.unsigned(3)) for start in range(16))
    draft.add("sixteen", SumNode(sixteen), sum(small((2, 3), start) for start in range(16)), F32)
    integers = (plain(np.array([16777217]), dtypes.signed(32)), plain(np.array([1]), dtypes.unsigned(1)))
    draft.add("integers rounded first", SumNode(integers), [16777216], F32)
    return draft


def sums_special() -> Draft:
    """NaN, infinities, zeros with signs, subnormals, overflow; shapes."""
    draft = Draft("sum-special", "infinities, NaN, signed zeros, subnormal numbers, overflow; 0-d and empty arrays")
    first = np.array([np.inf, np.inf, np.nan, -0.0, 0.0, 1e-45, 3e38, 2.0**-126], np.float32)
    second = np.array([1, -np.inf, 1, -0.0, -0.0, 1e-45, 3e38, -(2.0**-127)], np.float32)
    with np.errstate(all="ignore"):
        draft.add("values", SumNode((plain(first, F32), plain(second, F32))), first + second, F32, any_nan=True)
    half = plain(np.array(0.5), F16)
    draft.add("0-d", SumNode((half, half)), 1.0, F32)
    empty = plain(np.empty((2, 0)), F32)
    draft.add("empty", SumNode((empty, empty)), np.empty((2, 0)), F32)
    return draft


def factorised_trees() -> Draft:
    """The nodes inside each other, and with affine and alias."""
    draft = Draft("factorised-trees", "low_rank, sum, transform, affine and alias inside each other")
    left, right, fine = small((6, 2), 1), small((2, 4), 3) - 3, small((6, 4), 2) - 4
    draft.add("left", plain(left, F16), left, F16)
    scale = np.array([[0.5], [0.25]], np.float16)
    scaled = AffineNode(plain(right, dtypes.signed(4)), plain(scale, F16), None, (1, 4))
    coarse = product(left, affine_values(right, scale, None, (1, 4), np.float32))
    factors = LowRankNode(AliasNode("left"), scaled, 2)
    draft.add("sum of low_rank and plain", SumNode((factors, plain(fine, dtypes.signed(4)))), coarse + fine, F32)
    matrix = small((4, 4), 1) - 3
    rotated = TransformNode(plain(matrix, dtypes.signed(4)), SumNode((factors, plain(fine, F16))))
    draft.add("transform of a sum", rotated, product(coarse + fine, matrix), F32)
    summed_matrix = SumNode((plain(matrix, dtypes.signed(4)), plain(np.eye(4), dtypes.unsigned(1))))
    draft.add("matrix is a sum", TransformNode(summed_matrix, plain(fine, F16)), product(fine, matrix + np.eye(4)), F32)
    as_codes = AffineNode(LowRankNode(plain(left, F16), plain(right, F16), 2), plain(np.array(0.5), F32))
    draft.add("codes are low_rank", as_codes, product(left, right) * 0.5, F32)
    return draft
