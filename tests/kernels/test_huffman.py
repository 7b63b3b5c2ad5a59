"""Lengths are the best of their limit, and both versions write the same bits."""

import heapq
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import huffman
from qmodel.kernels.huffman_weights import tree_description

frequencies = hnp.arrays(np.int64, 256, elements=st.integers(0, 1000), fill=st.just(0)).filter(
    lambda counts: np.count_nonzero(counts) > 1
)


def bits_without_a_limit(counts):
    """What Huffman's own algorithm needs."""
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    total = 0
    while len(heap) > 1:
        pair = heapq.heappop(heap) + heapq.heappop(heap)
        total += pair
        heapq.heappush(heap, pair)
    return total


@given(frequencies)
def test_codes_are_complete_and_as_short_as_huffmans(counts):
    lengths = huffman.code_lengths(counts, 40)
    assert np.array_equal(lengths > 0, counts > 0)
    assert sum(2.0 ** -int(length) for length in lengths if length) == 1
    assert int(counts @ lengths) == bits_without_a_limit(counts)


def test_lengths_keep_to_their_limit():
    fibonacci = [1, 1]
    while len(fibonacci) < 30:
        fibonacci.append(sum(fibonacci[-2:]))
    counts = np.zeros(256, np.int64)
    counts[:30] = fibonacci
    lengths = huffman.code_lengths(counts, 11)
    assert lengths.max() == 11
    assert sum(2.0 ** -int(length) for length in lengths if length) == 1
    assert huffman.code_lengths(counts, 29).max() == 29


@given(frequencies)
def test_no_code_begins_another(counts):
    lengths = huffman.code_lengths(counts, 11)
    codes = huffman.canonical_codes(lengths)
    spelled = sorted(f"{codes[byte]:0{lengths[byte]}b}" for byte in np.flatnonzero(lengths))
    assert not any(later.startswith(earlier) for earlier, later in pairwise(spelled))


@given(st.binary(max_size=300).map(lambda data: np.frombuffer(data, np.uint8)))
def test_compiled_twin_writes_the_same_bits(data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.huffman")
    counts = huffman.count_bytes(data)
    np.testing.assert_array_equal(counts, compiled.count_bytes(data))
    counts[:2] += 1
    lengths = huffman.code_lengths(counts, 11)
    codes = huffman.canonical_codes(lengths)
    written = huffman.encode_backwards(data, codes, lengths)
    np.testing.assert_array_equal(written, compiled.encode_backwards(data, codes, lengths))
    read = int.from_bytes(written.tobytes(), "little")
    spelled = "".join(f"{codes[byte]:0{lengths[byte]}b}" for byte in data)
    assert f"{read:b}" == "1" + spelled


def test_few_weights_are_described_one_by_one():
    assert tree_description([1]) == bytes([128, 0x10])
    assert tree_description([4, 3, 2]) == bytes([130, 0x43, 0x20])


def test_long_descriptions_are_coded():
    exponents = [0] * 100 + [1, 1, 2, 3, 4, 5, 6, 5, 4]
    assert len(tree_description(exponents)) < 30
    assert tree_description([1] * 200) is None
