"""README.md and docs/cli.md say what is true, and their examples run."""

import importlib.util
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import qmodel
from qmodel.cli.application import app
from qmodel.cli.exit_codes import ExitCode
from qmodel.demo.samples import copy_samples
from qmodel.encodings import ENCODERS, NODES
from qmodel.recipes import PRESETS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def command_names():
    return [command.name or command.callback.__name__ for command in app.registered_commands]


@pytest.fixture
def generator():
    """The tool that writes what is generated."""
    spec = importlib.util.spec_from_file_location("generate_cli_docs", ROOT / "tools" / "generate_cli_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def demo_folder(tmp_path, monkeypatch):
    """The folder in which the demo ran, as the README wants it."""
    copy_samples(tmp_path / "qmodel-demo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_generated_documents_are_up_to_date(generator, capsys):
    assert generator.main(["--check"]) == 0, capsys.readouterr().out


def test_a_stale_document_is_found(generator, capsys, monkeypatch, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(README.replace("every bit as it is", "most bits"), "utf-8")
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    monkeypatch.setattr(generator, "COMMANDS", tmp_path / "cli.md")
    monkeypatch.setattr(generator, "README", readme)
    assert generator.main(["--check"]) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["cli.md", "README.md"]
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0


def test_every_command_and_option_is_documented(run):
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for command in command_names():
        page = text.split(f"## {command}\n")[1].split("\n## ")[0]
        options = set(re.findall(r"--[a-z-]+", run(command, "--help").stdout)) - {"--help"}
        assert options <= set(re.findall(r"--[a-z-]+", page))


def test_exit_codes_are_documented():
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_every_preset_is_in_the_readme_and_in_the_help(run):
    help_text = run("compress", "--help").stdout
    for preset in PRESETS.values():
        assert f"| `{preset.name}` | {preset.description} |" in README
        assert preset.name in help_text


def test_the_readme_is_honest_about_encodings():
    present, absent = re.search(r"\*\*Encodings\.\*\*(.*?)are implemented\.(.*?)\n- ", README, re.DOTALL).groups()
    assert set(re.findall(r"`(\w+)`", present)) == set(NODES)
    assert set(NODES) <= set(ENCODERS)
    assert not set(re.findall(r"`(\w+)`", absent)) & set(NODES)


def test_the_newcomer_commands_stand_there():
    assert "pip install '.[fast,onnx]' && qmodel demo\npip install '.[fast,onnx,test]' && pytest\n" in blocks("sh")[0]


def test_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.usefixtures("demo_folder")
def test_python_examples_run(capsys):
    namespace = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), namespace)
    output = capsys.readouterr().out
    assert "(1, 10)" in output
    assert namespace["evaluation"].accuracy > 0.98
    assert str(namespace["worst"].node) in output
    assert masked(blocks("text")[1]) in masked(output)
    with qmodel.open("mixed.qmodel") as file:
        assert file.manifest.recipe.endswith("default: int8")


@pytest.mark.usefixtures("demo_folder")
def test_the_figures_of_qualities_are_about_those_shown():
    """Sizes exactly as asked for, accuracy within half a point: sums differ in their last bits."""
    shown = re.findall(r"([\d.]+) bits: ([\d,]+) bytes, accuracy ([\d.]+)%", blocks("text")[1])
    assert len(shown) == 3
    network = qmodel.from_onnx("qmodel-demo/rescnn.onnx", pixel_scale=1 / 255)
    with np.load("qmodel-demo/digits.npz") as digits:
        images, labels = digits["images"], digits["labels"]
    bits, size, accuracy = shown[0]
    summary = qmodel.save(network, "small.qmodel", recipe="small", bits_per_weight=float(bits))
    assert summary.output_bytes == pytest.approx(int(size.replace(",", "")), rel=0.01)
    found = qmodel.evaluate(qmodel.load("small.qmodel"), images, labels).accuracy
    assert 100 * found == pytest.approx(float(accuracy), abs=0.5)


@pytest.mark.usefixtures("demo_folder")
def test_quality_examples_run(run):
    for line in blocks("sh")[2].splitlines():
        _, *command = shlex.split(line)
        assert run(*command).exit_code == 0
    assert 0.99 * 60_000 <= Path("small.qmodel").stat().st_size <= 60_000
    with qmodel.open("fast.qmodel") as file:
        assert file.manifest.quality.relative_mse == pytest.approx(0.01, rel=0.01)


@pytest.mark.usefixtures("demo_folder")
def test_command_examples_run(run):
    run("compress", "qmodel-demo/rescnn.onnx", "-o", "weights.qmodel")
    commands = [shlex.split(line)[1:] for line in blocks("sh")[1].splitlines()]
    shown = {command[0] for command in commands}
    assert shown == set(command_names()) - {"demo"}
    for command in commands:
        result = run(*command)
        assert (result.exit_code, result.stderr) == (1 if command[0] == "diff" else 0, "")


def test_the_demo_prints_what_the_readme_shows(run, tmp_path, monkeypatch):
    """Word for word; digits may differ from machine to machine."""
    monkeypatch.chdir(tmp_path)
    result = run("demo")
    assert masked(result.output).split() == masked(blocks("text")[0]).split()


def masked(text):
    """The text with a sign in place of each number."""
    return re.sub(r"[\d.,]+", "#", text)
