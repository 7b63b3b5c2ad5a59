from itertools import pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmodel
from qmodel.dtypes import BF16
from qmodel.errors import InvalidInputError
from qmodel.model import Model
from qmodel.rewriting import OverlayWeights, prune_channels
from qmodel.rewriting.overlay import DerivedTensor, stored_tensor
from qmodel.typed_array import TypedArray
from tests.conftest import network_path
from tests.rewriting.models import Watched, model_of, node, normal, operators, outputs_of

X = normal(2, 3, 8, 8)
NORMALIZATION = ["scale", "shift", "mean", "variance"]


def shapes(model):
    return {name: np.shape(model.weights[name]) for name in model.weights}


def parameter_count(model):
    return sum(prod(shape) for shape in shapes(model).values())


def without_channels(array, axis, channels):
    array = array.copy()
    np.moveaxis(array, axis, 0)[list(channels)] = 0
    return array


def check_exact(model, sparsity, fewer, x=X):
    """Prune channels that are zero: exactly these shapes result, and the outputs do not change."""
    after = prune_channels(model, sparsity=sparsity)
    got = shapes(after)
    assert {name: shape for name, shape in got.items() if shape != np.shape(model.weights[name])} == fewer
    wanted, outputs = outputs_of(model, x), outputs_of(after, x)
    for name, array in wanted.items():
        assert outputs[name].shape == array.shape
        assert np.abs(outputs[name] - array).max() <= 1e-6 * np.abs(array).max()
    return after


@pytest.mark.parametrize(
    ("middle", "constants"),
    [
        ([], {}),
        ([node("Relu", ["0"], ["1"])], {}),
        ([node("LeakyRelu", ["0"], ["1"]), node("Tanh", ["1"], ["2"])], {}),
        ([node("Clip", ["0", "low", "high"], ["1"])], {"low": np.float32(0), "high": np.float32(6)}),
        ([node("MaxPool", ["0"], ["1"], kernel_shape=(2, 2))], {}),
        ([node("AveragePool", ["0"], ["1"], kernel_shape=(2, 2))], {}),
        ([node("GlobalAveragePool", ["0"], ["1"])], {}),
        ([node("Pad", ["0", "pads"], ["1"])], {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])}),
        ([node("ReduceMean", ["0"], ["1"], axes=(2, -1))], {}),
        ([node("Mul", ["0", "factors"], ["1"])], {"factors": normal(10, 1, 1)}),
        ([node("Mul", ["factors", "0"], ["1"])], {"factors": normal(1, 10, 1, 1)}),
        ([node("Div", ["0", "number"], ["1"])], {"number": np.float32(3)}),
    ],
    ids=lambda each: "-".join(n.operator for n in each) if isinstance(each, list) else "",
)
def test_channels_flow_between_convolutions(middle, constants):
    dead = (1, 4)
    weights = {
        "w1": without_channels(normal(10, 3, 3, 3), 0, dead),
        "b1": without_channels(normal(10), 0, dead),
        "w2": normal(4, 10, 1, 1, seed=2),
        **constants,
    }
    last = str(len(middle))
    nodes = [node("Conv", ["x", "w1", "b1"], ["0"]), *middle, node("Conv", [last, "w2"], ["y"])]
    fewer = {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (4, 8, 1, 1)}
    if "factors" in constants:
        fewer["factors"] = tuple(8 if length == 10 else 1 for length in constants["factors"].shape)
    check_exact(model_of(nodes, weights), 0.2, fewer)


def test_normalization_and_depthwise_convolutions_shrink_too():
    dead = (0, 9)
    weights = {
        "w1": without_channels(normal(10, 3, 1, 1), 0, dead),
        "dw": without_channels(normal(10, 1, 3, 3), 0, dead),
        "w2": normal(4, 10, 1, 1),
        **{name: np.abs(without_channels(normal(10, seed=i), 0, dead)) for i, name in enumerate(NORMALIZATION)},
    }
    nodes = [
        node("Conv", ["x", "w1"], ["1"]),
        node("BatchNormalization", ["1", *NORMALIZATION], ["2"]),
        node("Conv", ["2", "dw"], ["3"], group=10, pads=(1, 1, 1, 1)),
        node("Conv", ["3", "w2"], ["y"]),
    ]
    fewer = {"w1": (8, 3, 1, 1), "dw": (8, 1, 3, 3), "w2": (4, 8, 1, 1), **dict.fromkeys(NORMALIZATION, (8,))}
    after = check_exact(model_of(nodes, weights), 0.2, fewer)
    assert after.graph.nodes[2].attributes == {"group": 8, "pads": (1, 1, 1, 1)}


@pytest.mark.parametrize(
    "flattening",
    [
        node("Flatten", ["1"], ["2"]),
        node("Flatten", ["1"], ["2"], axis=-3),
        node("Reshape", ["1", "copy"], ["2"]),
        node("Reshape", ["1", "fixed"], ["2"]),
    ],
    ids=str,
)
def test_channels_become_runs_of_columns(flattening):
    dead = (2, 7)
    weights = {
        "w1": without_channels(normal(10, 3, 5, 5), 0, dead),
        "w2": normal(160, 6),
        "offsets": without_channels(normal(10, 16), 0, dead).reshape(160),
        "copy": np.array([0, -1]),
        "fixed": np.array([-1, 160]),
    }
    nodes = [
        node("Conv", ["x", "w1"], ["1"]),
        flattening,
        node("Add", ["2", "offsets"], ["3"]),
        node("Gemm", ["3", "w2"], ["y"]),
    ]
    model = model_of(nodes, weights)
    after = check_exact(model, 0.2, {"w1": (8, 3, 5, 5), "w2": (128, 6), "offsets": (128,)})
    assert operators(after)[1] == "Flatten"


def test_dense_layers_with_squeeze_and_matmul():
    dead = (2, 3)
    weights = {
        "w1": without_channels(normal(10, 3, 5, 5), 0, dead),
        "axes": np.array([2, 3]),
        "w2": without_channels(normal(10, 10, seed=1), 1, dead),
        "b2": without_channels(normal(1, 10), 1, dead),
        "w3": without_channels(normal(10, 10, seed=2), 0, dead),
        "b3": without_channels(normal(10), 0, dead),
        "w4": normal(10, 2),
    }
    nodes = [
        node("Conv", ["x", "w1"], ["1"]),
        node("GlobalMaxPool", ["1"], ["2"]),
        node("Squeeze", ["2", "axes"], ["3"]),
        node("MatMul", ["3", "w2"], ["4"]),
        node("Add", ["b2", "4"], ["5"]),
        node("Gemm", ["5", "w3", "b3"], ["6"], transB=1),
        node("Gemm", ["6", "w4"], ["y"]),
    ]
    fewer = {"w1": (8, 3, 5, 5), "w2": (8, 8), "b2": (1, 8), "w3": (8, 8), "b3": (8,), "w4": (8, 2)}
    check_exact(model_of(nodes, weights), 0.2, fewer)


def test_layers_tied_by_additions_lose_the_same_channels():
    dead = (5, 6)
    weights = {
        "stem": without_channels(normal(10, 3, 1, 1), 0, dead),
        "w1": without_channels(normal(10, 10, 3, 3), 0, dead),
        "w2": without_channels(normal(10, 10, 3, 3, seed=1), 0, dead),
        "gate": without_channels(normal(10, 10, 1, 1, seed=2), 0, dead),
        "last": normal(4, 10, 1, 1),
    }
    same = {"pads": (1, 1, 1, 1)}
    nodes = [
        node("Conv", ["x", "stem"], ["0"]),
        node("Conv", ["0", "w1"], ["1"], **same),
        node("Add", ["0", "1"], ["2"]),
        node("Conv", ["2", "w2"], ["3"], **same),
        node("Max", ["2", "3", "0"], ["4"]),
        node("GlobalAveragePool", ["4"], ["5"]),
        node("Conv", ["5", "gate"], ["6"]),
        node("Mul", ["4", "6"], ["7"]),
        node("Conv", ["7", "last"], ["y"]),
    ]
    fewer = {"stem": (8, 3, 1, 1), "w1": (8, 8, 3, 3), "w2": (8, 8, 3, 3), "gate": (8, 8, 1, 1), "last": (4, 8, 1, 1)}
    check_exact(model_of(nodes, weights), 0.2, fewer)


def frozen(middle, **constants):
    weights = {"w1": normal(10, 3, 1, 1), "w2": normal(4, 10, 1, 1), **constants}
    return model_of([node("Conv", ["x", "w1"], ["a"]), *middle, node("Conv", ["b", "w2"], ["y"])], weights)


@pytest.mark.parametrize(
    "model",
    [
        frozen([node("Softmax", ["a"], ["b"], axis=1)]),
        frozen([node("Transpose", ["a"], ["b"], perm=(0, 1, 3, 2))]),
        frozen([node("Concat", ["a", "a"], ["c"], axis=2), node("Relu", ["c"], ["b"])]),
        frozen([node("Relu", ["a"], ["b"]), node("Shape", ["a"], ["s"])]),
        frozen(
            [node("Conv", ["a", "v"], ["c"], group=2), node("Relu", ["c"], ["b"])],
            v=normal(10, 5, 1, 1),
            w2=normal(4, 10, 1, 1),
        ),
        frozen([node("Conv", ["a", "v"], ["b"], group=10)], v=normal(20, 1, 1, 1), w2=normal(4, 20, 1, 1)),
        frozen([node("ReduceMean", ["x"], ["m"], axes=(1,)), node("Add", ["a", "m"], ["b"])]),
        frozen([node("ReduceMean", ["a"], ["c"], axes=(1,)), node("Add", ["a", "c"], ["b"])]),
        frozen([node("Pad", ["a", "p"], ["b"])], p=np.array([0, 1, 0, 0, 0, 1, 0, 0]), w2=normal(4, 12, 1, 1)),
        frozen([node("Relu", ["a"], ["b"]), node("Add", ["w1", "w1"], ["other"])]),
        frozen(
            [node("Relu", ["a"], ["c"]), node("Conv", ["c", "v"], ["d"]), node("Conv", ["d", "v"], ["b"])],
            v=normal(10, 10, 1, 1),
        ),
        frozen([node("Relu", ["a"], ["c"]), node("MatMul", ["c", "v"], ["b"])], v=normal(8, 8)),
    ],
)
def test_what_is_not_understood_is_left_alone(model):
    after = prune_channels(model, sparsity=0.2)
    changed = {name for name, shape in shapes(after).items() if shape != model.weights[name].shape}
    assert "w1" not in changed
    np.testing.assert_array_equal(after.weights["w1"], model.weights["w1"])
    assert outputs_of(after, X)["y"].shape == outputs_of(model, X)["y"].shape


def test_outputs_are_never_pruned():
    weights = {"w1": normal(10, 3, 1, 1), "w2": normal(10, 10, 1, 1)}
    nodes = [node("Conv", ["x", "w1"], ["a"]), node("Conv", ["a", "w2"], ["b"]), node("Relu", ["b"], ["y"])]
    assert shapes(prune_channels(model_of(nodes, weights), sparsity=0.5)) == {"w1": (5, 3, 1, 1), "w2": (10, 5, 1, 1)}
    both = model_of(nodes, weights, outputs=("y", "a"))
    assert prune_channels(both, sparsity=0.5) is both


def two_layers():
    weights = Watched({"w1": normal(10, 3, 1, 1), "w2": normal(6, 10, 1, 1), "w3": normal(4, 6, 1, 1)})
    nodes = [node("Conv", ["x", "w1"], ["a"]), node("Conv", ["a", "w2"], ["b"]), node("Conv", ["b", "w3"], ["y"])]
    return model_of(nodes, weights)


def test_selected_layers_alone_lose_channels():
    after = prune_channels(two_layers(), sparsity=0.5, select="w2")
    assert shapes(after) == {"w1": (10, 3, 1, 1), "w2": (3, 10, 1, 1), "w3": (4, 3, 1, 1)}
    both = prune_channels(two_layers(), sparsity=0.5, select=["w1", "w[23]"])
    assert shapes(both) == {"w1": (5, 3, 1, 1), "w2": (3, 5, 1, 1), "w3": (4, 3, 1, 1)}


def test_importance_decides():
    factors = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1.0]).reshape(10, 1, 1, 1)
    after = prune_channels(two_layers(), sparsity=0.5, importance={"w1": factors}, select="w1")
    np.testing.assert_array_equal(after.weights["w1"], normal(10, 3, 1, 1)[1::2])
    np.testing.assert_array_equal(after.weights["w2"], normal(6, 10, 1, 1)[:, 1::2])


def test_channels_that_nobody_reads_go_first():
    model = two_layers()
    weights = dict(model.weights) | {"w2": without_channels(normal(6, 10, 1, 1), 1, (3, 8))}
    after = prune_channels(Model(weights, model.graph), sparsity=0.2, select="w1")
    np.testing.assert_array_equal(after.weights["w1"], np.delete(normal(10, 3, 1, 1), (3, 8), axis=0))


@pytest.mark.parametrize(("sparsity", "left"), [(0.0, 10), (0.09, 10), (0.1, 9), (0.3, 7), (0.999, 1)])
def test_the_number_of_channels(sparsity, left):
    after = prune_channels(two_layers(), sparsity=sparsity, select="w1")
    assert after.weights["w1"].shape[0] == left


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, float("nan")])
def test_sparsity_out_of_range(sparsity):
    with pytest.raises(InvalidInputError, match="sparsity"):
        prune_channels(two_layers(), sparsity=sparsity)


@pytest.mark.parametrize(
    ("importance", "words"),
    [
        ({"w9": np.ones(1)}, "'w9', which is no tensor"),
        ({"w1": np.ones(7)}, r"'w1': importance of shape \(7,\) does not fit"),
        ({"w1": -np.ones(1)}, "finite and at least 0"),
        ({"w1": np.array(np.nan)}, "finite and at least 0"),
    ],
)
def test_importance_that_does_not_fit(importance, words):
    with pytest.raises(InvalidInputError, match=words):
        prune_channels(two_layers(), sparsity=0.5, importance=importance)


def test_weights_alone_have_no_channels():
    with pytest.raises(InvalidInputError, match="has none"):
        prune_channels(Model({"w": normal(2, 2)}), sparsity=0.5)


def test_bfloat16_weights_need_no_ml_dtypes():
    model = two_layers()
    bits = (normal(10, 3, 1, 1).view(np.uint32) >> 16).astype(np.uint16)
    held = DerivedTensor.held(TypedArray(BF16, bits))
    weights = OverlayWeights(model.weights, derived={"w1": held})
    after = prune_channels(Model(weights, model.graph), sparsity=0.5, select="w1")
    cut = stored_tensor(after.weights, "w1")
    assert cut.element_type == BF16
    assert cut.shape == (5, 3, 1, 1)
    assert {row.tobytes() for row in cut.storage} < {row.tobytes() for row in bits}


@given(st.data())
def test_random_networks_still_run_and_zero_channels_change_nothing(data):
    """Chains of layers of random widths, with residual additions, in which some channels are zero."""
    widths = data.draw(st.lists(st.integers(1, 6), min_size=2, max_size=5))
    weights, nodes, value = {}, [], "x"
    for index, (fan_in, width) in enumerate(pairwise([3, *widths])):
        dead = data.draw(st.sets(st.integers(0, width - 1)))
        weights[f"w{index}"] = without_channels(normal(width, fan_in, 1, 1, seed=index), 0, dead)
        nodes.append(node("Conv", [value, f"w{index}"], [f"c{index}"]))
        value = f"c{index}"
        match data.draw(st.sampled_from(["none", "relu", "depthwise", "residual"])):
            case "relu":
                nodes.append(node("Relu", [value], [f"r{index}"]))
                value = f"r{index}"
            case "depthwise":
                weights[f"d{index}"] = without_channels(normal(width, 1, 1, 1, seed=index), 0, dead)
                nodes.append(node("Conv", [value, f"d{index}"], [f"d{index}.y"], group=width))
                value = f"d{index}.y"
            case "residual":
                weights[f"e{index}"] = without_channels(normal(width, width, 1, 1, seed=index), 0, dead)
                nodes.append(node("Conv", [value, f"e{index}"], [f"e{index}.y"]))
                nodes.append(node("Add", [value, f"e{index}.y"], [f"s{index}"]))
                value = f"s{index}"
    weights["last"] = normal(2, widths[-1], 1, 1)
    nodes.append(node("Conv", [value, "last"], ["y"]))
    model = model_of(nodes, weights)
    for index, width in enumerate(widths):
        makers = [weights[name] for name in (f"w{index}", f"d{index}", f"e{index}") if name in weights]
        zero = sum(not any(maker[channel].any() for maker in makers) for channel in range(width))
        after = prune_channels(model, sparsity=zero / width * 0.999999, select=[f"[wde]{index}"])
        np.testing.assert_allclose(outputs_of(after, X)["y"], outputs_of(model, X)["y"], rtol=1e-5, atol=1e-5)
    halved = prune_channels(model, sparsity=0.5)
    assert outputs_of(halved, X)["y"].shape == (2, 2, 8, 8)
    if max(widths) > 1:
        assert parameter_count(halved) < parameter_count(model)


@pytest.mark.parametrize(
    ("name", "sparsity", "floor", "most_left"),
    [
        ("lenet300", 0.1, 0.985, 0.90),
        ("lenet300", 0.2, 0.98, 0.79),
        ("lenet5", 0.1, 0.985, 0.82),
        ("lenet5", 0.2, 0.98, 0.65),
        ("rescnn", 0.1, 0.98, 0.83),
        ("rescnn", 0.2, 0.90, 0.67),
    ],
)
def test_networks_stay_accurate(tmp_path, digits, name, sparsity, floor, most_left):
    model = qmodel.from_onnx(network_path(name), pixel_scale=1 / 255)
    after = qmodel.prune_channels(model, sparsity=sparsity)
    assert parameter_count(after) <= most_left * parameter_count(model)
    path = tmp_path / "pruned.qmodel"
    qmodel.save(after, path)
    qmodel.verify(path)
    loaded = qmodel.load(path)
    assert shapes(loaded) == shapes(after)
    assert qmodel.evaluate(loaded, *digits).accuracy >= floor


def test_recurrent_networks_are_left_alone():
    model = qmodel.from_onnx(network_path("lstm"))
    assert prune_channels(model, sparsity=0.5) is model
