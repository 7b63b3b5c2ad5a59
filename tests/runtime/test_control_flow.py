from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from qmodel.dtypes import F32, Array, parse
from qmodel.errors import GraphError, LimitError
from qmodel.graph import Graph, Node, TensorReference, Value
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import by_onnxruntime, normal, ours

BOOL, S64 = parse("bool"), parse("s64")


def body(
    nodes: Sequence[Node], inputs: Sequence[Value] = (), outputs: Sequence[str] = ("z",), *, opset: int = 17
) -> Graph:
    return Graph("", opset, tuple(nodes), tuple(inputs), tuple(Value(name, F32) for name in outputs))


def loop_inputs(*states: str) -> list[Value]:
    return [Value("i", S64, ()), Value("going", BOOL, ()), *(Value(name, F32) for name in states)]


STEP = [node("Add", ["s", "w"], ["t"], "step"), node("Identity", ["going"], ["on"])]
FOREVER = body(STEP, loop_inputs("s"), ["on", "t"])
SUM = body([*STEP, node("Mul", ["t", "x"], ["o"])], loop_inputs("s"), ["on", "t", "o"])
WEIGHTS = {"w": np.float32([1, 2]), "five": np.array(5), "yes": np.array(True)}


def loop(inputs: Sequence[str] = ("five", "", "x"), outputs: Sequence[str] = ("y",), inner: Graph = SUM) -> Graph:
    return graph([node("Loop", inputs, outputs, "around", body=inner)], outputs=[name for name in outputs if name])


def test_loop_states_scan_outputs_weights_and_captured_values() -> None:
    x = np.float32([1, 10])
    made = Session(loop(outputs=["y", "all"]), WEIGHTS).run({"x": x})
    states = x + np.arange(1, 6)[:, None] * WEIGHTS["w"]
    np.testing.assert_array_equal(made["y"], states[-1])
    np.testing.assert_array_equal(made["all"], states * x)


def test_results_are_the_callers_own() -> None:
    still = body([node("Identity", ["going"], ["on"])], loop_inputs("s"), ["on", "s", "w"])
    session = Session(loop(outputs=["y", "all"], inner=still), WEIGHTS)
    x = np.float32([3, 4])
    for array in session.run({"x": x}).values():
        array[...] = 0
    np.testing.assert_array_equal(session.run({"x": x})["all"], np.tile(np.float32([1, 2]), (5, 1)))
    np.testing.assert_array_equal(x, [3, 4])
    branch = body([], outputs=["w"])
    session = Session(graph([node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)]), WEIGHTS)
    session.run({"x": x})["y"][...] = 0
    np.testing.assert_array_equal(WEIGHTS["w"], [1, 2])


def test_a_value_read_by_a_body_alone_is_kept_and_not_overwritten() -> None:
    """`a` is read by the body after the node that could overwrite it, and nothing else needs it."""
    branch = body([node("Neg", ["a"], ["z"])])
    nodes = [
        node("Abs", ["x"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("If", ["yes"], ["c"], then_branch=branch, else_branch=branch),
        node("Add", ["b", "c"], ["y"]),
    ]
    np.testing.assert_array_equal(Session(graph(nodes), WEIGHTS).run({"x": np.float32([-2, 3])})["y"], [0, 0])


def test_bodies_at_any_depth_capture() -> None:
    innermost = body([node("Add", ["n", "w"], ["k"]), node("Add", ["k", "m"], ["z"])])
    middle = body(
        [
            node("Neg", ["n"], ["m"]),
            node("If", ["yes"], ["q"], then_branch=innermost, else_branch=body([], outputs=["n"])),
            node("Identity", ["going"], ["on"]),
            node("Add", ["s", "q"], ["t"]),
        ],
        loop_inputs("s"),
        ["on", "t"],
    )
    nodes = [node("Neg", ["x"], ["n"]), node("Loop", ["five", "", "x"], ["y"], body=middle)]
    made = Session(graph(nodes), WEIGHTS).run({"x": np.float32([7, 7])})["y"]
    np.testing.assert_array_equal(made, np.float32([7, 7]) + 5 * WEIGHTS["w"])


def test_constants_are_folded_once_for_all_bodies() -> None:
    inner = body([node("Mul", ["twice", "twice"], ["four"]), node("Add", ["x", "four"], ["z"])])
    nodes = [
        node("Add", ["w", "w"], ["twice"]),
        node("If", ["yes"], ["y"], then_branch=inner, else_branch=inner),
    ]
    session = Session(graph(nodes), WEIGHTS)
    np.testing.assert_array_equal(session.run({"x": np.zeros(2, np.float32)})["y"], [4, 16])
    plan = session._plan(("y",), every_node=False)
    assert [step.bound.node.operator for step in plan.steps[0].bodies["then_branch"].plan.steps] == ["Add"]


@pytest.mark.parametrize("limit", [0, 1, 499])
def test_endless_loops_end(limit: int) -> None:
    session = Session(loop(("", "yes", "x"), inner=FOREVER), WEIGHTS, step_limit=limit)
    with pytest.raises(LimitError, match=f"^Loop node 'around': bodies have run {limit} times"):
        session.run({"x": normal(2)})


def test_steps_are_counted_over_nested_bodies_and_afresh_for_each_run() -> None:
    inner = body([node("Loop", ["five", "", "s"], ["t"], "inner", body=body(
        [node("Identity", ["on0"], ["on1"]), node("Neg", ["v"], ["u"])],
        [Value("j", S64), Value("on0", BOOL), Value("v", F32)], ["on1", "u"])),
        node("Identity", ["going"], ["on"])], loop_inputs("s"), ["on", "t"])  # fmt: skip
    for _ in range(2):
        Session(loop(inner=inner), WEIGHTS, step_limit=30).run({"x": normal(2)})
    session = Session(loop(inner=inner), WEIGHTS, step_limit=29)
    for _ in range(2):
        with pytest.raises(LimitError, match=r"^Loop node 'around': Loop node 'inner': bodies"):
            session.run({"x": normal(2)})


def test_collected_outputs_respect_the_memory_limit() -> None:
    network = loop(("many", "", "x"), ["y", "all"])
    weights = {**WEIGHTS, "many": np.array(1000)}
    assert Session(network, weights, memory_limit=8000).run({"x": normal(2)})["all"].shape == (1000, 2)
    with pytest.raises(LimitError, match=r"Loop node 'around': an array of shape \(1000, 2\)"):
        Session(network, weights, memory_limit=7999).run({"x": normal(2)})


def test_limits_reach_operators_in_bodies() -> None:
    huge = body([node("Expand", ["x", "shape"], ["z"], "huge")])
    network = graph([node("If", ["yes"], ["y"], "around", then_branch=huge, else_branch=huge)])
    weights = {**WEIGHTS, "shape": np.array([1 << 40, 2])}
    with pytest.raises(LimitError, match=r"^If node 'around': Expand node 'huge': "):
        Session(network, weights).run({"x": normal(2)})


def test_observers_see_bodies_and_their_errors_are_their_own() -> None:
    seen: list[str] = []
    Session(loop(), WEIGHTS).run({"x": normal(2)}, observe=lambda _, name, __: seen.append(name))
    assert seen == [*["t", "on", "o"] * 5, "y"]

    def observe(n: Node, *_: object) -> None:
        if n.name == "step":
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Session(loop(), WEIGHTS).run({"x": normal(2)}, observe=observe)


def test_threads_share_a_session_with_bodies() -> None:
    session = Session(loop(outputs=["y", "all"]), WEIGHTS, step_limit=5)
    inputs = [normal(2, seed=seed) for seed in range(16)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: session.run({"x": x})["all"], inputs))
    for x, all_ in zip(inputs, together, strict=True):
        np.testing.assert_array_equal(all_, session.run({"x": x})["all"])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (node("If", ["x"], ["y"], "n", then_branch=body([], outputs=["x"])), "attribute 'else_branch' is missing"),
        (node("If", ["x"], ["y"], "n", then_branch=1, else_branch=body([])), "'then_branch' must be a GRAPH, got 1"),
        (node("If", ["x"], ["y", "z"], "n", then_branch=body([], outputs=["x"]), else_branch=body([])),
         "body 'then_branch' must have at least 2 outputs, got 1"),
        (node("If", ["x"], ["y"], "n", then_branch=FOREVER, else_branch=FOREVER), "must have 0 inputs, got 3"),
        (node("Loop", ["five", "", "x", "x"], ["y"], "n", body=FOREVER), "must have 4 inputs, got 3"),
        (node("Loop", ["five", "", ""], ["y"], "n", body=FOREVER), "at least 0 inputs, got"),
        (node("Loop", ["five", "", "x"], ["y", "z"], "n", body=FOREVER), "at least 3 outputs, got 2"),
        (node("Loop", ["five", "", "x"], ["y"], "n"), "attribute 'body' is missing"),
        (node("Scan", ["x"], ["y"], "n", body=body([]), num_scan_inputs=2), "'num_scan_inputs' must be 1 to 1"),
        (node("Scan", ["x"], ["y"], "n", body=body([]), num_scan_inputs=0), "'num_scan_inputs' must be 1 to 1"),
        (node("Scan", ["x"], ["y"], "n", body=body([], [Value("a", F32)], ["a"]), num_scan_inputs=1,
              scan_input_axes=(0, 1)), "'scan_input_axes' must have 1 entries, got 2"),
        (node("Scan", ["x"], ["y"], "n", body=body([], [Value("a", F32)], ["a"]), num_scan_inputs=1,
              scan_output_directions=(2,)), "'scan_output_directions' must hold 0 and 1 alone"),
        (node("If", ["x"], ["y"], "n", then_branch=body([node("Nope", ["x"], ["z"], "in")]), else_branch=body([])),
         "Nope node 'in': unknown operator 'Nope'"),
        (node("If", ["x"], ["y"], "n", then_branch=body([node("Add", ["x", "later"], ["z"], "in")]),
              else_branch=body([], outputs=["x"])), "Add node 'in': input 'later' is no graph input"),
        (node("Loop", ["five", "", "x"], ["y"], "n", body=body(
            [node("ConstantOfShape", ["x"], ["z"], "in", value=TensorReference("none"))], loop_inputs("s"),
            ["going", "z"])), "ConstantOfShape node 'in': attribute 'value' names tensor 'none'"),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_before_running(bad: Node, words: str) -> None:
    with pytest.raises(GraphError, match=words) as caught:
        Session(graph([bad], outputs=()), WEIGHTS)
    assert str(caught.value).startswith(f"{bad.operator} node 'n': ")


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        (body([node("Concat", ["s", "s"], ["t"], axis=0), node("Neg", ["s"], ["o"])], loop_inputs("s"),
              ["going", "t", "o"]),
         "body output 'o' must keep its type and shape"),
        (body([node("Cast", ["s"], ["t"], to=11)], loop_inputs("s"), ["going", "t"]), "state 0 must keep its element"),
        (body([node("Neg", ["s"], ["t"])], loop_inputs("s"), ["s", "t"]), "a condition must be one bool"),
    ],
)  # fmt: skip
def test_what_goes_wrong_in_a_loop(inner: Graph, words: str) -> None:
    outputs = ["y", "all"][: len(inner.outputs) - 1]
    with pytest.raises(GraphError, match=f"^Loop node 'around': {words}"):
        Session(loop(outputs=outputs, inner=inner), WEIGHTS).run({"x": normal(2)})


def value(name: str, kind: int = TensorProto.FLOAT, shape: Sequence[int | None] | None = ()) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def check(node_proto: Any, inputs: Mapping[str, Array], outputs: Sequence[str], opset: int) -> None:
    """Hold equal to onnxruntime, with one sampled value of the main graph, `outer`, captured."""
    declared = [
        value(name, helper.np_dtype_to_tensor_dtype(array.dtype), [None] * array.ndim) for name, array in inputs.items()
    ]
    made = [value(name, shape=None) for name in outputs]
    outer = helper.make_node("Neg", ["x"], ["outer"])
    built = helper.make_graph([outer, node_proto], "g", declared, made)
    model: ModelProto = helper.make_model(built, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    got, wanted = ours(model, inputs), by_onnxruntime(model, inputs)
    for name, array in wanted.items():
        assert got[name].dtype == array.dtype
        np.testing.assert_array_equal(got[name], array)


LOOP_BODY = helper.make_graph(
    [
        helper.make_node("Sub", ["last", "i"], ["left"]),
        helper.make_node("Cast", ["left"], ["on"], to=TensorProto.BOOL),
        helper.make_node("Add", ["s", "outer"], ["t"]),
        helper.make_node("Mul", ["t", "t"], ["o"]),
    ],
    "body",
    [value("i", TensorProto.INT64), value("going", TensorProto.BOOL), value("s", shape=[2])],
    [value("on", TensorProto.BOOL), value("t", shape=[2]), value("o", shape=[2])],
)


@pytest.mark.parametrize("opset", [9, 11, 13, 16, 21])
@pytest.mark.parametrize("trips", [None, -1, 0, 1, 9])
@pytest.mark.parametrize("condition", [None, False, True])
def test_loop_like_onnxruntime(opset: int, trips: int | None, condition: bool | None) -> None:
    inputs: dict[str, Array] = {"x": normal(2), "last": np.array(4)}
    if trips is not None:
        inputs["trips"] = np.array(trips)
    if condition is not None:
        inputs["condition"] = np.array(condition)
    names = ["" if trips is None else "trips", "" if condition is None else "condition"]
    check(helper.make_node("Loop", [*names, "x"], ["y", "all"], body=LOOP_BODY), inputs, ["y", "all"], opset)


SCAN_BODY = helper.make_graph(
    [helper.make_node("Add", ["s", "a"], ["t"]), helper.make_node("Mul", ["t", "b"], ["o"]),
     helper.make_node("Sub", ["b", "outer"], ["p"])],
    "body",
    [value("s", shape=[2]), value("a", shape=[2]), value("b", shape=[2])],
    [value("t", shape=[2]), value("o", shape=[2]), value("p", shape=[2])],
)  # fmt: skip


@pytest.mark.parametrize("opset", [9, 11, 16, 21])
@pytest.mark.parametrize("length", [1, 5])
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"scan_input_axes": [0, 1], "scan_output_axes": [1, 0]},
        {"scan_input_directions": [0, 1], "scan_output_directions": [1, 0]},
        {"scan_input_axes": [-2, -1], "scan_output_axes": [-1, -2], "scan_input_directions": [1, 1]},
        {"scan_output_axes": [1, 1], "scan_output_directions": [1, 1]},
    ],
)
def test_scan_like_onnxruntime(opset: int, length: int, attributes: dict[str, Any]) -> None:
    if opset < 11 and min(attributes.get("scan_input_axes", [0])) < 0:
        pytest.skip("negative axes came with opset 11")
    across = attributes.get("scan_input_axes", [0, 0])[1] in (1, -1)
    b = normal(2, length, seed=2) if across else normal(length, 2, seed=2)
    inputs = {"x": normal(2), "a": normal(length, 2, seed=1), "b": b}
    scan = helper.make_node("Scan", ["x", "a", "b"], ["y", "o1", "o2"], num_scan_inputs=2, body=SCAN_BODY, **attributes)
    check(scan, inputs, ["y", "o1", "o2"], opset)


def scan(nodes: Sequence[Node], inputs: Sequence[str], outputs: Sequence[Value], scanned: int) -> Graph:
    inner = Graph("", 17, tuple(nodes), tuple(Value(name, F32) for name in inputs), tuple(outputs))
    names = [f"y{number}" for number, _ in enumerate(outputs)]
    return graph([node("Scan", ["x", "a"], names, "n", body=inner, num_scan_inputs=scanned)], ["x", "a"], names)


def test_scan_of_nothing() -> None:
    nodes = [node("Add", ["s", "e"], ["t"]), node("Neg", ["t"], ["o"])]
    network = scan(nodes, ["s", "e"], [Value("t", F32), Value("o", F32, (None, 3))], 1)
    made = Session(network, {}).run({"x": normal(2, 3), "a": normal(0, 2, 3)})
    np.testing.assert_array_equal(made["y0"], normal(2, 3))
    assert made["y1"].shape == (0, 0, 3)


def test_scan_of_unequal_lengths() -> None:
    network = scan([node("Add", ["p", "q"], ["z"])], ["p", "q"], [Value("z", F32)], 2)
    with pytest.raises(GraphError, match=r"^Scan node 'n': scanned inputs must be equally long, got \[2, 3\]"):
        Session(network, {}).run({"x": normal(2, 1), "a": normal(3, 1)})


@pytest.mark.parametrize("opset", [9, 11, 13, 16, 21])
@pytest.mark.parametrize("condition", [False, True])
def test_if_like_onnxruntime(opset: int, condition: bool) -> None:
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node(operator, ["outer"], [name])], name, [], [value(name, shape=[3])]
        )
        for name, operator in (("then", "Exp"), ("else", "Abs"))
    }
    inputs = {"x": normal(3), "condition": np.array(condition)}
    check(helper.make_node("If", ["condition"], ["y"], **branches), inputs, ["y"], opset)


@pytest.mark.parametrize("condition", [np.array([True, False]), np.array(1), np.array([], bool)])
def test_conditions_are_one_bool(condition: Array) -> None:
    branch = body([], outputs=["x"])
    network = graph([node("If", ["c"], ["y"], "n", then_branch=branch, else_branch=branch)])
    with pytest.raises(GraphError, match=r"^If node 'n': .*(must be one|element type) bool"):
        Session(network, {"c": condition}).run({"x": normal(2)})
