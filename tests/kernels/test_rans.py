from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.kernels import rans, rans_steps
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.dispatch import compiling_possible
from qmodel.kernels.rans_lookup import Lookup
from qmodel.kernels.rans_model import Contexts, Neighbours, Tables

needs_numba = pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")


@dataclass(frozen=True)
class Twin:
    find_tables: object
    encode: object
    decode: object


NUMPY = Twin(rans._find_tables, rans._encode, rans_steps.decode)


def twins() -> list[Twin | ModuleType]:
    return [NUMPY, *([importlib.import_module("qmodel.kernels.compiled.rans")] if compiling_possible() else [])]


def random_frequencies(rng: np.random.Generator, tables: int, symbols: int, total: int, *, zeros: bool) -> Array:
    frequencies = rng.multinomial(total - symbols, rng.dirichlet(np.full(symbols, 0.3)), size=tables) + 1
    if zeros:
        for row in frequencies:
            gone = rng.random(symbols - 2) < 0.3
            row[-1] += row[:-2][gone].sum()
            row[:-2][gone] = 0
    return frequencies.astype(np.uint32)


@dataclass(frozen=True)
class Stream:
    indices: Array
    contexts: Contexts
    tables: Tables


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 600))
    total_bits = draw(st.sampled_from([8, 10, 12, 13, 16]))
    low_bits = draw(st.integers(0, min(3, 16 - total_bits)))
    symbols = draw(st.sampled_from([2, 3, 20, 250, 300] if total_bits > 8 else [2, 3, 20]))
    trellis = draw(st.sampled_from([0, 4, 64]))
    separable = draw(st.integers(1, 4))
    with_neighbours = draw(st.booleans())
    escapes = draw(st.sampled_from([0, 2 if trellis and not low_bits else 1]))
    symbols += escapes + symbols % 2 * (escapes == 2)
    neighbours = None
    if with_neighbours:
        weights = rng.integers(0, 4, 4)
        neighbours = Neighbours(
            distances=rng.integers(1, 50, 4),
            weights=weights,
            classes=rng.integers(0, 4, (separable, 255 * int(weights.sum()) + 1)).astype(np.uint8),
            magnitudes=rng.integers(0, 256, (2 if trellis else 1, symbols << low_bits)).astype(np.uint8),
        )
    contexts = Contexts(
        run_length=draw(st.integers(1, 700)),
        classes=rng.integers(0, separable, count).astype(np.uint8) if separable > 1 or draw(st.booleans()) else None,
        transitions=transitions(trellis) if trellis else None,
        neighbours=neighbours,
    )
    classes = 4 if with_neighbours else separable
    frequencies = random_frequencies(
        rng, classes * contexts.quantizers, symbols, 1 << total_bits, zeros=bool(escapes) and symbols > 3
    )
    tables = Tables(frequencies, total_bits, low_bits, escapes)
    indices = np.minimum(rng.geometric(0.2, count) - 1, tables.first_escape - 1).astype(np.uint16)
    return Stream(indices, contexts, tables)


def decoded(twin: object, stream: Stream, words: Array, counts: Array, values: Array) -> tuple[bool, Array]:
    out = np.zeros(stream.indices.size, values.dtype)
    starts = np.append(0, np.cumsum(counts))
    return twin.decode(words, starts, stream.contexts, Lookup(stream.tables, values), out), out  # type: ignore[attr-defined]


def values_of(stream: Stream, dtype: type) -> Array:
    count = stream.tables.frequencies.shape[1] << stream.tables.low_bits
    return (np.arange(count) + np.arange(stream.contexts.quantizers)[:, None] * 7).astype(dtype)


@given(stream=streams(), dtype=st.sampled_from([np.int16, np.uint32, np.float32]))
@settings(deadline=None)
def test_twins_agree_and_decoding_gives_the_indices(stream: Stream, dtype: type) -> None:
    results = []
    for twin in twins():
        found, coded = np.empty(stream.indices.size, np.uint8), stream.indices.copy()
        twin.find_tables(coded, stream.contexts, stream.tables if stream.tables.escapes else None, found)
        words, counts = twin.encode(coded, found, stream.contexts.run_length, stream.tables)
        values = values_of(stream, dtype)
        sound, out = decoded(twin, stream, words, counts, values)
        assert sound
        quantizers = found % stream.contexts.quantizers
        np.testing.assert_array_equal(out, values[quantizers, coded])
        kept = coded < stream.tables.first_escape
        np.testing.assert_array_equal(coded[kept], stream.indices[kept])
        results.append((found, coded, words, counts))
    for part in zip(*results, strict=True):
        np.testing.assert_array_equal(part[0], part[-1])


@given(stream=streams(), seed=st.integers(0, 2**32), lengths=st.sampled_from([0, 1, 8]))
@settings(deadline=None)
def test_twins_agree_on_any_words(stream: Stream, seed: int, lengths: int) -> None:
    rng = np.random.default_rng(seed)
    lanes = -(-stream.indices.size // min(stream.contexts.run_length, stream.indices.size))
    counts = rng.integers(0, lengths + 1, lanes)
    words = rng.integers(0, 1 << 16, counts.sum()).astype(np.uint16)
    results = [decoded(twin, stream, words, counts, values_of(stream, np.int32)) for twin in twins()]
    for sound, out in results:
        assert sound == results[0][0]
        np.testing.assert_array_equal(out, results[0][1])


@given(stream=streams(), data=st.data())
@settings(deadline=None)
def test_a_changed_word_is_noticed_or_gives_other_values(stream: Stream, data: st.DataObject) -> None:
    found, coded = rans.find_tables(stream.indices, stream.contexts, stream.tables if stream.tables.escapes else None)
    words, counts = rans.encode(coded, found, stream.contexts.run_length, stream.tables)
    if not words.size:
        return
    values = np.arange(stream.tables.frequencies.shape[1] << stream.tables.low_bits)[None].repeat(2, axis=0)
    changed = words.copy()
    changed[data.draw(st.integers(0, words.size - 1))] ^= data.draw(st.integers(1, 0xFFFF))
    sound, out = decoded(NUMPY, stream, changed, counts, values)
    assert not sound or not np.array_equal(out, coded)


def test_a_stream_is_near_its_entropy() -> None:
    rng = np.random.default_rng(5)
    indices = np.minimum(rng.geometric(0.4, 200_000) - 1, 19).astype(np.uint8)
    frequencies = np.maximum(np.bincount(indices, minlength=20) * 4000 // indices.size, 1)
    frequencies[0] += 4096 - frequencies.sum()
    tables, contexts = Tables(frequencies[None].astype(np.uint32), 12), Contexts(4096)
    found, coded = rans.find_tables(indices, contexts)
    words, counts = rans.encode(coded, found, contexts.run_length, tables)
    ideal = -np.log2(frequencies[indices] / 4096).sum()
    assert ideal <= words.size * 16 <= ideal * 1.0005 + 16 * counts.size


def test_one_certain_symbol_takes_no_words() -> None:
    tables = Tables(np.array([[0, 4096, 0]], np.uint32), 12)
    words, counts = rans.encode(np.ones(1000, np.uint8), np.zeros(1000, np.uint8), 100, tables)
    assert words.size == 0
    assert counts.tolist() == [0] * 10


@pytest.mark.parametrize("twin", twins())
def test_a_symbol_without_frequency_is_refused(twin: Twin) -> None:
    tables = Tables(np.array([[0, 4096, 0]], np.uint32), 12)
    with pytest.raises(InvalidInputError, match="no frequency"):
        twin.encode(np.zeros(10, np.uint8), np.zeros(10, np.uint8), 100, tables)  # type: ignore[operator]


def test_each_symbol_has_its_slots() -> None:
    frequencies = np.zeros((2, 300), np.uint32)
    frequencies[0, [0, 2]], frequencies[1, [1, 299]] = [1000, 24], [512, 512]
    symbols, parts = Lookup(Tables(frequencies, 10), np.zeros((1, 300))).by_symbol
    assert symbols.dtype == np.uint16
    assert symbols[0].tolist() == [0] * 1000 + [2] * 24
    assert symbols[1].tolist() == [1] * 512 + [299] * 512
    assert parts.shape == (2, 512)
    assert int(parts[0, 2]) == 24 << 32 | 1000
    assert Lookup(Tables(frequencies[:1, :256], 10), np.zeros((1, 256))).by_symbol[0].dtype == np.uint8


def test_empty() -> None:
    tables = Tables(np.array([[1024]], np.uint32), 10)
    contexts = Contexts(16)
    nothing = np.zeros(0, np.uint8)
    found, coded = rans.find_tables(nothing, replace(contexts, classes=nothing))
    words, counts = rans.encode(coded, found, 16, tables)
    assert (words.size, counts.size) == (0, 0)
