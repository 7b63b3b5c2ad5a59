from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import GraphError, InvalidInputError
from qmodel.graph import Node
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal

NODES = [
    node("Conv", ["x", "w"], ["c"], "conv"),
    node("Relu", ["c"], ["r"], "relu"),
    node("Add", ["r", "r"], ["y"], "sum"),
]
WEIGHTS = {"w": normal(2, 3, 3, 3)}
X = normal(4, 3, 8, 8, seed=1)


def test_outputs_between_nodes_can_be_asked_for() -> None:
    session = Session(graph(NODES), WEIGHTS)
    made = session.run({"x": X}, ["c", "r", "y", "x"])
    np.testing.assert_array_equal(made["r"], np.maximum(made["c"], 0))
    np.testing.assert_array_equal(made["y"], 2 * made["r"])
    np.testing.assert_array_equal(made["x"], X)
    assert not np.shares_memory(made["x"], X)
    assert list(made) == ["c", "r", "y", "x"]
    with pytest.raises(InvalidInputError, match=r"no value 'q'; its outputs are \['y'\]"):
        session.run({"x": X}, ["q"])


def test_observer_sees_every_node_in_order() -> None:
    seen: list[tuple[Node, str, tuple[int, ...]]] = []
    session = Session(graph(NODES), WEIGHTS)
    made = session.run({"x": X}, observe=lambda n, name, array: seen.append((n, name, array.shape)))
    assert [(n.name, name) for n, name, _ in seen] == [("conv", "c"), ("relu", "r"), ("sum", "y")]
    assert {shape for _, _, shape in seen} == {(4, 2, 6, 6)}
    np.testing.assert_allclose(made["y"], session.run({"x": X})["y"], rtol=1e-6)


def test_errors_of_the_observer_are_its_own() -> None:
    def observe(*_: object) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Session(graph(NODES), WEIGHTS).run({"x": X}, observe=observe)


def test_many_threads_share_a_session() -> None:
    session = Session(graph(NODES), WEIGHTS, cache_bytes=10)
    inputs = [normal(2, 3, 8, 8, seed=seed) for seed in range(24)]
    alone = [session.run({"x": x})["y"] for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: session.run({"x": x})["y"], inputs))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_errors_in_a_run_name_the_node() -> None:
    with pytest.raises(GraphError, match=r"^Conv node 'conv': .*inputs: float32\[4, 2, 8, 8\], float32\[2, 3, 3, 3\]"):
        Session(graph(NODES), WEIGHTS).run({"x": X[:, :2]})


def test_numbers_overflow_quietly_as_in_onnx() -> None:
    made = Session(graph([node("Exp", ["x"], ["e"]), node("Div", ["e", "x"], ["y"])]), {}).run(
        {"x": np.array([1000.0, 0.0], np.float32)}
    )
    np.testing.assert_array_equal(made["y"], [np.inf, np.inf])


def test_outputs_that_are_inputs_or_weights_are_copies() -> None:
    weights: dict[str, Array] = {"w": normal(2)}
    session = Session(graph([node("Identity", ["w"], ["y"])], outputs=["y", "w", "x"]), weights)
    x = normal(3)
    made = session.run({"x": x})
    for array in made.values():
        array[...] = 0
    np.testing.assert_array_equal(weights["w"], normal(2))
    np.testing.assert_array_equal(session.run({"x": x})["y"], normal(2))
    np.testing.assert_array_equal(x, normal(3))


def test_neither_numba_nor_onnx_is_imported() -> None:
    code = (
        "import sys, qmodel.runtime.session, qmodel.runtime.ops; "
        "sys.exit(bool({'numba', 'onnx', 'google.protobuf'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
