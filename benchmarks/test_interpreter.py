"""The interpreter beside onnxruntime: the same networks, 1,000 real digits, the same cores, in turns.

Run with `pytest benchmarks/test_interpreter.py --benchmark-only`; the ratios are printed at the end. Both run in the
same process and take turns, so that whatever else the machine does slows both. It wants an idle machine all the same:
with other work on the cores the threads of a matrix product wait for each other, and the ratios say little.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from qmodel.adapters.onnx import import_model
from qmodel.dtypes import Array
from qmodel.kernels import depthwise
from qmodel.runtime.session import Session

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "src/qmodel/demo/data"
NETWORKS = {
    "lenet300": (ROOT / "tests/networks/lenet300.onnx", (-1, 784)),
    "lenet5": (ROOT / "tests/networks/lenet5.onnx", (-1, 1, 28, 28)),
    "rescnn": (DEMO / "rescnn.onnx", (-1, 1, 28, 28)),
    "lstm": (ROOT / "tests/networks/lstm.onnx", (-1, 28, 28)),
    "gru": (ROOT / "tests/networks/gru.onnx", (-1, 28, 28)),
}
LARGEST_RATIO = 5.0
ROUNDS = 15


def digits(shape: tuple[int, ...]) -> Array:
    with np.load(DEMO / "digits.npz") as archive:
        pixels = archive["images"].astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(pixels.reshape(shape))


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _options() -> onnxruntime.SessionOptions:
    """Its threads must not spin between its runs: they would take the cores from ours."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options


@pytest.mark.parametrize("kernels", ["compiled", "plain"])
@pytest.mark.parametrize("name", NETWORKS)
def test_thousand_digits(
    name: str,
    kernels: str,
    benchmark: Any,
    figure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if kernels == "plain":
        monkeypatch.setattr(depthwise, "compiled", lambda kernel, size: None)
    path, shape = NETWORKS[name]
    inputs = {"x": digits(shape)}
    model = import_model(path)
    assert model.graph is not None
    session = Session(model.graph, model.weights)
    reference = onnxruntime.InferenceSession(path, _options(), providers=["CPUExecutionProvider"])
    theirs = [seconds(lambda: reference.run(None, inputs)) for _ in range(2)]

    def let_the_other_run() -> None:
        theirs.append(seconds(lambda: reference.run(None, inputs)))

    benchmark.pedantic(lambda: session.run(inputs), setup=let_the_other_run, rounds=ROUNDS, warmup_rounds=2)
    if benchmark.stats is not None:
        ratio = float(benchmark.stats.stats.min) / min(theirs)
        figure(f"{name}, {kernels}: time / onnxruntime", ratio, "×", at_most=LARGEST_RATIO)
