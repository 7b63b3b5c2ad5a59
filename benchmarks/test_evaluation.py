"""`qmodel eval` as a whole process: 10,000 digits through lenet5 in int8, its time and its largest memory.

Run with `pytest benchmarks/test_evaluation.py --benchmark-only`; the figures are printed at the end. The demo's 1,000
digits are taken ten times over, since the amount of work is what counts.
"""

from __future__ import annotations

import os
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


def peak_megabytes(*arguments: str) -> float:
    """Run the command, and say how much memory it had resident at most."""
    process = subprocess.Popen([sys.executable, "-m", "qmodel", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


@pytest.mark.parametrize("with_reference", [False, True], ids=["alone", "with reference"])
def test_ten_thousand_digits(with_reference: bool, benchmark: Any, figure: Callable[..., None], tmp_path: Path) -> None:
    network = ROOT / "tests/networks/lenet5.onnx"
    qmodel.save(qmodel.from_onnx(network, pixel_scale=1 / 255), tmp_path / "lenet5.qmodel", recipe="int8")
    with np.load(ROOT / "src/qmodel/demo/data/digits.npz") as digits:
        images, labels = digits["images"], digits["labels"]
    np.savez_compressed(tmp_path / "digits.npz", images=np.tile(images, (10, 1, 1)), labels=np.tile(labels, 10))
    arguments = ["eval", str(tmp_path / "lenet5.qmodel"), "--data", str(tmp_path / "digits.npz"), "--json"]
    arguments += ["--reference", str(network)] if with_reference else []
    peaks: list[float] = []
    benchmark.pedantic(lambda: peaks.append(peak_megabytes(*arguments)), rounds=ROUNDS, warmup_rounds=1)
    if benchmark.stats is not None:
        kind = "beside its reference" if with_reference else "alone"
        figure(f"eval, lenet5 {kind}: time", float(benchmark.stats.stats.min), "s", at_most=MOST_SECONDS)
        figure(f"eval, lenet5 {kind}: memory", max(peaks), "MB", at_most=MOST_MEGABYTES)
