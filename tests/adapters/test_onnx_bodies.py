from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import qmodel
from qmodel.adapters.onnx import import_model
from qmodel.dtypes import Array
from qmodel.errors import GraphError, InvalidInputError, UnsupportedError
from qmodel.graph import Graph
from qmodel.runtime.session import Session
from tests.adapters.test_onnx import model_of, tensor
from tests.runtime.oracle import by_reference


def branch(
    nodes: Sequence[onnx.NodeProto], output: str, initializers: Sequence[onnx.TensorProto] = (), **keywords: Any
) -> onnx.GraphProto:
    declared = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    return helper.make_graph(list(nodes), "branch", [], declared, list(initializers), **keywords)


def choice(then_branch: onnx.GraphProto, else_branch: onnx.GraphProto, **keywords: Any) -> onnx.NodeProto:
    return helper.make_node("If", ["c"], ["y"], then_branch=then_branch, else_branch=else_branch, **keywords)


def add(left: str, right: str, made: str) -> onnx.NodeProto:
    return helper.make_node("Add", [left, right], [made])


def constant(name: str, number: float) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=tensor("", np.float32(number)))


def check(model: onnx.ModelProto, x: Array) -> qmodel.Model:
    """Hold what the model computes against ONNX's reference, for both branches."""
    imported = import_model(model)
    assert imported.graph is not None
    for condition in (True, False):
        given = {"x": x, "c": np.array(condition)}
        got = Session(imported.graph, imported.weights).run(given)["y"]
        np.testing.assert_array_equal(got, by_reference(model, given)["y"])
    return imported


INPUTS = [
    helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"]),
    helper.make_tensor_value_info("c", TensorProto.BOOL, []),
]
X = np.float32([1, 2, 3])


def test_tensors_of_bodies_become_tensors_of_the_file() -> None:
    then_branch = branch([constant("k", 10), add("x", "k", "s"), add("s", "w", "t")], "t", [tensor("w", X)])
    else_branch = branch([constant("k", 20), add("x", "k", "s"), add("s", "w", "t")], "t", [tensor("w", 2 * X)])
    model = model_of([choice(then_branch, else_branch)], [tensor("unused", X)], inputs=INPUTS)
    imported = check(model, X)
    assert sorted(imported.weights) == ["k", "k.2", "unused", "w", "w.2"]


def test_names_of_bodies_hide_those_around() -> None:
    inner = branch([constant("x", 5), add("x", "w", "s")], "s")
    hiding = branch([constant("w", 7), choice(inner, branch([add("x", "w", "s")], "s")), add("y", "x", "s")], "s")
    plain = branch([add("x", "w", "s")], "s")
    nodes = [choice(hiding, plain)]
    # The inner If makes `y`, which is the name of the outer one's result.
    imported = check(model_of(nodes, [tensor("w", 100 * X)], inputs=INPUTS), X)
    assert set(imported.weights) == {"w", "w.2", "x.2"}


def test_attributes_with_tensors_and_sparse_tensors_in_bodies() -> None:
    values = tensor("sp", np.float32([4]))
    stored = helper.make_sparse_tensor(values, tensor("", np.int64([1])), [3])
    fill = helper.make_node("ConstantOfShape", ["shape"], ["f"], "fill", value=tensor("", np.float32([2])))
    then_branch = branch([fill, add("f", "x", "t")], "t", [tensor("shape", np.int64([3]))])
    else_branch = branch([add("x", "sp", "t")], "t", sparse_initializer=[stored])
    model = model_of([choice(then_branch, else_branch)], inputs=INPUTS)
    imported = import_model(model)
    assert imported.graph is not None
    session = Session(imported.graph, imported.weights)
    assert session.run({"x": X, "c": np.array(True)})["y"].tolist() == [3, 4, 5]
    assert session.run({"x": X, "c": np.array(False)})["y"].tolist() == [1, 6, 3]


def test_imported_bodies_survive_a_file(tmp_path: Any) -> None:
    model = import_model(
        model_of([choice(branch([constant("k", 1), add("x", "k", "t")], "t"), branch([add("x", "x", "t")], "t"))],
                 inputs=INPUTS)
    )  # fmt: skip
    qmodel.save(model, tmp_path / "if.qmodel")
    loaded = qmodel.load(tmp_path / "if.qmodel")
    assert loaded.graph == model.graph
    assert qmodel.run(loaded, {"x": X, "c": np.array(True)})["y"].tolist() == [2, 3, 4]


def test_types_that_bodies_leave_out_are_inferred() -> None:
    untyped = helper.make_graph([add("x", "x", "t")], "b", [], [onnx.ValueInfoProto(name="t")])
    graph = import_model(model_of([choice(untyped, branch([add("x", "x", "u")], "u"))], inputs=INPUTS)).graph
    assert graph is not None
    then_branch = graph.nodes[0].attributes["then_branch"]
    assert isinstance(then_branch, Graph)
    assert then_branch.outputs[0].element_type.name == "f32"


def test_nesting_is_limited() -> None:
    body = branch([add("x", "x", "t")], "t")
    for _ in range(9):
        body = branch([choice(body, branch([add("x", "x", "t")], "t"), name="n")], "y")
    with pytest.raises(UnsupportedError, match="If node 'n': bodies are nested deeper than 8"):
        import_model(model_of([choice(body, body)], inputs=INPUTS))


@pytest.mark.parametrize(
    ("nodes", "error", "words"),
    [
        ([add("x", "x", "y"), add("x", "x", "y")], InvalidInputError, "Add node 'y': value 'y' is made twice"),
        ([add("x", "x", "x")], InvalidInputError, "Add node 'x': value 'x' is made twice"),
        ([add("x", "q", "y")], GraphError, "Add node 'y': input 'q' is no graph input"),
        ([add("x", "z", "y"), add("y", "x", "z")], GraphError, "Add node 'y': input 'z' is made .* form a cycle"),
        ([choice(branch([add("x", "x", "t"), add("x", "x", "t")], "t"), branch([], "x"))], InvalidInputError,
         "Add node 't': value 't' is made twice"),
        ([choice(branch([add("x", "q", "t")], "t"), branch([], "x"))], GraphError, "If node 'y': body .*: input 'q'"),
        ([choice(branch([add("x", "y", "t")], "t"), branch([], "x"))], GraphError, "If node 'y': body .*: input 'y'"),
    ],
)  # fmt: skip
def test_names_that_do_not_fit(nodes: list[onnx.NodeProto], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        import_model(model_of(nodes, inputs=INPUTS))


def test_two_inputs_of_one_name() -> None:
    with pytest.raises(InvalidInputError, match="2 inputs have the name 'x'"):
        import_model(model_of([add("x", "x", "y")], inputs=[*INPUTS, INPUTS[0]]))


def test_an_output_named_twice_is_copied() -> None:
    """As PyTorch 2 exports a scripted loop whose state is collected, too."""
    states = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("h", "h2", "h2")]
    condition = helper.make_tensor_value_info("going", TensorProto.BOOL, [])
    number = helper.make_tensor_value_info("i", TensorProto.INT64, [])
    body = helper.make_graph([add("h", "x", "h2")], "body", [number, condition, states[0]], [condition, *states[1:]])
    loop = helper.make_node("Loop", ["three", "", "x"], ["last", "all"], body=body)
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("last", "all", "all")]
    three = tensor("three", np.array(3, np.int64))
    graph = helper.make_graph([loop], "g", INPUTS[:1], outputs, [three])
    imported = import_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]))
    assert imported.graph is not None
    made = Session(imported.graph, imported.weights).run({"x": X})
    np.testing.assert_array_equal(made["last"], 4 * X)
    assert list(made) == ["last", "all", "all.2"]
    for name in ("all", "all.2"):
        np.testing.assert_array_equal(made[name], [2 * X, 3 * X, 4 * X])
