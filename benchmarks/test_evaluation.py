"""`qmodel eval` as a whole process: 10,000 digits through lenet5 in int8, its time and its largest memory.

Run with `pytest benchmarks/test_evaluation.py --benchmark-only`; the figures are printed at the end. The demo's 1,000
digits are taken ten times over, since the amount of work is what counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qmodel

ROOT = Path(__file__).parents[1]
MOST_SECONDS = 5.0
MOST_MEGABYTES = 500.0
ROUNDS = 5


# A process is charged with the memory of the one it was started from, so a small one starts it.
LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen([sys.executable, "-m", "qmodel", *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
unit = 1e6 if sys.platform == "darwin" else 1e3
print(json.dumps([time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit]))
sys.exit(process.returncode)
"""


def costs(*arguments: str) -> tuple[float, float, float]:
    """Run the command: seconds, seconds of processors, and megabytes of resident memory at most."""
    command = [sys.executable, "-c", LAUNCHER, *arguments]
    seconds, processor_seconds, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return seconds, processor_seconds, megabytes


@pytest.mark.parametrize("with_reference", [False, True], ids=["alone", "with reference"])
def test_ten_thousand_digits(with_reference: bool, benchmark: Any, figure: Callable[..., None], tmp_path: Path) -> None:
    network = ROOT / "tests/networks/lenet5.onnx"
    qmodel.save(qmodel.from_onnx(network, pixel_scale=1 / 255), tmp_path / "lenet5.qmodel", recipe="int8")
    with np.load(ROOT / "src/qmodel/demo/data/digits.npz") as digits:
        images, labels = digits["images"], digits["labels"]
    np.savez_compressed(tmp_path / "digits.npz", images=np.tile(images, (10, 1, 1)), labels=np.tile(labels, 10))
    arguments = ["eval", str(tmp_path / "lenet5.qmodel"), "--data", str(tmp_path / "digits.npz"), "--json"]
    arguments += ["--reference", str(network)] if with_reference else []
    found: list[tuple[float, float, float]] = []
    benchmark.pedantic(lambda: found.append(costs(*arguments)), rounds=ROUNDS, warmup_rounds=1)
    if benchmark.stats is not None:
        seconds, processor_seconds, megabytes = zip(*found, strict=True)
        kind = "beside its reference" if with_reference else "alone"
        figure(f"eval, lenet5 {kind}: time", min(seconds), "s", at_most=MOST_SECONDS)
        figure(f"eval, lenet5 {kind}: processors", min(processor_seconds), "s", at_most=2 * MOST_SECONDS)
        figure(f"eval, lenet5 {kind}: memory", max(megabytes), "MB", at_most=MOST_MEGABYTES)
