import numpy as np
import pytest

import qmodel
from tests.conftest import DEMO_DATA, network_path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Every twentieth digit."""
    with np.load(DEMO_DATA / "digits.npz") as archive:
        images, labels = archive["images"][::20], archive["labels"][::20]
    path = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(path, images=images, labels=labels)
    return path


def test_a_page_is_written_beside_the_file(run, file):
    result = run("report", file, "--no-alternatives")
    assert result.exit_code == 0, result.output
    target = file.with_suffix(".html")
    assert result.stdout.startswith(f"{target}\n")
    assert "verified  fine" in result.stdout
    page = target.read_text("utf-8")
    assert "<title>file.qmodel</title>" in page
    assert 'id="alternatives"' not in page
    again = run("report", file, "--no-alternatives")
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    assert run("report", file, "--no-alternatives", "--force", "--title", "Mine & yours").exit_code == 0
    assert "<title>Mine &amp; yours</title>" in target.read_text("utf-8")


def test_json_is_all_that_the_page_says(run_json, network_file, data, tmp_path):
    target = tmp_path / "report.html"
    reference = network_path("lenet5")
    options = ["--reference", reference, "--data", data, "--alternatives-limit", 1, "--wrong", 2]
    document = run_json("report", network_file, "-o", target, *options)
    assert document["path"] == str(target)
    assert document["bytes"] == target.stat().st_size
    evaluation = run_json("eval", network_file, "--data", data, "--reference", reference, "--wrong", 2)
    assert document["evaluation"] == evaluation
    described = run_json("inspect", network_file)
    assert document["file"] == {"name": "lenet5.qmodel", **{key: described[key] for key in described if key != "path"}}
    assert document["reference"] == "lenet5.onnx"
    assert document["compared"] == len(document["tensors"])
    assert document["alternatives"]["this"]["bits_per_weight"] > 0
    assert 'id="predictions"' in target.read_text("utf-8")


def test_the_same_inputs_give_the_same_page(run, network_file, data, tmp_path):
    pages = []
    for name in ("one.html", "two.html"):
        options = ["--reference", network_path("lenet5"), "--data", data, "--alternatives-limit", 1]
        assert run("report", network_file, "-o", tmp_path / name, *options).exit_code == 0
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]


def test_a_damaged_file_gets_a_page_and_the_exit_code_of_verify(run, run_json, tmp_path):
    path = tmp_path / "damaged.qmodel"
    qmodel.save({"w": np.random.default_rng(0).standard_normal((200, 200))}, path)
    damaged = bytearray(path.read_bytes())
    damaged[2000] ^= 1
    path.write_bytes(damaged)
    document = run_json("report", path, exit_code=3)
    assert [finding["kind"] for finding in document["verification"]["findings"]] == ["CorruptError"]
    assert "<b>1 finding.</b>" in (tmp_path / "damaged.html").read_text("utf-8")
    assert run("verify", path).exit_code == 3


def test_deltas_need_their_base(run, tmp_path, weights):
    qmodel.save(weights, tmp_path / "base.qmodel", recipe="int8")
    changed = {**weights, "conv.bias": weights["conv.bias"] + 1}
    tuned = tmp_path / "tuned.qmodel"
    qmodel.save(changed, tuned, recipe={"*": qmodel.Delta(str(tmp_path / "base.qmodel"))})
    assert run("report", tuned).exit_code == 4
    assert run("report", tuned, "--force", "--base", tmp_path / "base.qmodel").exit_code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--alternatives-accuracy"], "give --data as well"),
        (["--data", "no.npz"], "no graph"),
        (["--reference", "no.npz"], "no.npz"),
        (["-o", "no/report.html"], "does not exist"),
        (["--pixel-scale", "x"], "--pixel-scale"),
        (["--alternatives-limit", "nan"], "--alternatives-limit"),
        (["--alternatives-limit", "inf"], "--alternatives-limit"),
    ],
)
def test_what_cannot_be_is_refused(run, file, options, words):
    result = run("report", file, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_only_qmodel_files_have_reports(run, archive):
    result = run("report", archive)
    assert result.exit_code == 2
    assert "`qmodel compress` makes one" in result.stderr


def test_weights_can_be_the_reference(run_json, file, archive):
    document = run_json("report", file, "--reference", archive, "--alternatives-limit", 0)
    assert document["compared"] == 2
    assert document["alternatives"]["against_reference"] is True


def test_pixel_options_describe_images(run_json, tmp_path, data):
    path = tmp_path / "net.qmodel"
    qmodel.save(qmodel.from_onnx(network_path("lenet5")), path)
    options = ["--data", data, "--pixel-scale", "1/255", "--no-alternatives"]
    document = run_json("report", path, *options)
    assert document["evaluation"]["outputs"][0]["classification"]["accuracy"] > 0.9
