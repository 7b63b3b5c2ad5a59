"""Tables of rANS streams: what is written is read again, alike by Python and by the compiled reader."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.buffers import frequency_fit, frequency_tables
from qmodel.buffers.frequency_fit import QUICK, THOROUGH, fit_rows
from qmodel.buffers.frequency_tables import FrequencyTables, read_tables
from qmodel.buffers.table_levels import TableLevels
from qmodel.errors import CorruptError
from qmodel.kernels.dispatch import compiling_possible

needs_numba = pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")


@st.composite
def counted(draw):
    """Counts of several classes and quantizers, and what else `fit_rows` takes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    classes, quantizers = draw(st.integers(1, 4)), draw(st.sampled_from([1, 2]))
    symbols, low_bits = draw(st.sampled_from([1, 2, 7, 40])), draw(st.integers(0, 3))
    lowest = draw(st.sampled_from([-symbols // 2, 0, 3, -1000]))
    spread = draw(st.sampled_from([0.3, 2.0, 10.0]))
    places = np.arange(symbols) - symbols / 2
    chances = np.exp(-np.abs(places) / spread / (1 + np.arange(classes * quantizers)[:, None] / 4))
    counts = rng.poisson(chances * draw(st.sampled_from([1, 100, 100_000])))
    return counts, lowest, low_bits, quantizers, draw(st.sampled_from([QUICK, THOROUGH]))


@st.composite
def tables(draw):
    """Tables of several classes and quantizers, and the number of quantizers."""
    counts, lowest, low_bits, quantizers, effort = draw(counted())
    rows = fit_rows(counts, lowest, low_bits, quantizers, effort=effort)
    escapes = tuple(draw(st.lists(st.integers(0, 8), min_size=len(rows), max_size=len(rows)) | st.just([])))
    return FrequencyTables(lowest, low_bits, tuple(range(len(counts) // quantizers)), rows, escapes), quantizers


def read(data, cells, quantizers, *, by_numba):
    """What is read; None if nothing can be."""
    module = importlib.import_module("qmodel.kernels.compiled.frequency_rows") if by_numba else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frequency_tables, "compiled", lambda kernel, size: module)
        try:
            return read_tables(data, cells, quantizers)
        except CorruptError:
            return None


def assert_same(found, wanted):
    assert (found is None) == (wanted is None)
    if found is not None:
        for name in TableLevels.__slots__:
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


@needs_numba
@given(case=counted())
@settings(deadline=None)
def test_the_compiled_fit_finds_the_same_tables(case):
    *known, effort = case
    found = []
    for module in (None, importlib.import_module("qmodel.kernels.compiled.frequency_fit")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frequency_fit, "compiled", lambda *_, module=module: module)
            found.append(fit_rows(*known, effort=effort))
    assert found[0] == found[1]


@given(case=tables())
@settings(deadline=None)
def test_tables_come_back(case):
    written, quantizers = case
    found = read(written.to_bytes(quantizers), len(written.class_of_cell), quantizers, by_numba=False)
    assert_same(found, written.table_levels)


@needs_numba
@given(case=tables(), data=st.data())
@settings(deadline=None)
def test_both_readers_read_alike(case, data):
    written, quantizers = case
    stored = bytearray(written.to_bytes(quantizers))
    for _ in range(data.draw(st.integers(0, 2))):
        stored[data.draw(st.integers(0, len(stored) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    stored = bytes(stored[: data.draw(st.sampled_from([None, -1]))])
    cells = len(written.class_of_cell)
    assert_same(read(stored, cells, quantizers, by_numba=True), read(stored, cells, quantizers, by_numba=False))


@needs_numba
@given(case=tables())
@settings(deadline=None)
def test_the_compiled_reader_reads_all_good_tables(case):
    written, quantizers = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frequency_tables._TableReader, "_read_in_python", None)
        found = read(written.to_bytes(quantizers), len(written.class_of_cell), quantizers, by_numba=True)
    assert_same(found, written.table_levels)
