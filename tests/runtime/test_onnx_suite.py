"""ONNX's own node tests, for every operator the interpreter has."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper

from qmodel.adapters.onnx import import_model
from qmodel.errors import GraphError, UnsupportedError
from qmodel.runtime.registry import operator_names
from qmodel.runtime.session import Session

# What the interpreter refuses, by patterns that the tests' names begin with, and words that the refusal must contain.
REFUSED = {
    "test_training_dropout(_default)?(_mask)?$": "at random",
    "test_equal_string": "STRING",
    "test_identity_opt": "no tensor",
    "test_identity_sequence": "no tensor",
    "test_if_seq": "no tensor",
    "test_if_opt": "no tensor",
    "test_loop13_seq": "no tensor",
    "test_loop16_seq_none": "no tensor",
    "test_scan_sum": "has a batch axis",
}


@cache
def cases_by_name() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making the cases divides by zero and overflows on purpose
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    known = set(operator_names())
    return {case.name: case for case in cases if {node.op_type for node in case.model.graph.node} <= known}


def refusal(name: str) -> str | None:
    return next((words for beginning, words in REFUSED.items() if re.match(beginning, name)), None)


def as_array(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def check_case(case: Any) -> None:
    model = import_model(case.model)
    assert model.graph is not None
    session = Session(model.graph, model.weights)
    for inputs, outputs in case.data_sets:
        given = {value.name: as_array(array) for value, array in zip(model.graph.inputs, inputs, strict=True)}
        got = session.run(given)
        for value, wanted in zip(model.graph.outputs, map(as_array, outputs), strict=True):
            assert got[value.name].dtype == wanted.dtype
            assert got[value.name].shape == wanted.shape
            np.testing.assert_allclose(got[value.name], wanted, rtol=case.rtol, atol=case.atol)


@pytest.mark.parametrize("name", sorted(cases_by_name()))
def test_onnx_node(name: str) -> None:
    words = refusal(name)
    if words is None:
        check_case(cases_by_name()[name])
    else:
        with pytest.raises((GraphError, UnsupportedError), match=words):
            check_case(cases_by_name()[name])


def test_suite_is_there() -> None:
    assert len(cases_by_name()) > 500
