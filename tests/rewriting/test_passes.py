from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmodel
from qmodel.errors import GraphError, InvalidInputError
from qmodel.graph import TensorReference
from qmodel.model import Model
from qmodel.rewriting import (
    OverlayWeights,
    fold_small_constants,
    merge_duplicates,
    remove_dead,
    remove_identities,
    simplify,
)
from tests.conftest import network_path
from tests.rewriting.models import Watched, graph, model_of, node, normal, operators, outputs_of

X = normal(2, 3, 8, 8)


def check_bits(before: Model, after: Model, x=X) -> None:
    wanted, got = outputs_of(before, x), outputs_of(after, x)
    assert list(got) == list(wanted)
    for name, array in wanted.items():
        assert got[name].dtype == array.dtype
        np.testing.assert_array_equal(got[name], array)


# dead


def test_dead_nodes_and_tensors_go_without_being_fetched():
    weights = Watched({"w": normal(3, 1, 1), "unread": normal(9), "of-dead": normal(3, 1, 1)})
    model = model_of(
        [
            node("Add", ["x", "w"], ["y"]),
            node("Mul", ["x", "of-dead"], ["dead"]),
            node("Relu", ["dead"], ["also-dead"]),
        ],
        weights,
    )
    after = remove_dead(model)
    assert weights.fetched == []
    assert operators(after) == ["Add"]
    assert list(after.weights) == ["w"]
    assert after.graph.inputs == model.graph.inputs
    check_bits(model, after)


def test_inputs_nobody_reads_stay_and_outputs_may_be_tensors():
    model = model_of([], {"w": normal(2)}, {"x": ("N",)}, ["w"])
    after = remove_dead(model)
    assert [value.name for value in after.graph.inputs] == ["x"]
    assert list(after.weights) == ["w"]


def test_weights_alone_are_left_alone():
    model = Model({"a": normal(2), "b": normal(2)})
    for step in (remove_dead, merge_duplicates, remove_identities, fold_small_constants, simplify):
        assert step(model) is model


def test_bodies_are_readers():
    body = graph([node("Add", ["outer", "w"], ["inner"])], {}, ["inner"])
    weights = {"w": normal(2), "condition": np.array(True), "same": normal(2)}
    model = model_of(
        [
            node("Relu", ["x"], ["middle"]),
            node("Identity", ["middle"], ["outer"]),
            node("If", ["condition"], ["y"], then_branch=body, else_branch=body),
        ],
        weights,
        {"x": (2,)},
    )
    after = simplify(model)
    assert operators(after) == ["Relu", "If"]
    assert set(after.weights) == {"w", "condition"}
    assert after.graph.nodes[1].attributes["then_branch"].nodes[0].inputs == ("middle", "w")


def test_names_of_a_body_are_not_taken_for_outer_ones():
    body = graph([node("Relu", ["x"], ["later"]), node("Neg", ["later"], ["inner"])], {}, ["inner"])
    model = model_of(
        [
            node("If", ["condition"], ["a"], then_branch=body, else_branch=body),
            node("Identity", ["a"], ["later"]),
            node("Neg", ["later"], ["y"]),
        ],
        {"condition": np.array(True)},
        {"x": (2,)},
    )
    after = simplify(model)
    assert after.graph.nodes[0].attributes["then_branch"] == body
    assert after.graph.nodes[1].inputs == ("a",)
    as_output = model_of(
        [
            node("Abs", ["x"], ["a"]),
            node("If", ["condition"], ["b"], then_branch=body, else_branch=body),
            node("Identity", ["a"], ["later"]),
        ],
        {"condition": np.array(True)},
        {"x": (2,)},
        ["later", "b"],
    )
    assert operators(simplify(as_output)) == ["Abs", "If", "Identity"]


# identities

INT = np.int64


@pytest.mark.parametrize(
    "identity",
    [
        node("Identity", ["a"], ["b"]),
        node("Dropout", ["a"], ["b"]),
        node("Dropout", ["a", "half"], ["b", "mask"]),
        node("Dropout", ["a", "half", "false"], ["b"]),
        node("Transpose", ["a"], ["b"], perm=(0, 1, 2, 3)),
        node("Reshape", ["a", "same"], ["b"]),
        node("Reshape", ["a", "copy"], ["b"]),
        node("Cast", ["a"], ["b"], to=1),
        node("Pad", ["a", "nothing"], ["b"], mode=b"reflect"),
        node("Concat", ["a"], ["b"], axis=1),
        node("Max", ["a"], ["b"]),
        node("Add", ["a", "zero"], ["b"]),
        node("Add", ["zeros", "a"], ["b"]),
        node("Sub", ["a", "zero"], ["b"]),
        node("Mul", ["ones", "a"], ["b"]),
        node("Div", ["a", "ones"], ["b"]),
    ],
    ids=lambda each: f"{each.operator} {each.inputs}",
)
def test_identities_go(identity):
    weights = {
        "half": np.float32(0.5),
        "false": np.array(False),
        "same": np.array([-1, 3, 8, 8], INT),
        "copy": np.array([0, 0, 8, -1], INT),
        "nothing": np.zeros(8, INT),
        "zero": np.float32(0),
        "zeros": np.zeros((3, 1, 1), np.float32),
        "ones": np.ones((1, 3, 8, 1), np.float32),
    }
    model = model_of([node("Relu", ["x"], ["a"]), identity, node("Neg", ["b"], ["y"])], weights)
    after = remove_identities(model)
    assert operators(after) == ["Relu", "Neg"]
    check_bits(model, after)


@pytest.mark.parametrize(
    "kept",
    [
        node("Transpose", ["a"], ["b"]),
        node("Transpose", ["a"], ["b"], perm=(0, 1, 3, 2)),
        node("Flatten", ["a"], ["b"]),
        node("Reshape", ["a", "fixed"], ["b"]),
        node("Reshape", ["a", "other"], ["b"]),
        node("Cast", ["a"], ["b"], to=11),
        node("Pad", ["a", "something"], ["b"]),
        node("Concat", ["a", "a"], ["b"], axis=1),
        node("Add", ["a", "almost"], ["b"]),
        node("Add", ["a", "wide"], ["b"]),
        node("Mul", ["a", "longer"], ["b"]),
        node("Sub", ["zero", "a"], ["b"]),
        node("Div", ["one", "a"], ["b"]),
        node("Max", ["a", "zero"], ["b"]),
        node("Squeeze", ["a"], ["b"]),
    ],
    ids=lambda each: f"{each.operator} {each.inputs}",
)
def test_what_is_not_certainly_an_identity_stays(kept):
    weights = {
        "fixed": np.array([2, 3, 8, 8], INT),
        "other": np.array([-1, 8, 3, 8], INT),
        "something": np.array([0, 0, 0, 0, 0, 0, 0, 1], INT),
        "almost": np.array([0, 0, 0, 0, 0, 0, 0, 1e-30], np.float32),
        "wide": np.zeros((2, 3, 8, 8), np.float32),
        "longer": np.ones((1, 1, 1, 1, 1), np.float32),
        "zero": np.float32(0),
        "one": np.float32(1),
    }
    model = model_of(
        [node("Relu", ["x"], ["a"]), kept, node("Identity", ["b"], ["c"]), node("Abs", ["c"], ["y"])], weights
    )
    after = remove_identities(model)
    assert operators(after) == ["Relu", kept.operator, "Abs"]
    assert after.graph.nodes[1] == replace(kept)
    check_bits(model, after)


def test_shapes_are_followed_through_a_network():
    weights = {"w": normal(4, 3, 3, 3), "shape": np.array([-1, 4], INT), "again": np.array([0, -1], INT)}
    model = model_of(
        [
            node("Conv", ["x", "w"], ["a"], pads=(1, 1, 1, 1), strides=(2, 2)),
            node("MaxPool", ["a"], ["b"], kernel_shape=(2, 2), strides=(2, 2)),
            node("GlobalAveragePool", ["b"], ["c"]),
            node("Reshape", ["c", "shape"], ["d"]),
            node("Flatten", ["d"], ["e"]),
            node("Reshape", ["e", "again"], ["y"]),
        ],
        weights,
    )
    after = simplify(model)
    assert operators(after) == ["Conv", "MaxPool", "GlobalAveragePool", "Reshape"]
    assert after.graph.nodes[-1].outputs == ("y",)
    check_bits(model, after)


def test_a_chain_of_identities_before_an_output_keeps_the_output_name():
    nodes = [node("Relu", ["x"], ["a"]), node("Identity", ["a"], ["b"]), node("Dropout", ["b"], ["y"])]
    model = model_of([*nodes, node("Neg", ["a"], ["z"])], {}, outputs=("y", "z"))
    after = remove_identities(model)
    assert [each.outputs for each in after.graph.nodes] == [("y",), ("z",)]
    assert after.graph.nodes[1].inputs == ("y",)
    check_bits(model, after)


@pytest.mark.parametrize("source", ["x", "w", "other"])
def test_an_identity_between_two_names_that_must_stay_stays(source):
    model = model_of(
        [node("Relu", ["x"], ["other"]), node("Identity", [source], ["y"])], {"w": normal(2)}, outputs=("other", "y")
    )
    assert operators(remove_identities(model)) == ["Relu", "Identity"]


def test_two_outputs_of_one_value():
    nodes = [node("Relu", ["x"], ["a"]), node("Identity", ["a"], ["y"]), node("Identity", ["a"], ["z"])]
    model = model_of(nodes, {}, outputs=("z", "y"))
    after = remove_identities(model)
    assert operators(after) == ["Relu", "Identity"]
    check_bits(model, after)


def test_dropout_stays_when_its_mask_is_read_or_it_trains():
    read = model_of([node("Dropout", ["x"], ["a", "m"]), node("Neg", ["a"], ["y"])], {}, outputs=("y", "m"))
    assert operators(remove_identities(read)) == ["Dropout", "Neg"]
    nodes = [node("Dropout", ["x", "half", "true"], ["a"]), node("Neg", ["a"], ["y"])]
    trains = model_of(nodes, {"half": np.float32(0.5), "true": np.array(True)})
    assert operators(remove_identities(trains)) == ["Dropout", "Neg"]


# duplicates


def test_equal_tensors_become_one():
    bits = np.array([1.0, np.nan, -0.0], np.float32)
    weights = Watched(
        {
            "a": bits,
            "b": bits.copy(),
            "plus-zero": np.array([1.0, np.nan, 0.0], np.float32),
            "row": bits.reshape(1, 3),
            "integers": bits.view(np.int32),
            "alone": normal(4, 4),
        }
    )
    nodes = [
        node("Add", ["x", "a"], ["1"]),
        node("Add", ["1", "b"], ["2"]),
        node("Add", ["2", "plus-zero"], ["3"]),
        node("Add", ["3", "row"], ["4"]),
        node("Cast", ["integers"], ["5"], to=1),
        node("Add", ["4", "5"], ["y"]),
    ]
    model = model_of(nodes, OverlayWeights(weights), {"x": (1, 3)})
    after = merge_duplicates(model)
    assert set(weights) - set(after.weights) == {"b"}
    assert after.graph.nodes[1].inputs == ("1", "a")
    check_bits(model, after, normal(1, 3))


def test_outputs_keep_their_names_when_tensors_merge():
    weights = {name: np.arange(3.0) for name in ("a", "b", "c")}
    model = model_of([node("Add", ["a", "c"], ["y"])], weights, {"x": (1,)}, ["y", "b"])
    after = merge_duplicates(model)
    assert list(after.weights) == ["b"]
    assert after.graph.nodes[0].inputs == ("b", "b")


def test_tensors_of_attributes_merge_too():
    weights = {"a": normal(1), "b": normal(1), "n": np.array([2])}
    nodes = [
        node("ConstantOfShape", ["n"], ["1"], value=TensorReference("a")),
        node("ConstantOfShape", ["n"], ["2"], value=TensorReference("b")),
        node("Add", ["1", "2"], ["y"]),
    ]
    model = model_of(nodes, weights, {"x": (1,)})
    after = merge_duplicates(model)
    assert list(after.weights) == ["a", "n"]
    check_bits(model, after, normal(1))


@pytest.mark.parametrize("array", [np.float32(3), np.zeros((0, 2)), np.ones(3, bool)], ids=["0-d", "empty", "bool"])
def test_odd_tensors_merge(array):
    model = model_of([node("Concat", ["a", "b"], ["y"], axis=0)], {"a": array, "b": array.copy()}, {"x": (1,)})
    assert list(merge_duplicates(model).weights) == ["a"]


# constants


def test_small_constants_are_stored():
    nodes = [
        node("Constant", [], ["two"], value_float=2.0),
        node("Mul", ["two", "w"], ["w2"]),
        node("Add", ["x", "w2"], ["y"]),
    ]
    model = model_of(nodes, {"w": normal(3, 1, 1)})
    after = simplify(model)
    assert operators(after) == ["Add"]
    assert list(after.weights) == ["w2"]
    np.testing.assert_array_equal(after.weights["w2"], 2 * normal(3, 1, 1))
    check_bits(model, after)


def test_large_constants_stay_computed():
    model = model_of(
        [node("Cast", ["w"], ["wide"], to=1), node("Add", ["x", "wide"], ["y"])],
        {"w": np.ones(999, np.int8)},
        {"x": (1,)},
    )
    after = simplify(model)
    assert operators(after) == ["Cast", "Add"]
    assert after.weights["w"].dtype == np.int8


def test_an_output_may_become_a_tensor():
    model = model_of([node("Neg", ["w"], ["y"])], {"w": normal(2)}, {"x": (1,)})
    after = simplify(model)
    assert operators(after) == []
    check_bits(model, after, normal(1))


def test_what_the_interpreter_cannot_run_is_left_alone():
    model = model_of([node("Neg", ["w"], ["a"]), node("Unknown", ["x", "a"], ["y"])], {"w": normal(2)})
    assert fold_small_constants(model) is model


# all


def test_networks_give_the_same_bits(network, digits):
    model = qmodel.from_onnx(network)
    shape = [each for each in model.graph.inputs[0].shape if isinstance(each, int)]
    x = (digits[0][:20] / 255).astype(np.float32).reshape(20, *shape)
    check_bits(model, qmodel.simplify(model), x)


def test_a_simplified_file_is_saved_and_verified(tmp_path):
    qmodel.save(qmodel.from_onnx(network_path("lstm"), pixel_scale=1 / 255), tmp_path / "a.qmodel", recipe="fp16")
    with qmodel.open(tmp_path / "a.qmodel") as reader:
        model = Model(reader, reader.graph, reader.metadata)
        after = qmodel.simplify(model)
        assert len(after.weights) == len(reader) - 1
        qmodel.save(after, tmp_path / "b.qmodel")
    qmodel.verify(tmp_path / "b.qmodel")
    loaded = qmodel.load(tmp_path / "b.qmodel")
    assert loaded.graph == after.graph
    assert loaded.graph.image_inputs == model.graph.image_inputs
    assert loaded.metadata == model.metadata


_UNARY = ["Identity", "Relu", "Neg", "Dropout", "Abs"]


@given(st.data())
def test_random_graphs_give_the_same_bits(data):
    """Random directed acyclic graphs with identities, equal constants, dead ends and several outputs."""
    zero, one, rows = np.float32(-0.0), np.float32(1), normal(3, 1)
    weights = {"zero": zero, "one": one, "a": rows, "b": rows.copy(), "c": rows + 1, "same": np.array([-1, 3, 4])}
    values = ["x"]
    nodes = []
    for index in range(data.draw(st.integers(1, 12))):
        operand, made = data.draw(st.sampled_from(values)), f"v{index}"
        kind = data.draw(st.sampled_from([*_UNARY, "Add", "Mul", "Sub", "Max", "Reshape", "Transpose"]))
        inputs = [operand]
        if kind in ("Add", "Mul", "Sub", "Max"):
            inputs.append(data.draw(st.sampled_from([*values, "zero", "one", "a", "b", "c"])))
        if kind == "Reshape":
            inputs.append("same")
        nodes.append(node(kind, inputs, [made], **({"perm": (0, 1, 2)} if kind == "Transpose" else {})))
        values.append(made)
    outputs = data.draw(st.lists(st.sampled_from(values[1:]), min_size=1, max_size=3, unique=True))
    model = model_of(nodes, weights, {"x": ("N", 3, 4)}, outputs)
    after = simplify(model)
    assert len(after.graph.nodes) <= len(nodes)
    check_bits(model, after, normal(2, 3, 4))
    names = [name for each in after.graph.nodes for name in each.inputs]
    assert set(after.weights) <= {*names, *outputs}
    again = simplify(after)
    assert again.graph == after.graph


def test_passes_are_chosen_by_name_or_given():
    model = model_of([node("Identity", ["x"], ["a"]), node("Neg", ["a"], ["y"])], {"unread": normal(2)})
    assert operators(simplify(model, passes=["dead"])) == ["Identity", "Neg"]
    assert operators(simplify(model, passes=[remove_identities])) == ["Neg"]
    with pytest.raises(InvalidInputError, match="no pass 'tidy'; known: constants, identities"):
        simplify(model, passes=["tidy"])


def test_a_graph_that_does_not_hang_together_is_refused():
    with pytest.raises(GraphError, match="is no graph input"):
        simplify(model_of([node("Neg", ["nothing"], ["y"])], {}))


def test_attributes_of_a_wrong_type_are_refused():
    model = model_of([node("Transpose", ["x"], ["a"]), node("Flatten", ["a"], ["y"], axis=b"1")], {})
    assert operators(simplify(model)) == ["Transpose", "Flatten"]
    with pytest.raises(GraphError, match="'to' must be an INT"):
        simplify(model_of([node("Cast", ["x"], ["y"], to=1.5)], {}))


def test_overlay_is_a_mapping():
    base = {"a": normal(1), "b": normal(2)}
    overlay = OverlayWeights(base, dropped={"a"})
    assert list(overlay) == ["b"]
    assert len(overlay) == 1
    assert "a" not in overlay
    with pytest.raises(KeyError):
        overlay["a"]
    assert overlay["b"] is base["b"]
    assert "1 tensors" in repr(overlay)
