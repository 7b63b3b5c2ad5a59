import io

import numpy as np
import pytest

import qmodel
from qmodel import Affine, Alias, Plain, Recipe
from qmodel.encodings import AliasNode, DeltaNode
from qmodel.recipes import against
from tests.arrays import same_bits

RANDOM = np.random.default_rng(11)
WEIGHT = RANDOM.standard_normal((30, 40)).astype(np.float32)


def saved(weights, recipe="lossless"):
    target = io.BytesIO()
    summary = qmodel.save(weights, target, recipe=recipe)
    return summary, qmodel.open(target.getvalue())


def aliases(reader):
    return {
        name: record.encoding.tensor
        for name, record in reader.tensors.items()
        if isinstance(record.encoding, AliasNode)
    }


class Counted(dict):
    """Weights that count how often each is asked for."""

    def __init__(self, weights):
        super().__init__(weights)
        self.asked = dict.fromkeys(weights, 0)

    def __getitem__(self, name):
        self.asked[name] += 1
        return super().__getitem__(name)


@pytest.mark.parametrize("recipe", ["lossless", "fp16", "int8", "int4", Affine(bits=8), {"*": Affine(bits=4, block=8)}])
def test_identical_tensors_are_aliases_of_the_first_by_name(recipe):
    weights = {"c": WEIGHT.copy(), "a": WEIGHT, "b": WEIGHT + 1, "d": WEIGHT.copy()}
    summary, reader = saved(weights, recipe)
    assert aliases(reader) == {"c": "a", "d": "a"}
    assert same_bits(reader["a"], reader["c"])
    by_name = {tensor.name: tensor for tensor in summary.tensors}
    assert by_name["c"].relative_mse == by_name["a"].relative_mse
    assert by_name["c"].stored_bytes == 0
    assert reader.tensors["c"].quality == reader.tensors["a"].quality
    assert qmodel.verify(reader.raw(0, reader.size)).tensors == 4


def test_every_tensor_is_asked_for_in_turn_and_a_twin_once_more():
    weights = Counted({"a": WEIGHT, "b": WEIGHT + 1, "c": WEIGHT.copy()})
    saved(weights)
    assert weights.asked == {"a": 2, "b": 1, "c": 1}


def test_only_the_same_bits_type_and_shape_are_one():
    zero = np.zeros((20, 30), np.float32)
    different = {
        "a": zero,
        "b": -zero,
        "c": zero.reshape(30, 20),
        "d": zero.view(np.int32),
        "e": zero.astype(np.float16),
    }
    _, reader = saved(different | {"f": np.zeros((20, 30), np.float32)})
    assert aliases(reader) == {"f": "a"}
    assert all(same_bits(reader[name], values) for name, values in different.items())


def test_an_equal_checksum_is_not_enough(monkeypatch):
    monkeypatch.setattr("qmodel.recipes.ties.crc32c", lambda _: 7)
    _, reader = saved({"a": WEIGHT, "b": WEIGHT + 1, "c": WEIGHT.copy()})
    assert aliases(reader) == {"c": "a"}
    assert same_bits(reader["b"], WEIGHT + 1)


def test_tiny_tensors_are_stored_twice():
    _, reader = saved({"a" * 60: np.float32(1), "b": np.float32(1)})
    assert not aliases(reader)
    _, longer = saved({"a": np.arange(60, dtype=np.float32), "b": np.arange(60, dtype=np.float32)})
    _, apart = saved({"a": np.arange(60, dtype=np.float32), "b": np.arange(60, dtype=np.float32)}, Recipe(tie=False))
    assert aliases(longer) == {"b": "a"}
    assert not aliases(apart)
    assert longer.size < apart.size


def test_a_rule_with_an_encoder_of_its_own_counts():
    weights = {"a": WEIGHT, "b": WEIGHT.copy()}
    _, reader = saved(weights, {"a": Affine(bits=4), "b": Plain()})
    assert not aliases(reader)
    assert same_bits(reader["b"], WEIGHT)
    _, reader = saved(weights, {"a": Affine(bits=4), "b": Affine(bits=4)})
    assert aliases(reader) == {"b": "a"}
    _, reader = saved(weights, {"a": Plain(), "b": "int4"})
    assert aliases(reader) == {"b": "a"}
    assert "tie" not in str(Recipe())


@pytest.mark.parametrize("target", ["a", "b", "z"])
def test_aliases_that_a_rule_spells_stay_valid(target):
    """The target of an alias must not be an alias itself, whether it comes before or after."""
    weights = {name: WEIGHT.copy() for name in "abcz"}
    _, reader = saved(weights, {"c": Alias(target)})
    found = aliases(reader)
    assert found["c"] == target
    assert not set(found) & set(found.values())
    assert all(same_bits(reader[name], WEIGHT) for name in weights)


def test_against_a_base_stores_what_changed():
    base = {"a": WEIGHT, "same": WEIGHT * 3, "other_shape": WEIGHT, "steps": np.arange(900), "half": WEIGHT}
    tuned = {
        "a": WEIGHT * np.float32(1.001),
        "new": WEIGHT * 2,
        "other_shape": WEIGHT[:20],
        "same": WEIGHT * 3,
        "steps": np.arange(900) + 1,
        "half": WEIGHT.astype(np.float16),
    }
    target = io.BytesIO()
    summary = qmodel.save(tuned, target, recipe=against(qmodel.Recipe(), base))
    with qmodel.open(target.getvalue(), bases=[base]) as reader:
        assert all(same_bits(reader[name], values) for name, values in tuned.items())
        deltas = {name for name, record in reader.tensors.items() if isinstance(record.encoding, DeltaNode)}
        assert deltas == {"a", "same", "steps"}
        assert reader.manifest.recipe == "delta(lossless)"
    assert summary.relative_mse == 0
    assert summary.output_bytes < qmodel.save(tuned, io.BytesIO()).output_bytes


def test_against_a_base_quantizes_what_changed():
    tuned = {"a": WEIGHT + RANDOM.standard_normal(WEIGHT.shape).astype(np.float32) * np.float32(0.01)}
    target = io.BytesIO()
    recipe = against(qmodel.recipes.as_recipe("int4"), {"a": WEIGHT})
    summary = qmodel.save(tuned, target, recipe=recipe)
    alone = qmodel.save(tuned, io.BytesIO(), recipe="int4")
    assert summary.relative_mse < alone.relative_mse / 1000
    with qmodel.open(target.getvalue(), bases=[{"a": WEIGHT}]) as reader:
        error = np.square(reader["a"] - tuned["a"], dtype=np.float64).sum()
        assert error / np.square(tuned["a"], dtype=np.float64).sum() == pytest.approx(summary.relative_mse, rel=1e-6)


def test_bases_by_path_are_opened_once_and_closed(tmp_path, monkeypatch):
    path = tmp_path / "base.qmodel"
    qmodel.save({"a": WEIGHT, "x": WEIGHT + 1}, path)
    opened = []
    from qmodel.recipes import deltas

    class Watched(deltas.Reader):
        def __init__(self, source):
            super().__init__(source)
            opened.append(self)

    monkeypatch.setattr(deltas, "Reader", Watched)
    _, reader = saved(
        {"a": WEIGHT * 2, "b": WEIGHT}, {"a": qmodel.Delta(path), "b": qmodel.Delta(str(path), tensor="x")}
    )
    assert len(opened) == 1
    with pytest.raises(qmodel.InvalidInputError, match="closed"):
        opened[0]["a"]
    assert str(path) not in reader.manifest.recipe
    with pytest.raises(qmodel.InvalidInputError, match="tensor 'b': delta against tensor 'b', which the base does not"):
        saved({"b": WEIGHT}, qmodel.Delta(path))
