"""ONNX's own node tests, for every operator the interpreter has."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, defs, numpy_helper

from qmodel.adapters.onnx import import_model
from qmodel.errors import GraphError, UnsupportedError
from qmodel.runtime.registry import OLDEST_OPSET, operator_names
from qmodel.runtime.session import Session

# What the interpreter refuses, by the beginnings of the tests' names, and words that the refusal must contain.
REFUSED = {
    "test_batchnorm_epsilon_training_mode": "at most 1 outputs",
    "test_batchnorm_example_training_mode": "at most 1 outputs",
    "test_maxpool_with_argmax": "at most 1 outputs",
    "test_training_dropout": "training_mode",
    "test_equal_string": "STRING",
    "test_identity_opt": "no tensor",
    "test_identity_sequence": "no tensor",
}
NARROW_TYPES = ("FLOAT8", "FLOAT4", "BFLOAT16", "INT4", "INT2", "UINT4", "UINT2")


@cache
def cases_by_name() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # making the cases divides by zero and overflows on purpose
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    known = set(operator_names())
    return {case.name: case for case in cases if {node.op_type for node in case.model.graph.node} <= known}


def refusal(name: str) -> str | None:
    if "_cast" in name and any(f"_to_{narrow}" in name for narrow in NARROW_TYPES):
        return "element type"
    if "_cast" in name and any(narrow in name for narrow in ("FLOAT8E4M3FNUZ", "FLOAT8E5M2FNUZ", "FLOAT4", "8E8M0")):
        return "element type"
    return next((words for beginning, words in REFUSED.items() if name.startswith(beginning)), None)


def as_array(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def in_known_opset(model: ModelProto) -> ModelProto:
    """The model in the oldest opset the interpreter has, where its operators mean the same there."""
    (opset,) = (entry for entry in model.opset_import if not entry.domain)
    if opset.version < OLDEST_OPSET:
        for node in model.graph.node:
            assert defs.get_schema(node.op_type, OLDEST_OPSET).since_version <= opset.version
        opset.version = OLDEST_OPSET
    return model


def check_case(case: Any) -> None:
    model = import_model(in_known_opset(case.model))
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
