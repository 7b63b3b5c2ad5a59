from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.errors import CorruptError, GraphError
from qmodel.runtime.session import Session
from qmodel.runtime.weight_cache import WeightCache
from tests.runtime.graphs import graph, node


class Counted(Mapping[str, Array]):
    """Weights of 100 bytes that count how often each is fetched."""

    def __init__(self, *names: str) -> None:
        self.fetched = dict.fromkeys(names, 0)

    def __getitem__(self, name: str) -> Array:
        self.fetched[name] += 1
        return np.full(25, len(name), np.float32)

    def __iter__(self) -> Iterator[str]:
        return iter(self.fetched)

    def __len__(self) -> int:
        return len(self.fetched)


def test_least_recently_used_leaves_first() -> None:
    weights = Counted("a", "b", "c")
    cache = WeightCache(weights, 200)
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get(name)
    assert weights.fetched == {"a": 1, "b": 2, "c": 1}
    statistics = cache.statistics()
    assert (statistics.hits, statistics.misses, statistics.bytes_held) == (2, 4, 200)


@pytest.mark.parametrize("budget", [0, 99])
def test_weight_larger_than_the_budget_is_fetched_each_time(budget: int) -> None:
    weights = Counted("a")
    cache = WeightCache(weights, budget)
    assert cache.get("a").sum() == cache.get("a").sum() == 25
    assert weights.fetched == {"a": 2}
    assert cache.statistics().bytes_held == 0


def test_many_threads() -> None:
    weights = Counted(*(f"{i:0{i + 1}}" for i in range(8)))
    cache = WeightCache(weights, 350)
    names = list(weights) * 50
    with ThreadPoolExecutor(4) as pool:
        lengths = list(pool.map(lambda name: float(cache.get(name)[0]), names))
    assert lengths == [len(name) for name in names]
    statistics = cache.statistics()
    assert statistics.hits + statistics.misses == len(names)
    assert statistics.bytes_held <= 350


class Broken(Counted):
    def __init__(self, error: Exception) -> None:
        super().__init__("w")
        self.error = error

    def __getitem__(self, name: str) -> Array:
        raise self.error


def test_errors_of_the_mapping() -> None:
    add = graph([node("Add", ["x", "w"], ["y"])])
    x = np.zeros(25, np.float32)
    with pytest.raises(CorruptError, match="bad chunk"):
        Session(add, Broken(CorruptError("bad chunk"))).run({"x": x})
    with pytest.raises(GraphError, match="weight 'w' could not be fetched: OSError: gone") as caught:
        Session(add, Broken(OSError("gone"))).run({"x": x})
    assert isinstance(caught.value.__cause__, OSError)


def test_session_fetches_lazily_and_once() -> None:
    weights = Counted("w")
    session = Session(graph([node("Add", ["x", "w"], ["y"])]), weights)
    assert weights.fetched == {"w": 0}
    for _ in range(3):
        session.run({"x": np.zeros(25, np.float32)})
    assert weights.fetched == {"w": 1}
    assert session.cache_statistics().hits == 2


def test_session_without_room_for_weights() -> None:
    weights = Counted("w")
    session = Session(graph([node("Add", ["x", "w"], ["y"])]), weights, cache_bytes=0)
    for _ in range(2):
        assert session.run({"x": np.zeros(25, np.float32)})["y"].sum() == 25
    assert weights.fetched == {"w": 2}
