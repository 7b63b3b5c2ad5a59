import io

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import qmodel
from qmodel.rewriting import fold_scaling, simplify
from tests.rewriting.models import model_of, node, normal, operators, outputs_of

X = normal(2, 3, 8, 8)
NORMALIZATION = ["scale", "shift", "mean", "variance"]


def parameters(channels, seed=1):
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((4, channels)).astype(np.float32)
    made[3] = np.abs(made[3]) + 0.1
    return dict(zip(NORMALIZATION, made, strict=True))


def check_close(before, after, x=X):
    wanted, got = outputs_of(before, x), outputs_of(after, x)
    assert list(wanted) == list(got)
    for name, array in wanted.items():
        assert got[name].dtype == array.dtype
        assert np.abs(got[name] - array).max() <= 1e-6 * np.abs(array).max()


def test_normalization_after_a_convolution_goes_and_a_bias_comes():
    nodes = [
        node("Conv", ["x", "conv.weight"], ["a"]),
        node("BatchNormalization", ["a", *NORMALIZATION], ["b"], epsilon=1e-3),
        node("Relu", ["b"], ["y"]),
    ]
    weights = {"conv.weight": normal(5, 3, 3, 3), **parameters(5)}
    model = model_of(nodes, weights)
    after = simplify(model)
    assert operators(after) == ["Conv", "Relu"]
    assert list(after.weights) == ["conv.weight", "conv.bias"]
    check_close(model, after)
    scale, shift, mean, variance = (weights[name].astype(np.float64) for name in NORMALIZATION)
    factor = scale / np.sqrt(variance + 1e-3)
    exact = (weights["conv.weight"].astype(np.float64) * factor[:, None, None, None]).astype(np.float32)
    np.testing.assert_array_equal(after.weights["conv.weight"], exact)
    np.testing.assert_array_equal(after.weights["conv.bias"], (shift - mean * factor).astype(np.float32))
    np.testing.assert_array_equal(model.weights["conv.weight"], normal(5, 3, 3, 3))


def test_only_what_is_folded_is_fetched():
    nodes = [
        node("Conv", ["x", "w"], ["a"]),
        node("Mul", ["a", "m"], ["b"]),
        node("Conv", ["b", "large"], ["y"]),
    ]
    lying_below = qmodel.Model({"w": normal(5, 3, 3, 3), "m": normal(5, 1, 1), "large": normal(9, 5, 1, 1)})
    file = io.BytesIO()
    qmodel.save(lying_below, file)
    with qmodel.open(file.getvalue()) as reader:
        fetched = []
        reader.tensor = lambda name: fetched.append(name) or type(reader).tensor(reader, name)
        after = simplify(model_of(nodes, reader))
        assert set(fetched) == {"w", "m"}
        assert operators(after) == ["Conv", "Conv"]
        np.testing.assert_array_equal(after.weights["large"], lying_below.weights["large"])


def test_everything_in_a_row_is_folded_and_rounded_once():
    nodes = [
        node("Conv", ["x", "w", "b"], ["1"], group=3, pads=(1, 1, 1, 1)),
        node("Mul", ["m", "1"], ["2"]),
        node("Add", ["2", "a"], ["3"]),
        node("BatchNormalization", ["3", *NORMALIZATION], ["4"]),
        node("Sub", ["s", "4"], ["5"]),
        node("Div", ["5", "d"], ["6"]),
        node("Sub", ["6", "s"], ["y"]),
    ]
    weights = {"w": normal(6, 1, 3, 3), "b": normal(6), "m": normal(6, 1, 1), "a": normal(1, 6, 1, 1, seed=3)}
    weights |= {"s": normal(1, 1, 1), "d": np.float32(0.7), **parameters(6)}
    model = model_of(nodes, weights)
    after = simplify(model)
    assert operators(after) == ["Conv"]
    assert after.graph.nodes[0].outputs == ("y",)
    assert list(after.weights) == ["w", "b"]
    check_close(model, after)


@pytest.mark.parametrize("transposed", [0, 1])
@pytest.mark.parametrize("bias", [None, (), (1,), (5,), (1, 5)], ids=str)
def test_gemm(transposed, bias):
    weights = {"w": normal(5, 4) if transposed else normal(4, 5), **parameters(5)}
    if bias is not None:
        weights["b"] = normal(*bias)
    nodes = [
        node("Gemm", ["x", "w", *(["b"] if bias is not None else [])], ["a"], alpha=0.5, beta=3.0, transB=transposed),
        node("BatchNormalization", ["a", *NORMALIZATION], ["y"]),
    ]
    model = model_of(nodes, weights, {"x": ("N", 4)})
    after = simplify(model)
    assert operators(after) == ["Gemm"]
    check_close(model, after, normal(7, 4))


@pytest.mark.parametrize("group", [1, 2])
def test_transposed_convolution_against_onnxruntime(group):
    # The interpreter has no ConvTranspose, so ONNX Runtime runs both.
    weights = {"w": normal(4, 3, 2, 2), **parameters(3 * group)}
    nodes = [
        node("ConvTranspose", ["x", "w"], ["a"], group=group),
        node("BatchNormalization", ["a", *NORMALIZATION], ["y"]),
    ]
    model = model_of(nodes, weights, {"x": ("N", 4, 5, 5)})
    after = simplify(model)
    assert operators(after) == ["ConvTranspose"]
    wanted, got = (by_onnxruntime(each, normal(2, 4, 5, 5)) for each in (model, after))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6 * np.abs(wanted).max())


def by_onnxruntime(model, x):
    proto = helper.make_graph(
        [helper.make_node(n.operator, list(n.inputs), list(n.outputs), **n.attributes) for n in model.graph.nodes],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(model.weights[name]), name) for name in model.weights],
    )
    made = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": x})[0]


def test_shared_weights_are_copied():
    nodes = [
        node("Conv", ["x", "w", "b"], ["1"]),
        node("BatchNormalization", ["1", *NORMALIZATION], ["2"]),
        node("Conv", ["x", "w", "b"], ["3"]),
        node("Add", ["2", "3"], ["y"]),
    ]
    weights = {"w": normal(5, 3, 3, 3), "b": normal(5), **parameters(5)}
    model = model_of(nodes, weights)
    after = simplify(model)
    assert operators(after) == ["Conv", "Conv", "Add"]
    np.testing.assert_array_equal(after.weights["w"], weights["w"])
    np.testing.assert_array_equal(after.weights["b"], weights["b"])
    assert len(after.weights) == 4
    check_close(model, after)


def left_alone(after_convolution, outputs=("y",), **changed):
    weights = {"w": normal(5, 3, 3, 3), "other": normal(5, 6, 6), **parameters(5), **changed}
    return model_of([node("Conv", ["x", "w"], ["a"]), *after_convolution], weights, outputs=outputs)


@pytest.mark.parametrize(
    "model",
    [
        left_alone([node("BatchNormalization", ["a", *NORMALIZATION], ["y"])], outputs=("y", "a")),
        left_alone([node("BatchNormalization", ["a", *NORMALIZATION], ["b"]), node("Add", ["a", "b"], ["y"])]),
        left_alone([node("Add", ["a", "a"], ["y"])]),
        left_alone([node("Add", ["a", "other"], ["y"])]),
        left_alone([node("Mul", ["a", "other"], ["y"])], other=normal(6)),
        left_alone([node("Mul", ["a", "other"], ["y"])], other=normal(1, 1, 5, 1, 1)),
        left_alone([node("Mul", ["a", "other"], ["y"])], other=normal(4, 1, 1, 1)),
        left_alone([node("Div", ["other", "a"], ["y"])], other=normal(5, 1, 1)),
        left_alone([node("Div", ["a", "other"], ["y"])], other=np.float32(0)),
        left_alone([node("Mul", ["a", "other"], ["y"])], other=np.float32(np.nan)),
        left_alone([node("Mul", ["a", "other"], ["y"])], other=np.float32(1e-30)),
        left_alone(
            [node("Mul", ["a", "other"], ["y"])], other=np.float32(4), w=np.full((5, 3, 3, 3), 3e38, np.float32)
        ),
        left_alone([node("BatchNormalization", ["a", *NORMALIZATION], ["y"])], variance=-np.ones(5, np.float32)),
    ],
)
def test_what_would_be_wrong_is_not_folded(model):
    assert fold_scaling(model) is model


def test_weights_that_are_not_constant_or_not_float_stay():
    nodes = [node("Neg", ["w"], ["v"]), node("Conv", ["x", "v"], ["a"]), node("Mul", ["a", "m"], ["y"])]
    model = model_of(nodes, {"w": normal(5, 3, 3, 3), "m": normal(5, 1, 1)})
    assert fold_scaling(model) is model
    half = {"w": normal(5, 3, 3, 3).astype(np.float16), "m": normal(5, 1, 1).astype(np.float16)}
    nodes = [node("Conv", ["x", "w"], ["a"]), node("Mul", ["a", "m"], ["y"])]
    assert fold_scaling(model_of(nodes, half, element_type="f16")).graph.nodes == tuple(nodes)


def test_the_part_of_a_row_that_is_safe_is_folded():
    nodes = [
        node("Conv", ["x", "w"], ["1"]),
        node("Mul", ["1", "m"], ["2"]),
        node("Div", ["2", "zero"], ["3"]),
        node("Add", ["3", "m"], ["y"]),
    ]
    model = model_of(nodes, {"w": normal(5, 3, 3, 3), "m": normal(5, 1, 1), "zero": np.float32(0)})
    assert operators(fold_scaling(model)) == ["Conv", "Div", "Add"]


@given(st.data())
def test_random_rows(data):
    channels = data.draw(st.integers(1, 4))
    weights = {"w": normal(channels, 3, 1, 2, seed=data.draw(st.integers(0, 99)))}
    nodes = [node("Conv", ["x", "w"], ["0"], pads=(0, 1, 0, 1))]
    kinds = st.sampled_from(["Add", "Mul", "Sub", "Div", "Relu", "BatchNormalization"])
    for index, kind in enumerate(data.draw(st.lists(kinds, max_size=6)), start=1):
        names = []
        if kind == "BatchNormalization":
            names = [f"{name}{index}" for name in NORMALIZATION]
            weights.update(zip(names, parameters(channels, seed=index).values(), strict=True))
        elif kind != "Relu":
            names = [f"c{index}"]
            shape = data.draw(st.sampled_from([(), (1,), (channels, 1, 1), (1, channels, 1, 1)]))
            weights[names[0]] = 0.5 + np.abs(normal(*shape, seed=index))
        operands = [str(index - 1), *names]
        if kind in ("Add", "Mul", "Sub") and data.draw(st.booleans()):
            operands.reverse()
        nodes.append(node(kind, operands, [str(index)]))
    model = model_of(nodes, weights, outputs=(str(len(nodes) - 1),))
    wanted, got = (next(iter(outputs_of(each, X).values())) for each in (model, simplify(model)))
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


def test_an_exported_network_against_onnxruntime(tmp_path):
    rng = np.random.default_rng(3)
    tensors = {"w1": normal(8, 3, 3, 3), "w2": normal(8, 1, 3, 3), "w3": normal(4, 8, 1, 1)}
    nodes, value = [], "x"
    for number, (weight, group) in enumerate((("w1", 1), ("w2", 8), ("w3", 1)), start=1):
        channels = len(tensors[weight])
        tensors.update({f"{k}{number}": v for k, v in parameters(channels, seed=number).items()})
        names = [f"{k}{number}" for k in NORMALIZATION]
        nodes += [
            helper.make_node("Conv", [value, weight], [f"c{number}"], group=group),
            helper.make_node("BatchNormalization", [f"c{number}", *names], [f"n{number}"]),
            helper.make_node("Relu", [f"n{number}"], [f"r{number}"]),
        ]
        value = f"r{number}"
    proto = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["N", 4, 4, 4])],
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )
    made = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(made)
    after = qmodel.simplify(qmodel.from_onnx(made))
    assert operators(after) == ["Conv", "Relu"] * 3
    qmodel.save(after, tmp_path / "net.qmodel")
    x = rng.standard_normal((4, 3, 8, 8)).astype(np.float32)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {"x": x})
    got = qmodel.run(qmodel.load(tmp_path / "net.qmodel"), {"x": x})[value]
    np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6 * np.abs(wanted).max())
