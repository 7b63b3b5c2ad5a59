from __future__ import annotations

import numpy as np
import pytest

from qmodel.errors import GraphError
from tests.runtime.oracle import by_onnxruntime, by_reference, check_node, node_model, normal, ours


@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("shape", [(2, 2), (3, 1)])
def test_max_roi_pool(scale: float, shape: tuple[int, int]) -> None:
    regions = np.array([[0, 0, 0, 6, 5], [1, 1.3, 2.7, 4.2, 9.9], [0, 2, 2, 2, 2]], np.float32)
    inputs = {"x": normal(2, 3, 12, 12), "r": regions}
    check_node("MaxRoiPool", inputs, oracle=by_onnxruntime, pooled_shape=shape, spatial_scale=scale)


@pytest.mark.parametrize(("group", "offset_group"), [(1, 1), (2, 1), (1, 2), (2, 4)])
@pytest.mark.parametrize("with_mask", [False, True])
def test_deform_conv(group: int, offset_group: int, with_mask: bool) -> None:
    inputs = {
        "x": normal(2, 4, 5, 6),
        "w": normal(4, 4 // group, 2, 3, seed=1),
        "o": normal(2, offset_group * 12, 3, 5, seed=2),
        "b": normal(4, seed=3),
        "m": normal(2, offset_group * 6, 3, 5, seed=4) if with_mask else None,
    }
    attributes = {"group": group, "offset_group": offset_group, "strides": [2, 1], "pads": [1, 0, 0, 1]}
    check_node("DeformConv", inputs, opset=19, oracle=by_reference, **attributes, rtol=1e-3, atol=1e-4)


def test_refusals() -> None:
    inputs = {"x": normal(1, 2, 4, 4), "w": normal(2, 2, 2, 2), "o": normal(1, 8, 4, 4)}
    with pytest.raises(GraphError, match="the offset must have"):
        ours(node_model("DeformConv", inputs, {}, opset=19), inputs)
    inputs = {"x": normal(1, 2, 4, 4), "r": normal(1, 4)}
    with pytest.raises(GraphError, match="do not fit each other"):
        ours(node_model("MaxRoiPool", inputs, {"pooled_shape": [1, 1]}, opset=19), inputs)
