import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.kernels import hashing

SEEDS = st.integers(0, (1 << 32) - 1)
MASK = 0xFFFFFFFF


def finalizer(x):
    """MurmurHash3's 32-bit finalizer."""
    x ^= x >> 16
    x = x * 0x85EBCA6B & MASK
    x ^= x >> 13
    x = x * 0xC2B2AE35 & MASK
    return x ^ x >> 16


def hash_of(index, seed):
    """The page's definition, in Python's integers."""
    lower, upper = index & MASK, index >> 32
    first = finalizer(seed ^ (upper * 0x9E3779B9 & MASK))
    second = finalizer((first + 0x9E3779B9) & MASK)
    x = lower ^ first
    x ^= x >> 16
    x = (x * 0x85EBCA6B & MASK) ^ second
    x ^= x >> 13
    x = x * 0xC2B2AE35 & MASK
    return x ^ x >> 16


def expected(buckets, count, seed, sign_bit, start):
    hashes = [hash_of(start + i, seed) for i in range(count)]
    return [int(buckets[h * len(buckets) >> 32]) ^ (h & 1) << sign_bit for h in hashes]


def spread(buckets, count, seed, sign_bit, start=0):
    target = np.zeros(count, buckets.dtype)
    hashing.spread(buckets, target, seed, sign_bit, start=start)
    return target


@pytest.fixture
def in_numpy(monkeypatch):
    monkeypatch.setattr(hashing, "compiled", lambda *_: None)


@pytest.fixture
def twin(monkeypatch):
    pytest.importorskip("numba")
    from qmodel.kernels.compiled import hashing as module

    monkeypatch.setattr(hashing, "compiled", lambda *_: module)


def test_finalizer_is_that_of_murmurhash():
    """0x514E28B7 is MurmurHash3's well-known 32-bit hash of the empty text with seed 1: its finalizer of 1."""
    assert finalizer(1) == 0x514E28B7


@pytest.mark.parametrize("versions", ["in_numpy", "twin"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
@pytest.mark.parametrize("start", [0, 1 << 15, (1 << 32) - (1 << 15), (1 << 59) - (1 << 15)])
def test_elements_by_definition(versions, dtype, start, request):
    request.getfixturevalue(versions)
    random = np.random.default_rng(5)
    buckets = random.integers(0, 1 << 64, 37, np.uint64).astype(dtype)
    sign_bit = dtype().itemsize * 8 - 1
    count = (1 << 15) + 100
    made = spread(buckets, count, 0xDEADBEEF, sign_bit, start)
    near_the_seam = slice((1 << 15) - 50, None)
    wanted = expected(buckets, count, 0xDEADBEEF, sign_bit, start)
    assert made[near_the_seam].tolist() == wanted[near_the_seam]
    assert made.tolist() == wanted


@given(SEEDS, st.integers(1, 1000), st.integers(0, 3000))
def test_twins_agree_on_elements(seed, bucket_count, count):
    pytest.importorskip("numba")
    from qmodel.kernels.compiled import hashing as module

    buckets = np.arange(bucket_count, dtype=np.uint32)
    target = np.zeros(count, np.uint32)
    keys = map(np.uint32, hashing.keys(seed, 0))
    module.spread(buckets, target, *keys, 31, np.uint32(0))
    assert target.tolist() == expected(buckets, count, seed, 31, 0)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.uint64])
@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_tables_too_large_for_a_cache(twin, dtype, count):
    buckets = np.random.default_rng(6).integers(0, 1 << 64, 1 << 19, np.uint64).astype(dtype)
    sign_bit = dtype().itemsize * 8 - 1
    assert spread(buckets, count, 9, sign_bit).tolist() == expected(buckets, count, 9, sign_bit, 0)


@given(SEEDS, st.integers(1, 60), st.integers(0, 300), st.booleans(), st.sampled_from([np.float32, np.float64]))
def test_twins_agree_on_sums(seed, bucket_count, count, weighted, dtype):
    pytest.importorskip("numba")
    from qmodel.kernels.compiled import hashing as module

    random = np.random.default_rng(seed)
    values = random.standard_normal(count).astype(dtype)
    weights = random.random(count) if weighted else None
    sums, totals = hashing.sums_of_buckets(values, weights, bucket_count, seed)
    both = np.zeros((bucket_count, 2))
    module.add(values, weights, both, *map(np.uint32, hashing.keys(seed, 0)))
    assert sums.tobytes() == both[:, 0].tobytes()
    assert totals.tobytes() == both[:, 1].tobytes()


def test_hashes_are_evenly_spread():
    """Chi-squared of 2^20 elements over 1,000 buckets and two signs stays within five standard deviations."""
    count, bucket_count = 1 << 20, 1000
    for seed in (0, 1, 0xFFFFFFFF):
        made = spread(np.arange(bucket_count, dtype=np.uint32), count, seed, 31)
        cells = (made & 0xFFFF) * 2 + (made >> 31)
        seen = np.bincount(cells, minlength=2 * bucket_count)
        mean = count / (2 * bucket_count)
        chi_squared = ((seen - mean) ** 2 / mean).sum()
        freedom = 2 * bucket_count - 1
        assert abs(chi_squared - freedom) < 5 * np.sqrt(2 * freedom)


def test_seeds_give_unrelated_tables():
    """Pairs that share a bucket under one seed share one under another no more often than chance."""
    count, bucket_count = 1 << 16, 256
    tables = [spread(np.arange(bucket_count, dtype=np.uint32), count, seed, 31) & 0xFFFF for seed in (1, 2)]
    for distance in (1, 2, 3, 256, 4096):
        together = [table[:-distance] == table[distance:] for table in tables]
        both = (together[0] & together[1]).sum()
        expected_both = count / bucket_count**2
        assert both < expected_both + 6 * np.sqrt(expected_both) + 1
