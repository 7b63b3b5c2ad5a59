"""One coding for all packed buffers of a file."""

import numpy as np
import pytest

import qmodel
from qmodel.buffers.choices import CODING_CHOICES
from qmodel.errors import InvalidInputError
from qmodel.recipes import Recipe, as_recipe

WEIGHTS = {
    "w": np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32),
    "b": np.zeros(500, np.float32),
    "n": np.arange(3),
}


def features(path):
    with qmodel.open(path) as file:
        return set(file.manifest.required_features)


@pytest.mark.parametrize("coding", [*CODING_CHOICES, "smallest"])
@pytest.mark.parametrize("recipe", ["lossless", "int8", "deep-compression"])
def test_every_coding_keeps_what_the_recipe_gives(tmp_path, coding, recipe):
    qmodel.save(WEIGHTS, tmp_path / "usual.qmodel", recipe=recipe)
    qmodel.save(WEIGHTS, tmp_path / "coded.qmodel", recipe=recipe, coding=coding)
    qmodel.verify(tmp_path / "coded.qmodel")
    with qmodel.open(tmp_path / "usual.qmodel") as usual, qmodel.open(tmp_path / "coded.qmodel") as coded:
        for name in WEIGHTS:
            np.testing.assert_array_equal(coded[name], usual[name])
        assert coded.manifest.recipe == f"{usual.manifest.recipe}; coding: {coding}"


def test_all_packed_buffers_get_it(tmp_path):
    qmodel.save(WEIGHTS, tmp_path / "a.qmodel", recipe="int8", coding="lzo")
    assert features(tmp_path / "a.qmodel") == {"affine", "lzo"}
    qmodel.save(WEIGHTS, tmp_path / "a.qmodel", coding="byte_shuffle+gzip")
    assert features(tmp_path / "a.qmodel") == {"byte_shuffle", "zlib"}
    qmodel.save(WEIGHTS, tmp_path / "a.qmodel", coding="raw")
    assert features(tmp_path / "a.qmodel") == set()


def test_the_smallest_is_no_larger_than_any(tmp_path):
    def size(recipe, coding):
        return qmodel.save(WEIGHTS, tmp_path / "a.qmodel", recipe=recipe, coding=coding).output_bytes

    for recipe in ("int8", "nf4"):
        sizes = {coding: size(recipe, coding) for coding in ("raw", "zstd", "rans", "arithmetic", "smallest")}
        assert sizes["smallest"] == min(sizes.values())


def test_deep_compression_codes_its_palette_by_frequencies(tmp_path):
    qmodel.save(WEIGHTS, tmp_path / "a.qmodel", recipe="deep-compression")
    assert features(tmp_path / "a.qmodel") & {"rans", "arithmetic"}
    coded = (tmp_path / "a.qmodel").stat().st_size
    qmodel.save(WEIGHTS, tmp_path / "a.qmodel", recipe="deep-compression", coding="zstd")
    assert not features(tmp_path / "a.qmodel") & {"rans", "arithmetic"}
    assert coded < 0.95 * (tmp_path / "a.qmodel").stat().st_size


def test_unknown_codings_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="unknown coding 'rar'"):
        qmodel.save(WEIGHTS, tmp_path / "a.qmodel", coding="rar")
    assert not (tmp_path / "a.qmodel").exists()


def test_recipe_files_may_name_it(tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text('default = "int8"\ncoding = "lz4"\n')
    assert as_recipe(file) == Recipe(default=as_recipe("int8").default, coding="lz4")
    file.write_text("coding = 4\n")
    with pytest.raises(InvalidInputError, match="'coding' must be the name"):
        as_recipe(file)


def test_the_command_takes_it(tmp_path):
    from typer.testing import CliRunner

    from qmodel.cli.application import app

    np.savez(tmp_path / "w.npz", **WEIGHTS)
    result = CliRunner().invoke(app, ["compress", str(tmp_path / "w.npz"), "--coding", "brotli"])
    assert result.exit_code == 0, result.output
    assert features(tmp_path / "w.qmodel") == {"brotli"}
