from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import qmodel
from qmodel.dtypes import F32, F64, Array, ElementType, parse
from qmodel.errors import GraphError
from qmodel.graph import Graph, Node, Value
from qmodel.runtime.registry import NEWEST_OPSET, OLDEST_OPSET, operator_names
from qmodel.runtime.session import Session
from qmodel.runtime.type_rules import type_rule
from tests.runtime.graphs import node
from tests.runtime.oracle import normal

ROOT = Path(__file__).parents[2]
WEIGHTS = {
    "w": normal(4, 3, 3, 3),
    "m": normal(3, 4),
    "v": normal(3),
    "d": normal(3).astype(np.float64),
    "i": np.arange(3),
    "yes": np.array(True),
}
INPUTS = (
    Value("x", F32, ("N", 3, 8, 8)),
    Value("f", F32),
    Value("n", parse("s64")),
    Value("scalar", F32, ()),
)


def network(*nodes: Node, outputs: tuple[str, ...] = (), opset: int = 17) -> Graph:
    return Graph("", opset, nodes, INPUTS, tuple(Value(name, F32) for name in outputs))


def body(*nodes: Node, inputs: tuple[Value, ...] = (), outputs: tuple[Value, ...]) -> Graph:
    return Graph("", 17, nodes, inputs, outputs)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (node("Sin", ["n"], ["y"], "bad"), r"input 0 \('n'\): wanted element type f16, f32, f64, got s64"),
        (node("Add", ["f", "n"], ["y"], "bad"), r"input 1 \('n'\): wanted .* f32, as .* got s64; insert a Cast"),
        (node("Add", ["f", "d"], ["y"], "bad"), r"input 1 \('d'\): wanted element type f32, as .* got f64"),
        (node("Where", ["f", "f", "f"], ["y"], "bad"), r"input 0 \('f'\): wanted element type bool, got f32"),
        (node("Concat", ["f", "f", "n"], ["y"], "bad", axis=0), r"input 2 \('n'\): wanted element type f32"),
        (node("Conv", ["scalar", "w"], ["y"], "bad"), r"input 0 \('scalar'\): wanted at least 3 axes, got 0"),
        (node("Conv", ["x", "m"], ["y"], "bad"), r"input 1 \('m'\): wanted 4 axes, got 2: \(3, 4\)"),
        (node("Conv", ["x", "w", "m"], ["y"], "bad"), r"input 2 \('m'\): wanted 1 axis, got 2"),
        (node("Gemm", ["x", "m"], ["y"], "bad"), r"input 0 \('x'\): wanted 2 axes, got 4: \(N, 3, 8, 8\)"),
        (node("Gemm", ["f", "v"], ["y"], "bad"), r"input 1 \('v'\): wanted 2 axes, got 1"),
        (node("MatMul", ["f", "scalar"], ["y"], "bad"), r"input 1 \('scalar'\): wanted at least 1 axis, got 0"),
        (node("GlobalAveragePool", ["m"], ["y"], "bad"), r"input 0 \('m'\): wanted at least 3 axes, got 2"),
        (node("BatchNormalization", ["x", "v", "v", "m", "v"], ["y"], "bad"), r"input 3 \('m'\): wanted 1 axis, got 2"),
    ],
)  # fmt: skip
def test_refused_before_running(bad: Node, words: str) -> None:
    with pytest.raises(GraphError, match=f"^{bad.operator} node 'bad': {words}"):
        Session(network(bad), WEIGHTS)


def test_types_follow_from_node_to_node() -> None:
    nodes = [node("Shape", ["f"], ["s"]), node("Equal", ["s", "n"], ["e"]), node("Not", ["e"], ["o"])]
    with pytest.raises(GraphError, match=r"Sin node 'bad': input 0 \('o'\): .* got bool"):
        Session(network(*nodes, node("Sin", ["o"], ["y"], "bad")), WEIGHTS)


def test_ranks_follow_from_node_to_node() -> None:
    nodes = [node("Conv", ["x", "w"], ["c"]), node("Relu", ["c"], ["r"]), node("Gemm", ["r", "m"], ["y"], "bad")]
    with pytest.raises(GraphError, match=r"Gemm node 'bad': input 0 \('r'\): wanted 2 axes, got 4: \(\?, \?, \?, \?\)"):
        Session(network(*nodes), WEIGHTS)


def test_types_in_bodies() -> None:
    inner = body(node("Add", ["f", "d"], ["z"], "bad"), outputs=(Value("z", F32),))
    good = body(node("Neg", ["f"], ["q"]), outputs=(Value("q", F32),))
    with pytest.raises(GraphError, match=r"^If node 'around': Add node 'bad': input 1 \('d'\)"):
        Session(network(node("If", ["yes"], ["y"], "around", then_branch=good, else_branch=inner)), WEIGHTS)
    with pytest.raises(GraphError, match=r"^Not node 'after': input 0 \('y'\): wanted element type bool, got f32"):
        Session(
            network(node("If", ["yes"], ["y"], then_branch=good, else_branch=good), node("Not", ["y"], ["t"], "after")),
            WEIGHTS,
        )


def test_outputs_of_loops_have_the_types_that_bodies_declare() -> None:
    states = (Value("k", parse("s64"), ()), Value("go", parse("bool"), ()), Value("s", F32))
    inner = body(
        node("Cast", ["s"], ["o"], to=11), inputs=states,
        outputs=(Value("go", parse("bool")), Value("s", F32), Value("o", F64)),
    )  # fmt: skip
    loop = node("Loop", ["", "yes", "f"], ["last", "all"], body=inner)
    with pytest.raises(GraphError, match=r"Add node 'bad': input 1 \('all'\): wanted element type f32, .* got f64"):
        Session(network(loop, node("Add", ["last", "all"], ["y"], "bad")), WEIGHTS)


def test_what_is_not_known_passes() -> None:
    class Lazy(Mapping[str, Array]):
        def __getitem__(self, name: str) -> Array:
            raise AssertionError("nothing is decoded to check types")

        def __iter__(self) -> Any:
            return iter(["d"])

        def __len__(self) -> int:
            return 1

    nodes = [node("Cast", ["f"], ["c"], to=11), node("Add", ["c", "d"], ["y"])]
    Session(network(*nodes, outputs=("y",)), Lazy())
    np.testing.assert_array_equal(
        Session(network(*nodes, outputs=("y",)), WEIGHTS).run(
            {"x": normal(1, 3, 8, 8), "f": normal(3), "n": np.arange(3), "scalar": np.array(1, np.float32)}
        )["y"],
        normal(3).astype(np.float64) + WEIGHTS["d"],
    )


def test_mappings_that_describe_their_tensors() -> None:
    class Described(Mapping[str, Array]):
        def __getitem__(self, name: str) -> Array:
            raise AssertionError("nothing is decoded to check types")

        def __iter__(self) -> Any:
            return iter(["d"])

        def __len__(self) -> int:
            return 1

        def facts(self, name: str) -> tuple[ElementType, tuple[int, ...]]:
            return F64, (3,)

    with pytest.raises(GraphError, match=r"Add node 'bad': input 1 \('d'\)"):
        Session(network(node("Add", ["f", "d"], ["y"], "bad")), Described())


def test_allowed_types_follow_the_opset() -> None:
    weights = {"b": np.array([1, 2], np.int8)}
    nodes = [node("Max", ["b", "b"], ["y"])]
    Session(network(*nodes, opset=12), weights)
    with pytest.raises(GraphError, match="wanted element type f16, f32, f64, got s8"):
        Session(network(*nodes, opset=11), weights)


@pytest.mark.parametrize("name", operator_names())
def test_every_operator_has_rules(name: str) -> None:
    assert any(type_rule(name, opset) for opset in range(OLDEST_OPSET, NEWEST_OPSET + 1))


def test_the_rules_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate_type_rules", ROOT / "tools" / "generate_type_rules.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    text = tool.RULES.read_text(encoding="utf-8")
    made_with = json.loads(text)["onnx"]
    if made_with != onnx.__version__:
        pytest.skip(f"the rules were made with onnx {made_with}, this is {onnx.__version__}")
    assert tool.rules_text() == text


def test_tensors_of_a_file_are_checked_without_decoding(tmp_path: Path) -> None:
    bad = network(node("Add", ["f", "d"], ["y"], "bad"), outputs=("y",))
    qmodel.save(qmodel.Model({"d": WEIGHTS["d"]}, bad), tmp_path / "bad.qmodel", recipe="lossless")
    with pytest.raises(GraphError, match=r"^Add node 'bad': input 1 \('d'\): wanted element type f32, .* got f64"):
        qmodel.run(qmodel.load(tmp_path / "bad.qmodel"), {})
