from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.errors import GraphError
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("opset", [9, 11, 18])
@pytest.mark.parametrize("attributes", [{}, {"strides": [2, 1], "pads": [1, 0, 0, 1]}, {"auto_pad": "SAME_UPPER"}])
def test_lp_pool(p: int, opset: int, attributes: dict[str, Any]) -> None:
    check_node("LpPool", {"x": normal(2, 3, 6, 5)}, opset=opset, kernel_shape=[2, 3], p=p, **attributes)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_global_lp_pool(p: int) -> None:
    check_node("GlobalLpPool", {"x": normal(2, 3, 6, 5)}, p=p)


@pytest.mark.parametrize("pads", [(0, 0, 0, 0), (1, 1, 0, 0)])
@pytest.mark.parametrize("output_shape", [None, (2, 3, 9, 10)])
def test_max_unpool(pads: tuple[int, ...], output_shape: tuple[int, ...] | None) -> None:
    x = normal(2, 3, 3, 4)
    attributes = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": pads}
    inputs = {"x": x, "i": np.random.default_rng(0).permutation(x.size).reshape(x.shape)}
    if output_shape is not None:
        inputs["s"] = np.array(output_shape, np.int64)
    check_node("MaxUnpool", inputs, oracle=by_reference, **attributes)


def test_indices_of_max_unpool_are_checked() -> None:
    inputs = {"x": normal(1, 1, 2, 2), "i": np.full((1, 1, 2, 2), 99)}
    with pytest.raises(GraphError, match="an index is not in"):
        ours(node_model("MaxUnpool", inputs, {"kernel_shape": [2, 2], "strides": [2, 2]}, opset=21), inputs)
    inputs = {"x": normal(1, 1, 2, 2), "i": np.zeros((1, 1, 2, 2), np.int64), "s": np.array([1, 1, 3, 4])}
    with pytest.raises(GraphError, match="cannot hold"):
        ours(node_model("MaxUnpool", inputs, {"kernel_shape": [2, 2], "strides": [2, 2]}, opset=21), inputs)
