import numpy as np
import pytest

import qmodel
from qmodel import Affine, Alias, InvalidInputError, Packed, Plain, QModelWarning, Recipe
from qmodel.recipes import PRESETS, as_recipe, recipe_from_toml
from tests.container.files import file_bytes

WEIGHT = np.random.default_rng(0).standard_normal((32, 32), dtype=np.float32)
WEIGHTS = {"conv1.weight": WEIGHT, "conv1.bias": WEIGHT[0], "fc.weight": WEIGHT * 2}


def encodings(recipe):
    with qmodel.open(file_bytes(WEIGHTS, recipe=recipe)) as file:
        return {name: file.tensors[name].encoding.spelled() for name in file}


def test_the_first_rule_that_matches_counts():
    recipe = {"*.bias": Plain("f16"), "conv*": Affine(bits=8, axis=0), "*": "int4"}
    assert encodings(recipe) == {
        "conv1.weight": "affine(plain s8, scale plain f32 per 1×32)",
        "conv1.bias": "plain f16",
        "fc.weight": "affine(plain s4, scale plain f16 per 1×32)",
    }


def test_what_no_rule_matches_stays_lossless():
    assert encodings({"fc.*": "int8"})["conv1.weight"] == "plain f32"


def test_a_rule_with_an_encoder_overrides_what_presets_leave_alone():
    assert encodings({"*": "int8"})["conv1.bias"] == "plain f32"
    assert encodings(Affine(bits=8))["conv1.bias"] == "affine(plain s8, scale plain f32)"


def test_a_rule_that_matches_nothing_is_a_warning():
    with pytest.warns(QModelWarning, match=r"the rule for 'Conv\*' matches no tensor"):
        encodings({"Conv*": "int8"})


def test_errors_name_the_tensor():
    weights = {"good": WEIGHT, "broken": np.full((20, 20), np.nan, np.float32)}
    with pytest.raises(InvalidInputError, match="tensor 'broken': NaN or infinity has no integer code; add a rule"):
        file_bytes(weights, recipe="int8")
    kept = file_bytes(weights, recipe={"broken": Plain(), "*": "int8"})
    with qmodel.open(kept) as file:
        assert np.isnan(file["broken"]).all()


def test_aliases_must_be_equal():
    weights = {"embed": WEIGHT, "head": WEIGHT.copy()}
    data = file_bytes(weights, recipe={"head": Alias("embed"), "*": "int8"})
    qmodel.verify(data)
    with qmodel.open(data) as file:
        assert np.array_equal(file["head"], file["embed"])
        assert file.tensors["head"].encoding.kind == "alias"
    for other in (WEIGHT * 2, WEIGHT.astype(np.float64), WEIGHT.reshape(-1)):
        with pytest.raises(InvalidInputError, match="'head': alias of 'embed', which has other values"):
            file_bytes({"embed": WEIGHT, "head": other}, recipe={"head": Alias("embed")})
    for target in ("nothing", "head"):
        with pytest.raises(InvalidInputError, match="which is no other tensor"):
            file_bytes(weights, recipe={"head": Alias(target)})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_by_name(name):
    assert as_recipe(name) == Recipe(default=PRESETS[name])
    assert str(as_recipe(name)) == name


@pytest.mark.parametrize("recipe", ["int9", "", 8, None, {"*": "int9"}, {"*": 4}, {"": "int8"}, {3: "int8"}])
def test_what_is_no_recipe(recipe):
    with pytest.raises(InvalidInputError, match=r"unknown recipe|a rule takes|name pattern"):
        as_recipe(recipe)


def test_recipes_spell_themselves():
    recipe = as_recipe({"*.bias": Plain("f16"), "c*": Affine(bits=4, block=32, scale=Plain("bf16")), "*": "int8"})
    spelled = (
        "*.bias: plain(dtype=f16), c*: affine(bits=4, block=32, scale=plain(dtype=bf16)), *: int8; default: lossless"
    )
    assert str(recipe) == spelled
    with qmodel.open(file_bytes(WEIGHTS, recipe=recipe)) as file:
        assert file.manifest.recipe == spelled


def written(tmp_path, text):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    return path


def test_toml_says_what_python_says(tmp_path):
    path = written(
        tmp_path,
        """
        default = "int8"
        [rules]
        "*.bias" = "lossless"
        "tied" = {encoding = "alias", tensor = "embed"}
        "conv*" = {encoding = "affine", bits = 4, block = [1, 16], scale = {encoding = "plain", dtype = "bf16"}}
        "*" = {encoding = "plain", coding = {codec = "zstd", filter = "byte_shuffle"}}
        """,
    )
    assert recipe_from_toml(path) == Recipe(
        (
            ("*.bias", PRESETS["lossless"]),
            ("tied", Alias("embed")),
            ("conv*", Affine(bits=4, block=(1, 16), scale=Plain("bf16"))),
            ("*", Plain(coding=Packed("zstd", "byte_shuffle"))),
        ),
        PRESETS["int8"],
    )
    assert as_recipe(path) == as_recipe(str(path)) == recipe_from_toml(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("default = ", "not TOML"),
        ('defaults = "int8"', "unknown entry 'defaults'"),
        ('default = "int9"', "default: a rule takes"),
        ("rules = 3", "'rules' must be a table"),
        ('[rules]\n"a" = {bits = 8}', "rule 'a': encoding must be one of plain, affine, .*, alias, .*, not None"),
        ('[rules]\n"a" = {encoding = "affin"}', "not 'affin'"),
        ('[rules]\n"a" = {encoding = "affine", bit = 8}', "affine has no option 'bit'; it has bits"),
        ('[rules]\n"a" = {encoding = "affine", bits = 99}', "1 to 16 bits, not 99"),
        ('[rules]\n"a" = {encoding = "affine", bits = "8"}', "an option has the wrong type"),
        ('[rules]\n"a" = {encoding = "alias"}', "alias needs the option 'tensor'"),
        ('[rules]\n"a" = {encoding = "plain", dtype = "f31"}', "unknown element type 'f31'"),
        ('[rules]\n"a" = {encoding = "plain", coding = {codec = "rar"}}', "unknown codec 'rar'"),
        ('[rules]\n"a" = {encoding = "plain", coding = {level = 3}}', "'codec' and 'filter', not 'level'"),
    ],
)
def test_toml_errors_say_where(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(InvalidInputError, match=message) as caught:
        as_recipe(path)
    assert str(path) in str(caught.value)


def test_a_missing_toml_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        as_recipe(tmp_path / "none.toml")
