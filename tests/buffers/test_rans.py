"""The coding `rans`: what is fitted decodes to the same, and nothing hostile does harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmodel
from qmodel import dtypes
from qmodel.buffers import BufferSurroundings, Inline, MemorySource, Rans, encode_buffer, load
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.rans_fit import EFFORTS, fit_rans
from qmodel.buffers.rans_payload import payload_from_bytes
from qmodel.buffers.sizes import file_bytes
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.trellis import levels_of, quantizers, reconstruct

S8, U8, BF16 = dtypes.signed(8), dtypes.unsigned(8), dtypes.BF16
TYPES = [
    dtypes.parse(name) for name in ("s3", "s8", "s16", "s24", "u4", "u8", "u16", "u32", "s32", "bool", "bf16", "f8e4m3")
]


@st.composite
def arrays(draw, types=TYPES):
    """Values of many spreads and counts, some far away."""
    element_type = draw(st.sampled_from(types))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(0, 3000))
    spread = draw(st.sampled_from([0.0, 0.3, 2.0, 30.0, 1000.0, 1e6]))
    columns = draw(st.integers(1, 50))
    scales = 2.0 ** rng.integers(-2, 3, count // columns + 1).repeat(columns)[:count]
    values = rng.standard_normal(count) * spread * scales
    if draw(st.booleans()):
        values[rng.random(count) < 0.01] *= 1000
    middle = 0 if element_type.kind == "signed" else element_type.maximum // 2
    values = np.clip(np.rint(values) + middle, minimum(element_type), maximum(element_type))
    return values.astype(np.int64).astype(element_type.storage), element_type, columns


def minimum(element_type):
    return element_type.minimum if element_type.kind == "signed" else 0


def maximum(element_type):
    return element_type.maximum if element_type.kind == "signed" else (1 << element_type.bits) - 1


def check(coding, element_type, count):
    coding.check(element_type, count, BufferSurroundings())


@given(case=arrays(), effort=st.sampled_from(EFFORTS), run_length=st.sampled_from([0, 32, 37, 1000, 5000]))
@settings(deadline=None)
def test_fitted_codings_give_the_values_back(case, effort, run_length):
    values, element_type, columns = case
    coding = fit_rans(values, element_type, row_lengths=(columns, 0), run_length=run_length, effort=effort)
    check(coding, element_type, values.size)
    buffer = encode_buffer(values, element_type, coding)
    np.testing.assert_array_equal(load(buffer, MemorySource()), values)


@given(case=arrays([S8, dtypes.signed(16), dtypes.signed(24)]), states=st.sampled_from([4, 8, 256]), data=st.data())
@settings(deadline=None)
def test_codes_of_a_trellis_decode_to_codes_and_to_values(case, states, data):
    codes, element_type, columns = case
    run_length = data.draw(st.sampled_from([32, 100, 4096]))
    effort = data.draw(st.sampled_from(EFFORTS))
    coding = fit_rans(
        codes, element_type, row_lengths=(columns,), run_length=run_length, trellis_states=states, effort=effort
    )
    check(coding, element_type, codes.size)
    buffer = encode_buffer(codes, element_type, coding)
    np.testing.assert_array_equal(load(buffer, MemorySource()), codes)
    if codes.size:
        step = np.float32(0.3)
        payload = buffer.location.data if isinstance(buffer.location, Inline) else buffer.location.parts[0]
        scaled = coding.scaled_decoder(element_type, step)(payload, 0, codes.size)
        np.testing.assert_array_equal(scaled, reconstruct(codes, step, states, run_length))


def test_chunks_are_decoded_alone(monkeypatch):
    rng = np.random.default_rng(3)
    scales = 2.0 ** rng.integers(-1, 3, 100)
    values = np.rint(rng.standard_normal((100, 77)) * scales[:, None]).astype(np.int8).reshape(-1)
    coding = fit_rans(values, S8, row_lengths=(77,), run_length=64)
    assert coding.context
    assert coding.context.separable
    buffer = encode_buffer(values, S8, coding, elements_per_chunk=128)
    assert len(buffer.location.parts) == 61
    np.testing.assert_array_equal(load(buffer, MemorySource(threads=2)), values)


def test_a_chunk_that_needs_no_words_has_the_word_1(tmp_path):
    values = np.random.default_rng(6).choice(np.arange(3, dtype=np.int8), (1 << 21) + 64, p=[0.5, 0.3, 0.2])
    values[1 << 21 :] = 0
    qmodel.save({"w": values}, tmp_path / "w.qmodel", coding="rans")
    with qmodel.open(tmp_path / "w.qmodel") as file:
        assert bytes(file.chunk(1)) == b"\x01\x00"
        np.testing.assert_array_equal(file["w"], values)


def test_an_inline_payload_may_be_empty():
    values = np.zeros(20, np.int8)
    assert encode_buffer(values, S8, fit_rans(values, S8)).location == Inline(b"")


def test_lanes_of_more_words_than_there_are_bytes_are_refused_before_they_are_counted():
    payload = b"\x00\xff\xff\xff\xff\x7f"
    with pytest.raises(CorruptError, match="words or more"):
        payload_from_bytes(payload, 1 << 28, escapes=False, exception_bytes=1, signed=True)


def gaussian(count=60_000, spread=2.0, seed=1):
    return np.rint(np.random.default_rng(seed).standard_normal(count) * spread).astype(np.int8)


def test_size_is_near_the_entropy():
    values = gaussian()
    counts = np.unique(values, return_counts=True)[1]
    entropy = float(counts @ np.log2(values.size / counts)) / 8
    assert file_bytes(encode_buffer(values, S8, fit_rans(values, S8, effort="smallest"))) < entropy * 1.004 + 60


def test_scales_of_rows_and_columns_are_found():
    rng = np.random.default_rng(2)
    rows, columns = 2.0 ** rng.integers(-2, 3, 200), 2.0 ** rng.integers(-1, 2, 300)
    values = np.rint(rng.standard_normal((200, 300)) * 4 * rows[:, None] * columns).clip(-127, 127).astype(np.int8)
    flat = values.reshape(-1)
    without, found = (
        file_bytes(encode_buffer(flat, S8, fit_rans(flat, S8, row_lengths=(300,), contexts=contexts)))
        for contexts in (False, True)
    )
    assert found < without * 0.9


def test_neighbours_are_found():
    rng = np.random.default_rng(4)
    slow = np.exp2(np.convolve(rng.standard_normal(40_000), np.ones(30) / 6, "same"))
    values = np.rint(rng.standard_normal(40_000) * 2 * slow).clip(-127, 127).astype(np.int8)
    coding = fit_rans(values, S8, effort="smallest")
    assert coding.context
    assert coding.context.neighbours
    plain = fit_rans(values, S8, contexts=False)
    assert file_bytes(encode_buffer(values, S8, coding)) < 0.97 * file_bytes(encode_buffer(values, S8, plain))


def test_wide_alphabets_have_low_bits_and_outliers_are_exceptions():
    values = np.rint(np.random.default_rng(5).standard_normal(20_000) * 900).astype(np.int16)
    values[:3] = [32767, -32768, 30000]
    coding = fit_rans(values, dtypes.signed(16))
    assert coding.stream(dtypes.signed(16)).tables.low_bits >= 3
    assert coding.stream(dtypes.signed(16)).tables.escapes == 1
    size = file_bytes(encode_buffer(values, dtypes.signed(16), coding))
    assert size < 20_000 * (np.log2(900) + 2.047) / 8 * 1.01


@pytest.mark.parametrize("seed", range(4))
def test_outliers_are_large_neighbours(seed):
    random, parts = np.random.default_rng(seed), []
    for _ in range(1500):
        parts.append(np.zeros(random.integers(5, 40)))
        # What follows an outlier occurs nowhere else.
        parts.append([200, 1] if random.random() < 0.02 else random.integers(2, 4, random.integers(5, 60)))
    values = np.concatenate(parts).astype(np.uint8)
    coding = fit_rans(values, dtypes.unsigned(8))
    assert coding.context
    assert coding.context.neighbours
    assert (load(encode_buffer(values, dtypes.unsigned(8), coding), MemorySource()) == values).all()


def test_tables_of_other_values_are_refused_when_a_value_is_missing():
    coding = fit_rans(np.repeat(np.arange(8, dtype=np.int8), 50), S8)
    with pytest.raises(InvalidInputError, match="no frequency"):
        encode_buffer(np.full(10, 100, np.int8), S8, coding)


@pytest.mark.parametrize("element_type", [dtypes.F32, dtypes.F16, dtypes.unsigned(64)])
def test_types_that_cannot_be_symbols(element_type):
    with pytest.raises(InvalidInputError, match=str(element_type)):
        fit_rans(np.zeros(3, element_type.storage), element_type)
    with pytest.raises(CorruptError, match=str(element_type)):
        check(fit_rans(gaussian(100), S8), element_type, 100)


def test_choice_of_a_recipe():
    values = gaussian(5000)
    assert Rans().fit(values, S8, columns=50) == fit_rans(values, S8, row_lengths=(50,))
    with pytest.raises(InvalidInputError, match="huge"):
        Rans(effort="huge")


def structured(seed=7, states=0):
    """Values that get scales, neighbours, escapes and low bits."""
    rng = np.random.default_rng(seed)
    rows, columns = 2.0 ** rng.integers(-1, 2, 80), 2.0 ** rng.integers(-3, 3, 100)
    slow = np.exp2(np.convolve(rng.standard_normal(8000), np.ones(20) / 5, "same"))
    scales = (rows[:, None] * columns).reshape(-1) * slow
    values = np.rint(rng.standard_normal(8000) * 9 * scales).clip(-30000, 30000).astype(np.int16)
    values[17] = 32000
    return values, fit_rans(
        values, dtypes.signed(16), row_lengths=(100,), run_length=256, trellis_states=states, effort="smallest"
    )


STRUCTURED = {states: structured(states=states) for states in (0, 8)}


@given(states=st.sampled_from([0, 8]), data=st.data())
@settings(deadline=None, max_examples=300)
def test_damaged_payloads_raise_or_decode(states, data):
    values, coding = STRUCTURED[states]
    payload = bytearray(bytes(coding.encode(values, dtypes.signed(16))))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, min(len(payload), data.draw(st.sampled_from([12, 10**6]))) - 1))] = data.draw(
            st.integers(0, 255)
        )
    del payload[data.draw(st.integers(0, len(payload))) if data.draw(st.booleans()) else len(payload) :]
    try:
        decoded = coding.decoder(dtypes.signed(16), values.size, MemorySource())(bytes(payload), 0, values.size)
    except CorruptError:
        return
    assert decoded.shape == values.shape


@given(states=st.sampled_from([0, 8]), data=st.data())
@settings(deadline=None, max_examples=400)
def test_damaged_parameters_raise_or_decode(states, data):
    values, coding = STRUCTURED[states]
    payload = bytes(coding.encode(values, dtypes.signed(16)))
    damaged = replace(coding, tables=damage(data, coding.tables))
    if data.draw(st.booleans()):
        separable = replace(coding.context.separable, row_scale=damage(data, coding.context.separable.row_scale))
        damaged = replace(damaged, context=replace(coding.context, separable=separable))
    try:
        check(damaged, dtypes.signed(16), values.size)
    except CorruptError:
        return
    try:
        decoded = damaged.decoder(dtypes.signed(16), values.size, MemorySource())(payload, 0, values.size)
    except CorruptError:
        return
    assert decoded.shape == values.shape


def damage(data, whole):
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 2))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed[: data.draw(st.integers(0, len(changed)))] if data.draw(st.booleans()) else changed)


@given(tables=st.binary(max_size=40), total_bits=st.integers(0, 20), states=st.sampled_from([0, 4, 5]), data=st.data())
@settings(deadline=None, max_examples=300)
def test_any_tables_raise_or_are_sound(tables, total_bits, states, data):
    coding = RansCoding(data.draw(st.sampled_from([0, 31, 32, 1 << 59, 1 << 62])), total_bits, tables, None, states)
    try:
        check(coding, S8, 1000)
        frequencies = coding.stream(S8).tables.frequencies
    except CorruptError:
        return
    assert (frequencies.sum(axis=1) == 1 << total_bits).all()


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x1f", b"\x20\x00", b"\x1f" + b"\xff" * 4 + b"\x01", b"\x00" + b"\xff" * 4 + b"\x7f", b"\x1f\x80\x00"],
)
def test_lengths_of_lanes_that_cannot_be(payload):
    coding = fit_rans(gaussian(1000), S8, run_length=32)
    with pytest.raises(CorruptError):
        coding.decoder(S8, 1 << 20, MemorySource())(payload, 0, 1 << 20)


def test_an_empty_array_has_a_coding():
    coding = fit_rans(np.zeros(0, np.int8), S8, trellis_states=8)
    check(coding, S8, 0)
    assert load(encode_buffer(np.zeros(0, np.int8), S8, coding), MemorySource()).size == 0


def test_levels_and_quantizers_belong_together():
    codes = gaussian(500)
    chosen = quantizers(codes, 8, 100)
    assert set(np.unique(levels_of(codes, chosen) & 1)) <= {0, 1}


def test_tables_of_more_than_65536_bytes_are_refused():
    coding = fit_rans(gaussian(100), S8)
    with pytest.raises(CorruptError, match="65536"):
        replace(coding, tables=coding.tables + bytes(1 << 16)).stream(S8)
