from __future__ import annotations

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import LimitError
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node

ENORMOUS = np.array([1 << 20, 1 << 20, 1 << 10], dtype=np.int64)
ONE = np.zeros((1, 1, 1), np.float32)
GROWING: dict[str, tuple[Array, ...]] = {
    "Expand": (ONE, ENORMOUS),
    "Tile": (ONE, ENORMOUS),
    "Pad": (ONE, np.concatenate([ENORMOUS, ENORMOUS])),
    "ConstantOfShape": (ENORMOUS,),
    "OneHot": (ENORMOUS, np.array(1 << 50), np.zeros(2, np.float32)),
    "Range": (np.array(0), np.array(1 << 50), np.array(1)),
    "CenterCropPad": (ONE, ENORMOUS),
    "HannWindow": (np.array(1 << 50),),
    "DFT": (ONE, np.array(1 << 50)),
    "MelWeightMatrix": (*(np.array(1 << 25),) * 3, np.array(0.0), np.array(1.0)),
}


@pytest.mark.parametrize("operator", GROWING)
def test_enormous_output_is_refused_before_it_is_allocated(operator: str) -> None:
    weights = {f"w{number}": array for number, array in enumerate(GROWING[operator])}
    session = Session(graph([node(operator, list(weights), ["y"], "big")], (), opset=21), weights)
    with pytest.raises(LimitError, match=f"{operator} node 'big': an array of shape .* the limit is"):
        session.run({})


def test_limit_is_the_session_s() -> None:
    network = graph([node("Expand", ["x", "w"], ["y"])], {"x": (1,)})
    weights = {"w": np.array([1000], np.int64)}
    assert Session(network, weights, memory_limit=4000).run({"x": ONE[0, 0]})["y"].shape == (1000,)
    with pytest.raises(LimitError, match="needs 4000 bytes, the limit is 3999"):
        Session(network, weights, memory_limit=3999).run({"x": ONE[0, 0]})
