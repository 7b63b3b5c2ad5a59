from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from qmodel.adapters.onnx.backend import QModelBackend
from qmodel.errors import GraphError, InvalidInputError, LimitError, UnsupportedError
from tests.adapters.test_onnx import model_of, tensor

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "onnx-operators.md"
X = np.float32([[1, -2, 3]])
MODEL = model_of([helper.make_node("Add", ["x", "w"], ["y"])], [tensor("w", np.float32([1, 1, 1]))])


def coverage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("onnx_coverage", ROOT / "tools" / "onnx_coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for their module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_of_operators_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    version = re.search(r"the package onnx (\S+) against", text)
    assert version is not None
    if version[1] != onnx.__version__:
        pytest.skip(f"the page was made with onnx {version[1]}, this is {onnx.__version__}")
    assert coverage().page() == text


@pytest.mark.parametrize("inputs", [[X], (X,), X, {"x": X}])
def test_inputs_in_order_or_by_name(inputs: Any) -> None:
    (y,) = QModelBackend.run_model(MODEL, inputs)
    np.testing.assert_array_equal(y, X + 1)


def test_a_prepared_model_runs_many_times() -> None:
    prepared = QModelBackend.prepare(MODEL, "CPU:0")
    for shift in range(3):
        np.testing.assert_array_equal(prepared.run([X + np.float32(shift)])[0], X + 1 + shift)


def test_one_node() -> None:
    (y,) = QModelBackend.run_node(helper.make_node("Relu", ["a"], ["b"]), [X])
    np.testing.assert_array_equal(y, np.maximum(X, 0))
    square = helper.make_node("Mul", ["a", "a"], ["b"])
    np.testing.assert_array_equal(QModelBackend.run_node(square, [X], opset_version=13)[0], X * X)
    info = [(np.dtype(np.float32), (3,))]
    squeeze = helper.make_node("Squeeze", ["a"], ["b"], axes=[0])
    (y,) = QModelBackend.run_node(squeeze, {"a": X}, outputs_info=info, opset_version=11)
    np.testing.assert_array_equal(y, X[0])


def test_options_reach_the_session() -> None:
    fill = helper.make_node("Expand", ["a", "s"], ["b"])
    with pytest.raises(LimitError):
        QModelBackend.run_node(fill, [X, np.int64([100, 3])], memory_limit=1000)


def test_what_the_backend_refuses() -> None:
    assert QModelBackend.supports_device("CPU")
    assert not QModelBackend.supports_device("CUDA")
    with pytest.raises(UnsupportedError, match="device 'CUDA'"):
        QModelBackend.prepare(MODEL, "CUDA")
    with pytest.raises(InvalidInputError, match=r"each of \['x'\], got 2"):
        QModelBackend.run_model(MODEL, [X, X])
    with pytest.raises(GraphError, match="operator 'SequenceLength' is out of scope: values are tensors"):
        QModelBackend.run_node(
            helper.make_node("SequenceLength", ["a"], ["b"]), [X], outputs_info=[(np.dtype(np.int64), ())]
        )


def test_the_page_says_of_every_group_why() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for group in ("Sequences", "Optional values", "Strings", "Random numbers", "Training"):
        assert re.search(rf"- \*\*{group}\*\* \(\d+ tests?\)\. \S", text), group
