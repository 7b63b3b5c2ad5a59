import json
import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import qmodel
from qmodel.cli.application import app
from tests.conftest import network_path


@pytest.fixture
def run():
    """Run a command in this process: run("inspect", path) -> result with exit_code, stdout, stderr."""
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args], prog_name="qmodel")


@pytest.fixture
def run_json(run):
    """Run a command with --json; its exit code must be the one expected; the document."""

    def run_and_parse(*args, exit_code=0):
        result = run(*args, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    return run_and_parse


@pytest.fixture
def spawn():
    """Run a command as a process of its own, with pipes."""

    def run_process(*args, **environment):
        return subprocess.run(
            [sys.executable, "-m", "qmodel", *map(str, args)],
            check=False,
            capture_output=True,
            env={**os.environ, **environment},
            timeout=120,
        )

    return run_process


@pytest.fixture(scope="session")
def weights():
    rng = np.random.default_rng(11)
    return {
        "conv.weight": rng.standard_normal((16, 4, 3, 3), dtype=np.float32),
        "conv.bias": np.linspace(-1, 1, 16, dtype=np.float32),
        "steps": np.arange(5),
    }


@pytest.fixture
def archive(tmp_path, weights):
    path = tmp_path / "net.npz"
    np.savez(path, **weights)
    return path


@pytest.fixture
def file(tmp_path, weights):
    """An int8 file of the weights."""
    path = tmp_path / "file.qmodel"
    qmodel.save(weights, path, recipe="int8", metadata={"author": "someone"})
    return path


@pytest.fixture(scope="session")
def network_file(tmp_path_factory):
    """A network that knows how images become its input, as int8."""
    path = tmp_path_factory.mktemp("network") / "lenet5.qmodel"
    qmodel.save(qmodel.from_onnx(network_path("lenet5"), pixel_scale=1 / 255), path, recipe="int8")
    return path
