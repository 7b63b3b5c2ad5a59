"""A trellis whose codes are coded arithmetically: the search knows what they cost, chunks are runs."""

import numpy as np
import pytest

from qmodel import dtypes
from qmodel.buffers import MemorySource, Payloads, arithmetic, load
from qmodel.buffers.arithmetic_fit import Arithmetic
from qmodel.buffers.rans_fit import Rans
from qmodel.buffers.sizes import file_bytes
from qmodel.encodings import Trellis
from qmodel.encodings.node import Surroundings
from qmodel.encodings.trellis_models import coding_models
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray


def smooth(rows=60, columns=90):
    noise = np.random.default_rng(0).normal(0, 1, (rows, columns))
    for column in range(1, columns):
        noise[:, column] += 0.9 * noise[:, column - 1]
    return noise.astype(np.float32)


def encoded(values, choice, **options):
    return Trellis(coding=choice, **options).encode(TypedArray(dtypes.F32, values))


def decoded(node, shape):
    node.check(shape, Surroundings())
    return node.decode(shape, MemorySource()).storage


@pytest.mark.parametrize("states", [4, 64])
def test_the_error_is_met(states):
    values = smooth()
    node = encoded(values, Arithmetic(), relative_mse=0.02, states=states)
    assert node.follows_coding
    assert node.codes.coding.trellis_states == states
    assert node.spelled() == f"trellis(s8, {states} states)"
    error = np.square(decoded(node, values.shape) - values).sum() / np.square(values).sum()
    assert error == pytest.approx(0.02, rel=0.02)


def test_fewer_bytes_than_rans_where_neighbours_resemble():
    values = smooth()
    sizes = [file_bytes(encoded(values, choice, relative_mse=0.05).codes) for choice in (Arithmetic(), None)]
    assert sizes[0] < 0.8 * sizes[1]


def test_chunks_are_runs(monkeypatch):
    from qmodel.buffers import arithmetic_fit, arithmetic_rates
    from qmodel.encodings import trellis_models

    for module in (arithmetic, arithmetic_fit, arithmetic_rates, trellis_models):
        monkeypatch.setattr(module, "ELEMENTS_PER_CHUNK", 2000)
    values = smooth()
    node = encoded(values, Arithmetic(), relative_mse=0.02)
    assert isinstance(node.codes.location, Payloads)
    assert len(node.codes.location.parts) == 3
    error = np.square(decoded(node, values.shape) - values).sum() / np.square(values).sum()
    assert error == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (5, 1, 1)])
def test_small_arrays(shape):
    values = np.full(shape, 3, np.float32)
    node = encoded(values, Arithmetic(), step=1.0)
    np.testing.assert_allclose(decoded(node, shape), values, atol=1.01)


def test_runs_cannot_be_chosen():
    with pytest.raises(InvalidInputError, match="chunks"):
        encoded(smooth(), Arithmetic(), relative_mse=0.1, run_length=64)


@pytest.mark.parametrize("step", [0.001, 0.3, 1.5])
@pytest.mark.parametrize("effort", ["small", "smallest"])
def test_what_rans_promises_is_what_it_takes(step, effort):
    values = np.random.default_rng(0).standard_normal((90, 100)).astype(np.float32)
    node = encoded(values, Rans(effort), step=step)
    (model,) = coding_models((Rans(effort),), values.shape, 8, 0)
    promised = model.promised_bytes(load(node.codes, MemorySource()), node.codes.element_type)
    assert promised == pytest.approx(file_bytes(node.codes), rel=0.05, abs=16)


def test_of_several_codings_the_smallest_is_taken():
    for values, step in ((smooth(), 0.5), (smooth(4, 4), 0.01), (np.zeros((20, 30), np.float32), 1.0)):
        choices = (Arithmetic(), Rans("smallest"))
        alone = [file_bytes(encoded(values, choice, step=step).codes) for choice in choices]
        assert file_bytes(encoded(values, choices, step=step).codes) <= min(alone) + 2
