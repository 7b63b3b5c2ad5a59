from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import GraphError
from tests.runtime.oracle import check_node, node_model, normal, ours


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 30), st.integers(0, 12), st.booleans(), st.booleans())
def test_non_max_suppression(seed: int, boxes: int, most: int, centred: bool, with_scores: bool) -> None:
    random = np.random.default_rng(seed)
    inputs = {
        "b": random.uniform(0, 4, (2, boxes, 4)).astype(np.float32),
        "s": (random.integers(0, 9, (2, 3, boxes)) / 9).astype(np.float32),
        "m": np.array([most], np.int64),
        "i": np.array([0.3], np.float32),
        "t": np.array([0.4], np.float32) if with_scores else None,
    }
    attributes = {"center_point_box": int(centred)}
    check_node("NonMaxSuppression", inputs, output_types=[7], **attributes)


def test_refusal() -> None:
    inputs = {"b": normal(1, 5, 4), "s": normal(1, 2, 6)}
    with pytest.raises(GraphError, match="do not fit boxes"):
        ours(node_model("NonMaxSuppression", inputs, {}, opset=21, output_types=[7]), inputs)
