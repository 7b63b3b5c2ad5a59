import functools

import numpy as np
import pytest

import qmodel
from tests.conftest import network_path
from tests.container.files import joined, split, with_manifest
from tests.spec.vectors import CONFORMANCE, INDEX, label

CODES = {"non_canonical": 1, "corrupt": 3, "unsupported": 4, "limit": 5}


@pytest.fixture
def corrupt(tmp_path, network_file):
    with qmodel.open(network_file) as reader:
        place = reader.manifest.chunks[0].offset
    data = bytearray(network_file.read_bytes())
    data[place] ^= 1
    path = tmp_path / "corrupt.qmodel"
    path.write_bytes(data)
    return path


@pytest.fixture
def unsupported(tmp_path, file):
    before, manifest = split(file.read_bytes())
    manifest.version_major = 2
    path = tmp_path / "unsupported.qmodel"
    path.write_bytes(joined(before, manifest))
    return path


@pytest.fixture
def not_canonical(tmp_path, file):
    before, manifest = split(file.read_bytes())
    del manifest.required_features[:]
    path = tmp_path / "not_canonical.qmodel"
    path.write_bytes(joined(before, manifest))
    return path


def test_a_fine_file(run_json, file):
    found = qmodel.verify(file)
    (entry,) = run_json("verify", file)["files"]
    assert entry == {
        "path": str(file),
        "ok": True,
        "size": found.size,
        "tensors": found.tensors,
        "chunks": found.chunks,
        "golden": 0,
        "run": False,
        "findings": [],
    }


@pytest.mark.parametrize(
    ("name", "exit_code", "kind"),
    [("corrupt", 3, "CorruptError"), ("unsupported", 4, "UnsupportedError"), ("not_canonical", 1, "NonCanonicalError")],
)
def test_the_exit_code_tells_the_finding(request, run_json, name, exit_code, kind):
    path = request.getfixturevalue(name)
    (entry,) = run_json("verify", path, exit_code=exit_code)["files"]
    assert entry["ok"] is False
    assert entry["size"] == path.stat().st_size
    assert [finding["kind"] for finding in entry["findings"]] == [kind]
    assert str(path) not in entry["findings"][0]["message"]


def test_a_limit_has_its_own_exit_code(run_json, file, monkeypatch):
    strict = functools.partial(qmodel.verify, limits=qmodel.Limits(max_tensors=2))
    monkeypatch.setattr("qmodel.api.verify", strict)
    (entry,) = run_json("verify", file, exit_code=5)["files"]
    assert entry["findings"][0]["kind"] == "LimitError"


def test_a_missing_file_is_a_finding_beside_the_others(run_json, file, tmp_path):
    missing, fine = run_json("verify", tmp_path / "missing.qmodel", file, exit_code=2)["files"]
    assert missing["findings"] == [{"kind": "FileNotFoundError", "message": "No such file or directory"}]
    assert fine["ok"]


def test_the_worst_finding_of_all_files_counts(run, file, corrupt, unsupported, not_canonical):
    assert run("verify", file, not_canonical).exit_code == 1
    assert run("verify", not_canonical, unsupported).exit_code == 4
    assert run("verify", unsupported, corrupt, file).exit_code == 3


@pytest.mark.parametrize("entry", [each for each in INDEX["invalid"] if "limits" not in each], ids=label)
def test_every_invalid_file_of_the_specification_has_its_code(run, entry):
    path = CONFORMANCE / entry["file"]
    bases = [argument for base in entry.get("bases", []) for argument in ("--base", CONFORMANCE / base)]
    verified = run("verify", path, *bases)
    assert verified.exit_code == CODES[entry["kind"]]
    assert verified.stdout.startswith(f"{path}  ")
    shown = run("inspect", path)
    assert shown.exit_code in {0, 3, 4, 5}
    errors = [line for line in shown.stderr.splitlines() if not line.startswith("qmodel: warning: ")]
    assert len(errors) == (0 if shown.exit_code == 0 else 1)
    assert len(shown.stderr.splitlines()) == len(errors) + entry.get("warns", False)


def test_every_finding_is_printed(run, file, corrupt):
    result = run("verify", file, corrupt)
    fine, bad, finding = result.stdout.splitlines()
    assert fine.startswith(f"{file}  fine: 3 tensors")
    assert bad == f"{corrupt}  1 finding"
    assert "CorruptError" in finding
    assert "checksum" in finding


def test_other_commands_stop_at_what_they_cannot_read(run, unsupported, corrupt, not_canonical):
    for command in ("inspect", "decompress", "compress"):
        assert run(command, unsupported).exit_code == 4
    assert run("decompress", corrupt).exit_code == 3
    assert run("inspect", not_canonical).exit_code == 0


@pytest.fixture
def golden_file(tmp_path, run, digits_archive):
    path = tmp_path / "golden.qmodel"
    options = ("--recipe", "int8", "--golden", digits_archive, "--golden-samples", "2", "--pixel-scale", "1/255")
    assert run("compress", network_path("lenet5"), "-o", path, *options).exit_code == 0
    return path


@pytest.fixture
def digits_archive(tmp_path, digits):
    path = tmp_path / "digits.npz"
    np.savez(path, images=digits[0][:5])
    return path


def test_golden_samples_are_run(run, run_json, golden_file):
    (entry,) = run_json("verify", golden_file, "--run")["files"]
    assert (entry["ok"], entry["golden"], entry["run"]) == (True, 2, True)
    assert "2 golden samples as expected" in run("verify", golden_file, "--run").stdout
    assert "2 golden samples, not run" in run("verify", golden_file).stdout
    assert "2 samples for verify --run" in run("inspect", golden_file).stdout
    assert [sample["inputs"][0]["shape"] for sample in run_json("inspect", golden_file)["golden"]] == [
        [1, 1, 28, 28]
    ] * 2


def test_an_output_that_deviates_is_a_finding(run_json, golden_file, tmp_path):
    def tampered(manifest):
        bias = next(each for each in manifest.tensors if each.encoding.HasField("plain"))
        buffer = bias.encoding.plain.buffer
        buffer.inline = bytes([buffer.inline[0], buffer.inline[1], buffer.inline[2] ^ 0x40]) + buffer.inline[3:]

    path = tmp_path / "tampered.qmodel"
    path.write_bytes(with_manifest(golden_file.read_bytes(), tampered))
    assert run_json("verify", path)["files"][0]["ok"]
    (entry,) = run_json("verify", path, "--run", exit_code=1)["files"]
    first = entry["findings"][0]
    assert (first["kind"], first["sample"], first["output"]) == ("DeviationError", 0, "logits")
    assert first["worst_difference"] > first["tolerance"] > 0


def test_a_file_without_golden_samples_cannot_be_run(run_json, file):
    (entry,) = run_json("verify", file, "--run", exit_code=2)["files"]
    assert entry["findings"][0]["message"] == "the file has no golden samples to run"
