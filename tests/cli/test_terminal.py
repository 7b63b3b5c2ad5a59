"""What a person or a shell sees: streams, signals, terminals, hostile text."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import qmodel
from tests.conftest import DEMO_DATA

HOSTILE = {
    "\x1b[31mred\x1b]0;title\x07": np.ones((3, 2), np.float32),
    "[bold]markup[/nonsense]": np.ones(3, np.float32),
    "line\nbreak\u202ereversed": np.arange(3),
}


@pytest.fixture
def hostile_file(tmp_path):
    path = tmp_path / "hostile.qmodel"
    qmodel.save(HOSTILE, path, metadata={"key\x1b[2J": "value\x9b31m\r\n[red]"})
    return path


def in_terminal(*args, columns=80, **environment):
    """Run a command with stdout and stderr in a terminal; its output and exit code."""
    pty = pytest.importorskip("pty")
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "qmodel", *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), **environment},
    )
    os.close(terminal)
    pieces = []
    try:
        while piece := os.read(controller, 65536):
            pieces.append(piece)
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(controller)
    return b"".join(pieces).decode(), process.wait(timeout=60)


def test_hostile_text_is_spelled_out(run, hostile_file):
    result = run("inspect", hostile_file)
    assert result.exit_code == 0
    assert all(character.isprintable() or character == "\n" for character in result.stdout)
    assert r"\x1b[31mred\x1b]0;title\x07" in result.stdout
    assert "[bold]markup[/nonsense]" in result.stdout
    assert r"line\nbreak\u202ereversed" in result.stdout
    assert r"value\x9b31m\r\n[red]" in result.stdout


def test_hostile_text_survives_in_json(run_json, hostile_file):
    document = run_json("inspect", hostile_file)
    assert {tensor["name"] for tensor in document["tensors"]} == set(HOSTILE)


def test_hostile_text_in_errors_and_warnings_is_spelled_out(run, hostile_file, tmp_path):
    path = tmp_path / "bad\x1b[31m\n.qmodel"
    path.write_bytes(b"nothing")
    result = run("inspect", path)
    assert result.exit_code == 3
    assert r"bad\x1b[31m\n.qmodel" in result.stderr
    assert "\x1b" not in result.stderr
    assert len(result.stderr.splitlines()) == 1
    warned = run("compress", hostile_file, "--force", "--rule", "\x1b[31m*=int8", "--rule", "\x1b]0*=int8")
    assert "\x1b" not in warned.stderr
    assert len(warned.stderr.splitlines()) == 1


def test_a_pipe_gets_data_alone(spawn, archive):
    result = spawn("compress", archive, "--json", "--rule", "nothing=int8", FORCE_COLOR="")
    assert result.returncode == 0
    assert json.loads(result.stdout)["output_bytes"] == archive.with_suffix(".qmodel").stat().st_size
    assert result.stderr.decode().splitlines() == ["qmodel: warning: the rule for 'nothing' matches no tensor"]


def test_a_pipe_gets_neither_colours_nor_cut_lines(spawn, tmp_path):
    name = "layer." * 60 + "weight"
    qmodel.save({name: np.ones((2, 2), np.float32)}, tmp_path / "long.qmodel")
    result = spawn("inspect", tmp_path / "long.qmodel", COLUMNS="40")
    assert b"\x1b" not in result.stdout
    assert any(line.startswith(name) and "2×2" in line for line in result.stdout.decode().splitlines())
    assert result.stderr == b""


def test_a_terminal_gets_progress_and_colours(archive):
    output, exit_code = in_terminal("compress", archive)
    assert exit_code == 0
    assert "compressing" in output
    assert "\x1b[1m" in output


def test_no_color_is_respected(file):
    output, _ = in_terminal("verify", file, NO_COLOR="1")
    assert "\x1b[32m" not in output
    assert "\x1b[32m" in in_terminal("verify", file)[0]


@pytest.mark.parametrize("columns", [20, 60])
def test_a_narrow_terminal_loses_no_number(run_json, file, columns):
    output, exit_code = in_terminal("inspect", file, columns=columns, NO_COLOR="1")
    assert exit_code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    for tensor in run_json("inspect", file)["tensors"]:
        shape = "×".join(map(str, tensor["shape"]))
        assert re.search(rf"{shape} .* {tensor['bits_per_weight']:.2f} .* {100 * tensor['share']:.1f}\r", plain)


def test_a_stream_that_lacks_characters_gets_escapes(spawn, file):
    result = spawn("inspect", file, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert rb"16\xd74\xd73\xd73" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_quiet(network_file, unbuffered):
    script = f"{sys.executable} -m qmodel inspect {network_file} | true; echo ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    result = subprocess.run(
        ["bash", "-c", script], check=False, capture_output=True, text=True, timeout=60, env=environment
    )
    assert result.stdout == "141\n"
    assert result.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_leaves_no_file(tmp_path):
    source = tmp_path / "big.npz"
    noise = np.random.default_rng(0).random((512, 512), dtype=np.float32)
    np.savez(source, **{f"w{number:02}": noise - np.float32(number / 100) for number in range(100)})
    process = subprocess.Popen(
        [sys.executable, "-m", "qmodel", "compress", source, "--recipe", "small", "--threads", "1"],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in tmp_path.glob(".*")) and time.monotonic() < deadline:
        time.sleep(0.005)  # until the writer's temporary file grows
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.decode() == "qmodel: error: interrupted\n"
    assert list(tmp_path.iterdir()) == [source]


def test_without_onnx_the_demo_says_what_to_install(tmp_path):
    script = "import sys; sys.modules['onnx'] = None; from qmodel.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", script, "demo", "--output-dir", tmp_path],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 4
    assert "pip install 'qmodel-format[onnx]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_help_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from qmodel.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'numpy', 'numba', 'onnx', 'google.protobuf'} & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, "compress", "--help"], check=False, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0
    assert "--pixel-scale" in result.stdout
    assert result.stdout.endswith("[]\n")


def test_version(run):
    assert run("--version").stdout == f"qmodel {qmodel.__version__}\n"


def test_nothing_to_do_shows_the_help(run):
    result = run()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("args", [("foo",), ("compress",), ("inspect", "--foo"), ("eval", "x", "--batch-size", "many")])
def test_wrong_usage_is_one_line(run, args):
    result = run(*args)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("qmodel: error: ")
    assert "--help" in line


def test_memory_that_does_not_suffice_is_a_limit(run, archive, monkeypatch):
    def exhaust(*_args, **_options):
        raise MemoryError

    monkeypatch.setattr("qmodel.api.save", exhaust)
    result = run("compress", archive)
    assert result.exit_code == 5
    assert "memory" in result.stderr


def test_a_defect_of_the_library_is_one_line_too(run, archive, monkeypatch):
    def fail(*_args, **_options):
        raise ZeroDivisionError("by \x1b zero")

    monkeypatch.setattr("qmodel.api.save", fail)
    result = run("compress", archive)
    assert result.exit_code == 70
    (line,) = result.stderr.splitlines()
    assert "ZeroDivisionError" in line
    assert "\x1b" not in line
    monkeypatch.setenv("QMODEL_TRACEBACK", "1")
    assert isinstance(run("compress", archive).exception, ZeroDivisionError)


def test_a_folder_is_no_file(run):
    result = run("inspect", DEMO_DATA)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
