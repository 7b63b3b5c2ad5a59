"""What a run holds in memory, and how many threads it uses."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.runtime import blas_threads
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal

X = normal(10, 100)  # 4,000 bytes


def test_values_are_counted_while_they_are_held() -> None:
    nodes = [
        node("MatMul", ["x", "w"], ["a"], "product"),
        node("Relu", ["a"], ["b"], "in place"),
        node("Reshape", ["b", "shape"], ["c"], "a view"),
        node("MatMul", ["x", "w"], ["d"], "another"),
        node("Concat", ["c", "d"], ["y"], "both", axis=0),
    ]
    weights = {"w": normal(100, 50), "shape": np.array([10, 50])}
    plan = Session(graph(nodes), weights).memory_plan({"x": X})
    rows = [(use.node.name, use.output_bytes, use.held_bytes, use.reuses) for use in plan.nodes]
    assert rows == [
        ("product", 2000, 6000, False),
        ("in place", 2000, 6000, True),
        ("a view", 2000, 6000, True),
        ("another", 2000, 8000, False),
        ("both", 4000, 8000, False),
    ]
    assert plan.peak_bytes == 8000


def test_a_network_without_nodes_holds_nothing() -> None:
    assert Session(graph([], outputs=["x"]), {}).memory_plan({"x": X}).peak_bytes == 0


def test_threads_of_matrix_products_are_limited_while_a_run_lasts() -> None:
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def counts() -> set[int]:
        return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}

    before, seen = counts(), []
    network = graph([node("MatMul", ["x", "w"], ["y"])])
    session = Session(network, {"w": normal(100, 50)}, threads=1)
    assert counts() == before
    session.run({"x": X}, observe=lambda node, name, array: seen.append(counts()))
    assert seen == [{1}]
    assert counts() == before


def test_fewer_than_one_thread_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="at least 1, got 0"):
        Session(graph([node("Relu", ["x"], ["y"])]), {}, threads=0)


def test_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    blas_threads._controller.cache_clear()
    with pytest.raises(UnsupportedError, match=r"qmodel-format\[fast\]"):
        Session(graph([node("Relu", ["x"], ["y"])]), {}, threads=1)
