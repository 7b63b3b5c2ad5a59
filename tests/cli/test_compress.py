import numpy as np
import pytest
from safetensors.numpy import save_file

import qmodel
from tests.conftest import network_path


def test_default_output_is_beside_the_input(run, archive, weights):
    result = run("compress", archive)
    assert result.exit_code == 0
    assert "net.qmodel" in result.stdout
    loaded = qmodel.load(archive.with_suffix(".qmodel"))
    assert set(loaded.weights) == set(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(loaded.weights[name], array)


def test_default_output_is_not_overwritten_without_force(run, archive):
    target = archive.with_suffix(".qmodel")
    target.write_bytes(b"precious")
    refused = run("compress", archive)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert target.read_bytes() == b"precious"
    assert run("compress", archive, "--force").exit_code == 0
    assert qmodel.verify(target).tensors == 3


def test_named_output_is_overwritten(run, archive, tmp_path):
    target = tmp_path / "other.qmodel"
    target.write_bytes(b"old")
    assert run("compress", archive, "-o", target).exit_code == 0
    assert qmodel.verify(target).tensors == 3


def test_a_file_is_re_encoded_in_its_place_only_with_force(run, file):
    before = file.read_bytes()
    assert run("compress", file, "--recipe", "int4").exit_code == 2
    assert file.read_bytes() == before
    assert run("compress", file, "--recipe", "int4", "--force").exit_code == 0
    with qmodel.open(file) as reader:
        assert reader.tensors["conv.weight"].encoding.spelled().startswith("affine(plain s4")


@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_a_folder_is_no_output(run, file, tmp_path, command):
    result = run(command, file, "-o", tmp_path)
    assert result.exit_code == 2
    assert "is a folder" in result.stderr


def test_json_is_the_summary(run_json, archive, weights, tmp_path):
    target = tmp_path / "out.qmodel"
    document = run_json("compress", archive, "-o", target, "--recipe", "int8")
    assert document["input_bytes"] == sum(array.nbytes for array in weights.values())
    assert document["output_bytes"] == target.stat().st_size
    assert document["seconds"] > 0
    assert set(document) == {"input_bytes", "output_bytes", "bits_per_weight", "relative_mse", "seconds", "tensors"}
    tensor = next(each for each in document["tensors"] if each["name"] == "conv.weight")
    assert set(tensor) == {"name", "shape", "dtype", "encoding", "bits_per_weight", "relative_mse"}
    decoded = qmodel.load(target).weights["conv.weight"].astype(np.float64)
    original = weights["conv.weight"].astype(np.float64)
    assert tensor["relative_mse"] == pytest.approx(((decoded - original) ** 2).sum() / (original**2).sum())


def test_first_matching_rule_counts_before_the_recipe(run, archive, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('default = "fp16"\n[rules]\n"conv.*" = "int8"\n')
    target = tmp_path / "out.qmodel"
    result = run("compress", archive, "-o", target, "--recipe", recipe, "--rule", "*.bias=bf16")
    assert result.exit_code == 0
    with qmodel.open(target) as reader:
        spelled = {name: record.encoding.spelled() for name, record in reader.tensors.items()}
        assert reader.manifest.recipe == "*.bias: bf16, conv.*: int8; default: fp16"
    assert spelled["conv.bias"] == "plain bf16"
    assert spelled["conv.weight"].startswith("affine(plain s8")


def test_a_rule_that_matches_nothing_is_a_warning(run, archive):
    result = run("compress", archive, "--rule", "nothing*=int8")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == ["qmodel: warning: the rule for 'nothing*' matches no tensor"]


def test_metadata_is_stored(run, archive):
    run("compress", archive, "--metadata", "author=me", "--metadata", "equation=a=b")
    assert qmodel.load(archive.with_suffix(".qmodel")).metadata == {"author": "me", "equation": "a=b"}


def test_safetensors_keep_their_metadata(run, weights, tmp_path):
    save_file(weights, tmp_path / "net.safetensors", metadata={"format": "np"})
    assert run("compress", tmp_path / "net.safetensors").exit_code == 0
    model = qmodel.load(tmp_path / "net.qmodel")
    assert model.metadata == {"format": "np"}
    np.testing.assert_array_equal(model.weights["conv.weight"], weights["conv.weight"])


def test_re_encoding_keeps_graph_and_metadata(run, network_file, tmp_path):
    target = tmp_path / "again.qmodel"
    assert run("compress", network_file, "-o", target, "--recipe", "fp16").exit_code == 0
    before, after = qmodel.load(network_file), qmodel.load(target)
    assert after.graph == before.graph
    assert after.metadata == before.metadata


def test_pixel_options_become_the_image_input(run, tmp_path):
    target = tmp_path / "out.qmodel"
    options = ("--pixel-scale", "1/255", "--pixel-mean", "0.5", "--pixel-std", "1/4", "--layout", "nchw")
    assert run("compress", network_path("lenet5"), "-o", target, *options).exit_code == 0
    (image_input,) = qmodel.load(target).graph.image_inputs
    assert np.float32(image_input.scale) == np.float32(1 / 255)
    assert (image_input.mean, image_input.std) == ((0.5,), (0.25,))
    assert image_input.layout is qmodel.ImageLayout.NCHW


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--recipe", "int9"), "unknown recipe 'int9'"),
        (("--rule", "no-preset"), "--rule takes PATTERN=PRESET"),
        (("--rule", "*=int9"), "not 'int9'"),
        (("--metadata", "novalue"), "--metadata takes KEY=VALUE"),
        (("--pixel-scale", "1/0"), "neither a number nor a fraction"),
        (("--pixel-scale", "one"), "neither a number nor a fraction"),
        (("--pixel-mean", "1,,2"), "neither a number nor a fraction"),
        (("--layout", "chwn"), "unknown layout 'chwn'"),
        (("--threads", "0"), "--threads"),
        (("-o", "no/such/folder/x.qmodel"), "does not exist"),
    ],
)
def test_unusable_options_are_named_in_one_line(run, tmp_path, options, words):
    result = run("compress", network_path("lenet5"), "-o", tmp_path / "x.qmodel", *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("qmodel: error: ")
    assert words in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["net.pt", "net"])
def test_a_wrong_suffix_says_what_is_known(run, tmp_path, name):
    (tmp_path / name).write_bytes(b"?")
    result = run("compress", tmp_path / name)
    assert result.exit_code == 2
    for suffix in (".onnx", ".npz", ".safetensors", ".qmodel"):
        assert suffix in result.stderr


@pytest.mark.parametrize("suffix", [".onnx", ".npz", ".safetensors", ".qmodel"])
def test_a_missing_input_is_named(run, tmp_path, suffix):
    result = run("compress", tmp_path / f"missing{suffix}")
    assert result.exit_code == 2
    assert f"missing{suffix}" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_weights_alone_have_no_image_input(run, archive):
    result = run("compress", archive, "--pixel-scale", "1/255")
    assert result.exit_code == 2
    assert "no graph" in result.stderr


def test_simplify_rewrites_the_graph(run, tmp_path):
    plain, simple = tmp_path / "plain.qmodel", tmp_path / "simple.qmodel"
    assert run("compress", network_path("lstm"), "-o", plain).exit_code == 0
    assert run("compress", network_path("lstm"), "-o", simple, "--simplify").exit_code == 0
    assert len(qmodel.load(simple).weights) == len(qmodel.load(plain).weights) - 1
    assert qmodel.verify(simple).tensors == len(qmodel.load(simple).weights)


def test_weights_alone_are_not_simplified(run, archive, weights):
    assert run("compress", archive, "--simplify").exit_code == 0
    assert set(qmodel.load(archive.with_suffix(".qmodel")).weights) == set(weights)


def test_a_quality_needs_no_recipe(run_json, archive, tmp_path):
    document = run_json("compress", archive, "-o", tmp_path / "small.qmodel", "--relative-mse", "0.01")
    assert document["relative_mse"] == pytest.approx(0.01, rel=0.01)
