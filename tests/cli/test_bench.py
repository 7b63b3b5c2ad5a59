import numpy as np
import pytest

import qmodel
from qmodel.buffers.choices import CODING_CHOICES
from qmodel.recipes import PRESETS


def names(part):
    return [row["name"] for row in part["methods"]]


def test_json_has_every_method_for_values_and_every_coding_for_stored_arrays(run_json, file):
    document = run_json("bench", file)
    assert document["size"] == file.stat().st_size
    assert {*CODING_CHOICES, *PRESETS, "prune-50"} <= set(names(document["values"]))
    assert names(document["stored_arrays"]) == list(CODING_CHOICES)
    with qmodel.open(file) as reader:
        assert document["values"]["bytes"] == sum(array.nbytes for array in reader.values())
    assert document["values"]["measured_arrays"] == 3
    raw, zstd = document["values"]["methods"][:2]
    assert (raw["name"], raw["bytes"], raw["ratio"]) == ("raw", document["values"]["bytes"], 1)
    assert zstd["decode_bytes_per_second"] > 0
    by_name = {row["name"]: row for row in document["values"]["methods"]}
    assert by_name["lzo"]["relative_mse"] == 0 < by_name["int4"]["relative_mse"]


def test_plain_values_have_no_other_stored_arrays(run_json, tmp_path, weights, archive):
    path = tmp_path / "plain.qmodel"
    qmodel.save(weights, path)
    options = ["--method", "z*", "--method", "raw"]
    assert run_json("bench", path, *options).keys() == {"path", "size", "values"}
    document = run_json("bench", archive, *options)
    assert names(document["values"]) == ["raw", "zstd", "zlib"]


def test_the_table_shows_what_was_measured(run, file):
    result = run("bench", file, "--method", "lzo", "--method", "int8")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"{file}  {file.stat().st_size:,} bytes"
    assert lines[2].startswith("values  2.4 kB in 3 arrays")
    rows = [line.split() for line in lines if line.startswith(("lzo ", "int8 "))]
    assert [row[:2] for row in rows] == [["lzo", "lossless"], ["int8", "quantization"], ["lzo", "lossless"]]
    assert any(line.startswith("stored arrays  ") and line.endswith(" in 4 arrays") for line in lines)


def test_large_files_are_sampled(run, run_json, tmp_path):
    path = tmp_path / "large.npz"
    np.savez(path, w=np.zeros((1000, 1000), np.float32), v=np.ones(100, np.float32))
    result = run("bench", path, "--limit", "1", "--method", "raw")
    assert "values  1.0 MB of 4.0 MB: the first rows of each of 2 arrays" in result.stdout
    document = run_json("bench", path, "--limit", "0", "--method", "raw")
    assert document["values"]["measured_bytes"] == document["values"]["bytes"] == 4_000_400


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("gzip", ["zlib"]),
        ("lz77", ["lz4"]),
        ("lzo", ["lzo"]),
        ("arithmetic", ["arithmetic"]),
        ("lossless", ["lossless"]),
        ("pruning", ["deep-compression", "prune-50", "prune-90", "prune-50-int8"]),
    ],
)
def test_methods_go_by_all_their_names_and_by_their_kind(run_json, archive, pattern, wanted):
    assert names(run_json("bench", archive, "--method", pattern)["values"]) == wanted


@pytest.mark.parametrize("pattern", ["rar", "*.bias"])
def test_unknown_methods_are_refused(run, file, pattern):
    result = run("bench", file, "--method", pattern)
    assert result.exit_code == 2
    assert "no method matches; there are raw, zstd, " in result.stderr
