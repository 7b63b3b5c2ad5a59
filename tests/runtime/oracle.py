"""Independent answers: one node as an ONNX model, run by onnxruntime or by ONNX's reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from qmodel.adapters.onnx import import_model
from qmodel.dtypes import Array
from qmodel.runtime.session import Session

Arrays = Mapping[str, Array]


def node_model(
    operator: str,
    inputs: Mapping[str, Array | None],
    attributes: Mapping[str, Any],
    *,
    opset: int,
    outputs: Sequence[str] = ("y",),
    output_types: Sequence[int] = (),
) -> onnx.ModelProto:
    """A model of one node; an input of None is left out."""
    given = {name: array for name, array in inputs.items() if array is not None}
    node = helper.make_node(
        operator, [name if name in given else "" for name in inputs], list(outputs), name="tested", **attributes
    )
    declared = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in given.items()
    ]
    first = helper.np_dtype_to_tensor_dtype(next(iter(given.values())).dtype) if given else TensorProto.FLOAT
    types = [*output_types, *[first] * (len(outputs) - len(output_types))]
    made = [helper.make_tensor_value_info(n, t, None) for n, t in zip(outputs, types, strict=True) if n]
    graph = helper.make_graph([node], "one node", declared, made)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def ours(model: onnx.ModelProto, inputs: Arrays) -> dict[str, Array]:
    imported = import_model(model)
    assert imported.graph is not None
    return Session(imported.graph, imported.weights).run(inputs)


def by_onnxruntime(model: onnx.ModelProto, inputs: Arrays) -> dict[str, Array]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


def by_reference(model: onnx.ModelProto, inputs: Arrays) -> dict[str, Array]:
    evaluator = ReferenceEvaluator(model)
    with np.errstate(all="ignore"):
        return dict(zip(evaluator.output_names, evaluator.run(None, dict(inputs)), strict=True))


def check_node(
    operator: str,
    inputs: Mapping[str, Array | None],
    /,
    *,
    opset: int = 21,
    outputs: Sequence[str] = ("y",),
    output_types: Sequence[int] = (),
    oracle: Any = by_onnxruntime,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    **attributes: Any,
) -> None:
    """Hold our outputs equal to the oracle's: dtype, shape and values."""
    model = node_model(operator, inputs, attributes, opset=opset, outputs=outputs, output_types=output_types)
    given = {name: array for name, array in inputs.items() if array is not None}
    wanted = oracle(model, given)
    got = ours(model, given)
    assert set(got) == set(wanted)
    for name, array in wanted.items():
        assert got[name].dtype == array.dtype
        assert got[name].shape == array.shape
        np.testing.assert_allclose(got[name], array, rtol=rtol, atol=atol)


def normal(*shape: int, seed: int = 0, dtype: Any = np.float32) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)
