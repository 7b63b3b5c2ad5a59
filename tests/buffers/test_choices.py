import numpy as np
import pytest

from qmodel import dtypes
from qmodel.buffers import MemorySource, Packed, load, store
from qmodel.buffers.choices import CODING_CHOICES, WhereSuited, coding_named
from qmodel.buffers.codecs import CODEC_NAMES
from qmodel.buffers.fast_lossless import FastLossless
from qmodel.buffers.filters import FILTER_NAMES
from qmodel.errors import InvalidInputError

WEIGHTS = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
CODES = np.arange(5000, dtype=np.int8) % 7


def test_every_codec_and_filter_has_a_name():
    assert CODING_CHOICES.keys() >= {"raw", *CODEC_NAMES[1:], *(f"{name}+zstd" for name in FILTER_NAMES[1:])}


@pytest.mark.parametrize("name", [*CODING_CHOICES, "smallest"])
@pytest.mark.parametrize(("values", "element_type"), [(WEIGHTS, dtypes.F32), (CODES, dtypes.signed(4))])
def test_every_choice_codes_every_type(name, values, element_type):
    buffer = store(values, element_type, coding=coding_named(name))
    np.testing.assert_array_equal(load(buffer, MemorySource()), values)


def test_names_are_those_users_expect():
    assert coding_named("gzip") == coding_named("zlib") == Packed("zlib")
    assert coding_named("byte_shuffle+gzip") == WhereSuited(Packed("zlib", "byte_shuffle"), Packed("zlib"))
    for unknown in ("rar", "sieve+zstd", "byte_shuffle+rar", "+", ""):
        with pytest.raises(InvalidInputError, match=r"unknown coding .*; known: raw, zstd, "):
            coding_named(unknown)


def test_filters_that_do_not_suit_are_refused_or_left_out():
    with pytest.raises(InvalidInputError, match="filter float_planes is not for elements of s4"):
        store(CODES, dtypes.signed(4), coding=Packed("zstd", "float_planes"))
    assert store(CODES, dtypes.signed(4), coding=coding_named("float_planes+zstd")).coding == Packed("zstd")
    assert store(WEIGHTS, dtypes.F32, coding=coding_named("float_planes+zstd")).coding == Packed("zstd", "float_planes")


@pytest.mark.parametrize(
    ("values", "element_type", "expected"),
    [
        (WEIGHTS, dtypes.F32, Packed("zstd", "float_planes")),
        (np.arange(5000, dtype=np.uint32), dtypes.unsigned(32), Packed("zstd", "byte_shuffle")),
        (CODES, dtypes.signed(8), Packed("zstd")),
        (np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8), dtypes.unsigned(8), Packed()),
        (WEIGHTS[:0], dtypes.F32, Packed()),
    ],
)
def test_fast_lossless_finds_the_filter(values, element_type, expected):
    assert FastLossless().fit(values, element_type) == expected


def test_fast_lossless_looks_at_parts_of_large_arrays():
    values = np.zeros(3_000_000, np.float32)
    assert FastLossless().fit(values, dtypes.F32).codec == "zstd"
    values[:] = np.frombuffer(np.random.default_rng(0).bytes(values.nbytes), np.float32)
    assert FastLossless().fit(values, dtypes.F32) == Packed()
