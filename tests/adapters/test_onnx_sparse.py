from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from qmodel.adapters.onnx import import_model
from qmodel.errors import InvalidInputError, LimitError
from tests.adapters.test_onnx import identity, model_of, tensor


def sparse(values: Any, indices: Any, dims: list[int], name: str = "sp") -> onnx.SparseTensorProto:
    return helper.make_sparse_tensor(tensor(name, values), tensor("", indices), dims)


def with_sparse(message: onnx.SparseTensorProto) -> onnx.ModelProto:
    model = model_of([identity()])
    model.graph.sparse_initializer.append(message)
    return model


@pytest.mark.parametrize("indices", [np.int64([1, 3]), np.int64([[0, 1], [1, 0]])], ids=["positions", "coordinates"])
@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_])
def test_dense(indices: Any, dtype: Any) -> None:
    model = with_sparse(sparse(np.array([7, 1]).astype(dtype), indices, [2, 3]))
    got = import_model(model).weights["sp"]
    np.testing.assert_array_equal(got, np.array([[0, 7, 0], [1, 0, 0]]).astype(dtype))
    assert got.dtype == dtype


def test_nothing_stored() -> None:
    got = import_model(with_sparse(sparse(np.float32([]), np.int64([]), [2]))).weights["sp"]
    assert got.tolist() == [0, 0]


def test_constant_with_a_sparse_value() -> None:
    node = helper.make_node("Constant", [], ["y"], sparse_value=sparse(np.float32([3]), np.int64([1]), [2]))
    assert import_model(model_of([node])).weights["y"].tolist() == [0, 3]


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        (sparse(np.float32([1]), np.int64([0]), [1 << 40, 1 << 20]), LimitError, "initializer 'sp': dense, it has"),
        (sparse(np.float32([1]), np.int64([0]), [-1, 3]), InvalidInputError, r"length of the shape \[-1, 3\]"),
        (sparse(np.float32([1]), np.int64([6]), [2, 3]), InvalidInputError, "index lies outside"),
        (sparse(np.float32([1]), np.int64([-1]), [2, 3]), InvalidInputError, "index lies outside"),
        (sparse(np.float32([1]), np.int64([[0, 3]]), [2, 3]), InvalidInputError, "index lies outside"),
        (sparse(np.float32([1, 2]), np.int64([0]), [2, 3]), InvalidInputError, "as many indices"),
        (sparse(np.float32([[1]]), np.int64([0]), [2, 3]), InvalidInputError, "as many indices"),
        (sparse(np.float32([1]), np.int32([0]), [2, 3]), InvalidInputError, "must be int64"),
        (sparse(np.float32([1]), np.int64([[0]]), [2, 3]), InvalidInputError, r"or \[stored, 2\]"),
        (sparse(np.float32([1]), np.int64([0]), [2], name=""), InvalidInputError, "its name is empty"),
    ],
)
def test_hostile_sparse_tensors(message: onnx.SparseTensorProto, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        import_model(with_sparse(message))


def test_negative_lengths_of_dense_tensors() -> None:
    negative = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[-1], raw_data=bytes(8))
    with pytest.raises(InvalidInputError, match=r"initializer 'w': a length of the shape \[-1\] is negative"):
        import_model(model_of([identity()], [negative]))
