"""Small networks whose outputs are easily computed by hand."""

import numpy as np

from qmodel import dtypes
from qmodel.graph import Graph, ImageInput, ImageLayout, Node, Value
from qmodel.model import Model


def brightness(layout=ImageLayout.NHW, shape=("N", 2, 2), *, classes=4, image_input=True):
    """Tells how bright an image is: with mean m, from 0 to 1, class c has the score 2·m·classes·(c + ½) − (c + ½)².

    The largest score is that of the class from c / classes to (c + 1) / classes that m is in.
    """
    axes = tuple(range(1, len(shape)))
    centres = np.arange(classes, dtype=np.float32) + np.float32(0.5)
    graph = Graph(
        name="brightness",
        opset_version=17,
        nodes=(
            Node("", "ReduceMean", ("x",), ("m",), {"axes": axes, "keepdims": 1}),
            Node("", "Reshape", ("m", "column"), ("mean",)),
            Node("scores", "Gemm", ("mean", "w", "b"), ("y",)),
        ),
        inputs=(Value("x", dtypes.F32, shape),),
        outputs=(Value("y", dtypes.F32, ("N", classes)),),
        image_inputs=(ImageInput(input="x", layout=layout, scale=1 / 255),) if image_input else (),
    )
    weights = {
        "column": np.array([-1, 1], np.int64),
        "w": (2 * classes * centres)[np.newaxis],
        "b": -np.square(centres),
    }
    return Model(weights, graph)


def two_by_two(*, batch="N"):
    """Inputs a (N, 3), b (N, 3) and a factor of no axes; outputs (a + b) · factor and a · w."""
    graph = Graph(
        name="two",
        opset_version=17,
        nodes=(
            Node("", "Add", ("a", "b"), ("s",)),
            Node("", "Mul", ("s", "factor"), ("sum",)),
            Node("product", "MatMul", ("a", "w"), ("scores",)),
        ),
        inputs=(
            Value("a", dtypes.F32, (batch, 3)),
            Value("b", dtypes.F32, (batch, 3)),
            Value("factor", dtypes.F32, ()),
        ),
        outputs=(Value("sum", dtypes.F32, (batch, 3)), Value("scores", dtypes.F32, (batch, 4))),
    )
    return Model({"w": np.random.default_rng(2).standard_normal((3, 4)).astype(np.float32)}, graph)


def rounded(model, step=0.125):
    weights = {
        name: array if array.dtype != np.float32 else (np.round(array / step) * step).astype(np.float32)
        for name, array in model.weights.items()
    }
    return Model(weights, model.graph)
