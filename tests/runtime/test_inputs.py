from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.errors import InvalidInputError
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal

ADD = node("Add", ["a", "b"], ["y"])


def session() -> Session:
    return Session(graph([ADD], inputs={"a": ("N", 3), "b": ("N", None)}), {})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"a": normal(2, 3)}, r"input 'b' is missing; wanted \['a', 'b'\], got \['a'\]"),
        ({"a": normal(2, 3), "b": normal(2, 3), "c": normal(1)}, "no input 'c'"),
        ({"a": normal(2, 3, dtype=np.float64), "b": normal(2, 3)}, r"'a': wanted element type f32, got f64; convert"),
        ({"a": np.zeros((2, 3), np.int32), "b": normal(2, 3)}, "'a': wanted element type f32, got s32$"),
        ({"a": np.zeros((2, 3), object), "b": normal(2, 3)}, "wanted element type f32, got dtype object"),
        ({"a": [[1.0, 2.0, 3.0]], "b": normal(1, 3)}, "wanted a NumPy array, got list"),
        ({"a": normal(3), "b": normal(2, 3)}, r"'a': wanted 2 axes \(N, 3\), got 1: \(3,\)"),
        ({"a": normal(2, 4), "b": normal(2, 3)}, "'a', axis 1: wanted length 3, got 4"),
        ({"a": normal(2, 3), "b": normal(1, 3)}, "'b', axis 0: symbol 'N' is 2 by axis 0 of input 'a', got 1"),
    ],
)
def test_wrong_inputs(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        session().run(given)


def test_symbols_and_open_axes() -> None:
    a, b = normal(2, 3), normal(2, 1, seed=1)
    np.testing.assert_array_equal(session().run({"a": a, "b": b})["y"], a + b)


def test_any_rank_when_the_shape_is_unknown() -> None:
    free = Session(graph([node("Neg", ["x"], ["y"])]), {})
    for shape in [(), (2,), (2, 3, 4)]:
        assert free.run({"x": normal(*shape) if shape else np.float32(1).reshape(())})["y"].shape == shape


def test_big_endian_input_is_converted() -> None:
    swapped = normal(2, 3).astype(">f4")
    made = session().run({"a": swapped, "b": normal(2, 3)})["y"]
    assert made.dtype == np.dtype("=f4")
    np.testing.assert_array_equal(made, 2 * normal(2, 3))


def test_symbols_are_checked_anew_in_each_run() -> None:
    running = session()
    for count in (1, 5):
        assert running.run({"a": normal(count, 3), "b": normal(count, 3)})["y"].shape == (count, 3)
