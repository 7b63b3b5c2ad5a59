import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import CorruptError
from qmodel.kernels.range_coder import BitDecoder, BitEncoder, code_plain

probabilities = st.integers(1, 65535) | st.sampled_from([1, 2, 32768, 65534, 65535])
decisions = st.lists(st.tuples(st.integers(0, 1), probabilities), max_size=300)


def encode(bits):
    encoder = BitEncoder()
    for bit, probability in bits:
        assert encoder.code(bit, probability) == bit
    return encoder.finish()


def decode(payload, bit_probabilities):
    decoder = BitDecoder(payload)
    bits = [decoder.code(0, probability) for probability in bit_probabilities]
    decoder.check_end()
    return bits


@given(decisions)
def test_bits_come_back(bits):
    assert decode(encode(bits), [probability for _, probability in bits]) == [bit for bit, _ in bits]


@settings(max_examples=500)
@given(st.binary(max_size=12), st.lists(probabilities, max_size=200))
def test_a_payload_is_what_encoding_its_bits_gives_or_corrupt(payload, bit_probabilities):
    try:
        bits = decode(payload, bit_probabilities)
    except CorruptError:
        return
    assert encode(zip(bits, bit_probabilities, strict=True)) == payload


@given(decisions.filter(len), st.binary(max_size=9))
def test_bits_have_one_spelling(bits, more):
    payload = encode(bits)
    for other in (payload[:-1], payload + b"\0", payload + b"\1", payload + more):
        if other != payload:
            try:
                decoded = decode(other, [probability for _, probability in bits])
            except CorruptError:
                continue
            assert decoded != [bit for bit, _ in bits]


def test_carries_run_through_all_bytes_before():
    likely = [(0, 1)] * 40 + [(1, 65535)] * 40 + [(0, 1)] * 3
    for ones in range(0, 200, 7):
        bits = likely + [(0, 32768)] * 8 * 9 + [(1, 1)] * ones + likely
        assert decode(encode(bits), [probability for _, probability in bits]) == [bit for bit, _ in bits]


def test_size_is_the_information_of_the_bits():
    rng = np.random.default_rng(0)
    for chance in (0.5, 0.1, 0.003):
        bits = rng.random(40_000) < chance
        probability = round(chance * 65536)
        size = len(encode([(int(bit), probability) for bit in bits]))
        share = bits.mean()
        information = -(share * np.log2(probability / 65536) + (1 - share) * np.log2(1 - probability / 65536))
        assert size <= information * bits.size / 8 * 1.0002 + 2


def test_nothing_costs_nothing():
    assert encode([]) == b"\0"
    assert encode([(1, 65535)] * 300) == b"\0"
    assert decode(b"\0", [65535] * 5) == [1] * 5
    for other in (b"", b"\0\0", b"\1"):
        with pytest.raises(CorruptError):
            decode(other, [65535] * 5)


@given(st.integers(0, (1 << 40) - 1))
def test_plain_bits(number):
    encoder = BitEncoder()
    assert code_plain(encoder, number, 33) == number & ((1 << 33) - 1)
    assert code_plain(BitDecoder(encoder.finish()), 0, 33) == number & ((1 << 33) - 1)


def test_truncated_payloads_are_found():
    rng = np.random.default_rng(0)
    bits = [(int(bit), 40_000) for bit in rng.random(4000) < 0.61]
    payload = encode(bits)
    for size in range(len(payload) - 4):
        with pytest.raises(CorruptError):
            decode(payload[:size], [40_000] * 4000)
