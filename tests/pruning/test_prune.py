"""Pruning of single weights, within tensors and across them."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmodel
from qmodel import dtypes
from qmodel.errors import InvalidInputError
from qmodel.model import is_weight
from qmodel.pruning import prune_weights
from tests.arrays import FLOATS, same_bits, weights

SHAPE = (17, 31)


def normal(seed, shape=SHAPE, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def model_of(**arrays):
    return qmodel.Model(arrays)


def kept_by_sorting(arrays, kept, importance=None):
    """Masks of the `kept` elements that cost most over all arrays, the earlier one of equals."""
    costs = [
        np.abs(a.astype(np.float64)) * np.sqrt((importance or {}).get(name, np.ones(1))) for name, a in arrays.items()
    ]
    order = np.argsort(-np.concatenate([cost.ravel() for cost in costs]), kind="stable")[:kept]
    mask = np.zeros(sum(a.size for a in arrays.values()), bool)
    mask[order] = True
    ends = np.cumsum([a.size for a in arrays.values()])[:-1]
    return dict(zip(arrays, np.split(mask, ends), strict=True))


@given(st.lists(weights(dtypes=FLOATS), min_size=1, max_size=4), st.floats(0, 1))
def test_one_threshold_for_all_is_exact_with_ties(arrays, sparsity):
    named = {f"t{number}": array for number, array in enumerate(arrays)}
    pruned = prune_weights(named, sparsity=sparsity, select="*")
    size = sum(array.size for array in arrays)
    masks = kept_by_sorting(named, size - round(sparsity * size))
    for name, array in named.items():
        wanted = np.where(masks[name].reshape(array.shape), array, array.dtype.type(0))
        assert same_bits(pruned[name], wanted.reshape(array.shape))


def test_importance_counts_across_tensors():
    arrays = {"a": normal(0), "b": normal(1)}
    importance = {"a": np.full((1, 31), 9.0), "b": np.abs(normal(2))}
    pruned = prune_weights(arrays, sparsity=0.6, importance=importance)
    size = 2 * 17 * 31
    importance["a"] = np.broadcast_to(importance["a"], SHAPE)
    masks = kept_by_sorting(arrays, size - round(0.6 * size), importance)
    for name, array in arrays.items():
        assert np.array_equal(pruned[name] != 0, masks[name].reshape(SHAPE))
        assert np.array_equal(pruned[name][pruned[name] != 0], array[pruned[name] != 0])
    assert np.count_nonzero(pruned["a"]) > np.count_nonzero(pruned["b"])


def test_scopes_prune_each_tensor_or_row_alike():
    arrays = {"small": normal(0) / 100, "large": normal(1) * np.arange(1, 18)[:, np.newaxis]}
    everywhere = prune_weights(arrays, sparsity=0.5)
    assert np.count_nonzero(everywhere["small"]) < 10
    tensors = prune_weights(arrays, sparsity=0.5, scope="tensor")
    rows = prune_weights(arrays, sparsity=0.5, scope="row")
    for name in arrays:
        assert np.count_nonzero(tensors[name]) == 527 - round(0.5 * 527)
        assert (np.count_nonzero(rows[name], axis=1) == 31 - round(0.5 * 31)).all()
    assert np.count_nonzero(tensors["large"][0]) < 5


def test_groups_of_four_keep_two():
    array = normal(3, (16, 32))
    pruned = prune_weights({"w": array, "bias": np.ones(3, np.float32)}, pattern="2:4")
    assert (np.count_nonzero(pruned["w"].reshape(-1, 4), axis=1) == 2).all()
    assert np.array_equal(pruned["bias"], np.ones(3))
    with pytest.raises(InvalidInputError, match="tensor 'w': 2:4 needs an axis"):
        prune_weights({"w": np.array(1.0, np.float32)}, pattern="2:4", select=["w"])


def test_groups_run_along_rows_where_they_do_not_divide_the_last_axis():
    pruned = prune_weights({"w": normal(0, (16, 5, 3, 3))}, pattern="2:4")["w"].reshape(16, 45)
    assert (np.count_nonzero(pruned[:, :44].reshape(-1, 4), axis=1) == 2).all()
    assert (pruned[:, 44] != 0).all()


def test_every_float_type_keeps_what_stays():
    arrays = {
        "bf16": normal(0, dtype=ml_dtypes.bfloat16),
        "f16": normal(1, dtype=np.float16),
        "f64": normal(2, dtype=np.float64),
        "f8": normal(3, dtype=ml_dtypes.float8_e4m3fn),
        "s8": (normal(4) * 20).astype(np.int8),
    }
    pruned = prune_weights(arrays, sparsity=0.7, select="*")
    zeros = 0
    for name, array in arrays.items():
        assert pruned[name].dtype == array.dtype
        stays = pruned[name] != 0
        assert same_bits(pruned[name][stays], array[stays])
        zeros += array.size - np.count_nonzero(stays)
    assert zeros >= round(0.7 * 5 * 527)


def test_selection():
    arrays = {"conv.weight": normal(0), "head.weight": normal(1), "bias": normal(2, (527,)), "ids": np.ones(SHAPE, int)}

    def changed(select):
        pruned = prune_weights(arrays, sparsity=0.5, select=select)
        assert list(pruned) == list(arrays)
        return [name for name in arrays if not np.array_equal(pruned[name], arrays[name])]

    assert changed(None) == ["conv.weight", "head.weight"]
    assert changed("head.*") == ["head.weight"]
    assert changed(["bias", "conv.*"]) == ["conv.weight", "bias"]
    assert changed(lambda name: name.startswith("head")) == ["head.weight"]
    with pytest.raises(InvalidInputError, match=r"'fc\.\*' matches no tensor"):
        changed("fc.*")


def test_weights_are_floats_of_some_size():
    assert is_weight(dtypes.F32, (16, 16))
    assert not is_weight(dtypes.F32, (256, 1))
    assert not is_weight(dtypes.F32, (15, 17))
    assert not is_weight(dtypes.signed(8), (16, 16))


def test_nothing_is_touched_before_it_is_asked_for():
    array = normal(0)
    before = array.copy()
    asked = []

    class Lazy(dict):
        def __getitem__(self, name):
            asked.append(name)
            return super().__getitem__(name)

    arrays = Lazy(w=array, other=np.zeros(3))
    pruned = prune_weights(arrays, sparsity=0.5, scope="tensor", select="w")
    assert asked.count("other") == 0
    pruned["w"][:] = 7
    assert np.count_nonzero(pruned["w"]) == 527 - round(0.5 * 527)
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of them"),
        ({"sparsity": 0.5, "pattern": "2:4"}, "one of them"),
        ({"sparsity": 1.5}, "a fraction from 0 to 1"),
        ({"sparsity": float("nan")}, "a fraction from 0 to 1"),
        ({"pattern": "bitmap"}, "takes a pattern such as '2:4'"),
        ({"pattern": "4:2"}, "unknown pattern"),
        ({"sparsity": 0.5, "scope": "column"}, "unknown scope"),
        ({"sparsity": 0.5, "importance": {"v": np.ones(1)}}, "'v', which is no tensor"),
        ({"sparsity": 0.5, "importance": {"w": np.ones(5)}}, "tensor 'w': importance of shape"),
        ({"sparsity": 0.5, "importance": {"w": np.array(-1.0)}}, "tensor 'w': importance must be finite"),
        ({"sparsity": 0.5, "importance": {"w": np.array(np.nan)}}, "tensor 'w': importance must be finite"),
    ],
)
def test_senseless_options_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        prune_weights({"w": normal(0)}, **options)


@pytest.mark.parametrize("scope", ["global", "tensor", "row"])
def test_nan_is_refused_with_the_name(scope):
    array = normal(0)
    array[3, 4] = np.nan
    with pytest.raises(InvalidInputError, match="tensor 'w': NaN or infinity cannot be pruned"):
        prune_weights({"w": array}, sparsity=0.5, scope=scope)["w"]


def test_all_and_none():
    arrays = {"w": normal(0), "v": normal(1)}
    for scope in ("global", "tensor", "row"):
        assert not prune_weights(arrays, sparsity=1, scope=scope)["w"].any()
        assert same_bits(prune_weights(arrays, sparsity=0, scope=scope)["w"], arrays["w"])
    assert len(prune_weights({"bias": np.ones(3)}, sparsity=0.5)) == 1


def test_pruned_models_are_saved_sparse(tmp_path, digits):
    network = qmodel.load(qmodel_file(tmp_path))
    pruned = qmodel.prune(network, sparsity=0.5)
    path = tmp_path / "pruned.qmodel"
    qmodel.save(pruned, path, recipe={"*weight": qmodel.Sparse(values=qmodel.Affine(bits=8))})
    loaded = qmodel.load(path)
    names = [name for name in loaded.weights if name.endswith("weight") and loaded.weights[name].ndim > 1]
    sizes = sum(loaded.weights[name].size for name in names)
    zeros = sum(np.count_nonzero(pruned.weights[name] == 0) for name in names)
    assert zeros == round(0.5 * sizes)
    for name in names:
        assert (loaded.weights[name][pruned.weights[name] == 0] == 0).all()
    images = digits[0][:8].reshape(8, 1, 28, 28).astype(np.float32) / 255
    assert loaded.graph is not None
    (before,) = qmodel.run(pruned, {loaded.graph.inputs[0].name: images}).values()
    (after,) = qmodel.run(loaded, {loaded.graph.inputs[0].name: images}).values()
    assert np.array_equal(before.argmax(1), after.argmax(1))


def qmodel_file(tmp_path):
    from tests.conftest import network_path

    path = tmp_path / "lenet5.qmodel"
    qmodel.save(qmodel.from_onnx(network_path("lenet5")), path)
    return path


def test_a_mapping_of_arrays_becomes_a_model():
    pruned = qmodel.prune({"w": normal(0).tolist()}, sparsity=0.25)
    assert np.count_nonzero(pruned.weights["w"] == 0) == round(0.25 * 527)
    assert pruned.graph is None
