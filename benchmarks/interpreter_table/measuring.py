"""Times one network, each runtime in turns; run as a module it prints its figures as JSON, a line for each runtime."""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime

from interpreter_table.networks import NETWORKS, Arrays
from qmodel.adapters.onnx import import_model
from qmodel.runtime.session import Session

FEWEST_ROUNDS, LEAST_SECONDS = 5, 1.0
# The reference evaluator takes seconds for some networks: rounds begin as long as these have not passed.
REFERENCE_SECONDS = 3.0

Run = Callable[[], "Sequence[np.ndarray[Any, np.dtype[Any]]]"]


def ours(path: str, inputs: Arrays) -> Run:
    model = import_model(path)
    assert model.graph is not None
    session = Session(model.graph, model.weights)
    return lambda: list(session.run(inputs).values())


def by_onnxruntime(path: str, inputs: Arrays, threads: int) -> Run:
    """Its threads must not spin between its runs: they would take the cores from ours."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 4
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)


def by_reference(path: str, inputs: Arrays) -> Run:
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(path)
    return lambda: evaluator.run(None, inputs)


def seconds(run: Run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def difference(got: Sequence[Any], wanted: Sequence[Any]) -> float:
    """The largest difference of any output, as a part of that output's largest value."""
    return max(
        float(np.max(np.abs(np.subtract(a, b, dtype=np.float64)), initial=0) / max(np.max(np.abs(b), initial=0), 1e-30))
        for a, b in zip(got, wanted, strict=True)
    )


def measure(path: str, inputs: Arrays, threads: int, *, reference: bool) -> dict[str, float]:
    """Milliseconds of each runtime, the least of all rounds, and how far ours is from onnxruntime."""
    runs = {"onnxruntime": by_onnxruntime(path, inputs, threads), "qmodel": ours(path, inputs)}
    found = {"difference": difference(runs["qmodel"](), runs["onnxruntime"]())}
    times: dict[str, list[float]] = {name: [seconds(run)] for name, run in runs.items()}
    start = time.perf_counter()
    while len(times["qmodel"]) < FEWEST_ROUNDS or time.perf_counter() - start < LEAST_SECONDS:
        for name, run in runs.items():
            times[name].append(seconds(run))
    found |= {name: 1000 * min(each) for name, each in times.items()}
    return found | reference_time(path, inputs) if reference else found


def reference_time(path: str, inputs: Arrays) -> dict[str, float]:
    """Milliseconds of ONNX's reference evaluator, the least of all rounds; nothing for networks it cannot run."""
    times: list[float] = []
    try:
        with np.errstate(all="ignore"):
            run, start = by_reference(path, inputs), time.perf_counter()
            while len(times) < FEWEST_ROUNDS and time.perf_counter() - start < REFERENCE_SECONDS:
                times.append(seconds(run))
        return {"reference": 1000 * min(times)}
    except Exception as error:
        print(f"the reference evaluator failed: {type(error).__name__}: {error}", file=sys.stderr)
        return {}


def main() -> None:
    """Arguments: the network's name, its path, the number of threads, and 1 to run the reference evaluator too."""
    name, path, threads, reference = sys.argv[1:]
    warnings.simplefilter("ignore")
    network = next(network for network in NETWORKS if network.name == name)
    print(json.dumps(measure(path, network.inputs(), int(threads), reference=reference == "1")))


if __name__ == "__main__":
    main()
