import numpy as np
import pytest

import qmodel
from qmodel.quality.error import ErrorSums
from tests.conftest import network_path

BASE = {"same": np.arange(6, dtype=np.float32), "w": np.array([[3.0, 4.0]], np.float32), "n": np.arange(3)}


@pytest.fixture
def files(tmp_path):
    """Make a file of weights: files("a", weights, **options) -> path."""

    def make(name, weights, **options):
        path = tmp_path / f"{name}.qmodel"
        qmodel.save(weights, path, **options)
        return path

    return make


def changes(document):
    return {tensor["name"]: tensor["changes"] for tensor in document["tensors"] if tensor["changes"]}


def test_a_file_equals_itself(run_json, run, file):
    document = run_json("diff", file, file)
    assert document["equal"]
    assert changes(document) == {}
    assert (document["relative_mse"], document["max_abs_error"]) == (0, 0)
    assert document["compared_values"] == sum(int(np.prod(t["a"]["shape"])) for t in document["tensors"])
    lines = run("diff", file, file).stdout.splitlines()
    assert lines == [f"{file} → {file}  equal", "  tensors  3 tensors the same"]


@pytest.mark.parametrize(
    ("name", "other", "wanted"),
    [
        ("w", None, ["removed"]),
        ("more", np.ones(2, np.float32), ["added"]),
        ("w", np.array([3.0, 4.0], np.float32), ["shape"]),
        ("w", np.array([[3.0, 5.0]], np.float32), ["values"]),
        ("w", np.array([[3.0, 4.0]], np.float16), ["dtype", "encoding"]),
        ("w", np.array([[3.0, 4.1]], np.float64), ["dtype", "encoding", "values"]),
        ("n", np.arange(3, dtype=np.uint8), ["dtype", "encoding"]),
    ],
)
def test_each_change_of_a_tensor_is_named_and_ends_in_1(run_json, files, name, other, wanted):
    changed = {**BASE, name: other} if other is not None else {key: BASE[key] for key in BASE if key != name}
    document = run_json("diff", files("a", BASE), files("b", changed), exit_code=1)
    assert not document["equal"]
    assert changes(document) == {name: wanted}


def test_another_encoding_of_equal_values_is_shown_and_ends_in_0(run_json, files):
    values = {"w": np.array([1.0, 0.5, 2.0], np.float32)}
    document = run_json("diff", files("a", values), files("b", values, recipe="fp16"))
    assert document["equal"]
    assert changes(document) == {"w": ["encoding"]}
    (tensor,) = document["tensors"]
    assert [tensor[side]["encoding"] for side in "ab"] == ["plain bf16", "plain f16"]


def test_figures_are_those_of_b_against_a(run_json, files):
    changed = {**BASE, "w": np.array([[3.0, 5.0]], np.float32)}
    document = run_json("diff", files("a", BASE), files("b", changed), exit_code=1)
    tensor = next(tensor for tensor in document["tensors"] if tensor["name"] == "w")
    assert (tensor["relative_mse"], tensor["max_abs_error"]) == (1 / 25, 1)
    assert tensor["sqnr_db"] == pytest.approx(13.979, abs=1e-3)
    total = ErrorSums()
    for name, values in BASE.items():
        total = total.add(values, changed[name])
    assert document["relative_mse"] == pytest.approx(total.relative_mse)


def test_what_compression_cost_a_network(run_json, run, network_file):
    original = network_path("lenet5")
    document = run_json("diff", original, network_file, exit_code=1)
    with qmodel.open(network_file) as reader:
        recorded = {name: record.quality for name, record in reader.tensors.items() if record.quality}
    assert {name for name, found in changes(document).items() if found == ["values"]} == set(recorded)
    for tensor in document["tensors"]:
        if quality := recorded.get(tensor["name"]):
            assert tensor["relative_mse"] == pytest.approx(quality.relative_mse, rel=1e-3)  # recorded with few digits
            assert tensor["a"]["encoding"] is None
    assert {part["part"] for part in document["graph"]} == {"image input"}  # given when the file was made
    text = run("diff", original, network_file).stdout
    assert "SQNR dB" in text
    assert "image input" in text


def test_graphs_and_metadata_are_compared(run_json, run, tmp_path, files):
    network = tmp_path / "lenet5.qmodel"
    qmodel.save(qmodel.from_onnx(network_path("lenet5")), network, metadata={"author": "a", "licence": "l"})
    other = tmp_path / "lenet300.qmodel"
    qmodel.save(qmodel.from_onnx(network_path("lenet300")), other, metadata={"author": "b", "date": "d"})
    document = run_json("diff", network, other, exit_code=1)
    assert document["metadata"]["author"] == {"a": "a", "b": "b"}
    assert document["metadata"]["licence"] == {"a": "l", "b": None}
    assert document["metadata"]["date"] == {"a": None, "b": "d"}
    (nodes,) = [part for part in document["graph"] if part["part"] == "node"]
    assert any("= Conv(" in node for node in nodes["removed"])
    lines = run("diff", network, other).stdout.splitlines()
    assert any(line.split()[:2] == ["author", "a"] and line.endswith("a → b") for line in lines)
    assert any(line.startswith("  − node") and "Conv(" in line for line in lines)
    weights_alone = run_json("diff", network, files("weights", BASE), exit_code=1)
    assert [(part["part"], len(part["removed"]), part["added"]) for part in weights_alone["graph"]] == [
        ("graph", 1, [])
    ]


def test_table_shows_both_sides(run, files):
    changed = {"same": BASE["same"], "w": np.ones((2, 3), np.float16), "new": np.ones(4)}
    result = run("diff", files("a", BASE), files("b", changed))
    assert result.exit_code == 1
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "shape, type" in rows["w"]
    assert "1×2 → 2×3" in rows["w"]
    assert "f32 → f16" in rows["w"]
    assert "added" in rows["new"]
    assert "removed" in rows["n"]
    assert "4 tensors, 1 the same" in result.stdout


def test_an_unreadable_side_is_an_error(run, file, tmp_path):
    assert run("diff", file, tmp_path / "none.qmodel").exit_code == 2
    broken = tmp_path / "broken.qmodel"
    broken.write_bytes(file.read_bytes()[:-5])
    assert run("diff", broken, file).exit_code == 3
    assert run("diff", file, tmp_path / "net.txt").exit_code == 2
