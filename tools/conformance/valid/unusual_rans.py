"""Tables and payloads of `rans` at the limits of the page, or spelled as the reference's encoder never does."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Inline, Packed
from qmodel.buffers.bit_stream import BitWriter
from qmodel.buffers.rans_contexts import ContextModel, NeighbourContext, SeparableContext
from qmodel.buffers.scale_bytes import scales_to_bytes
from qmodel.buffers.varint import read_varint, varint
from qmodel.encodings import PlainNode, TrellisNode
from qmodel.kernels.bitpack import pack, unpack
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks
from tools.conformance.valid.rans import CLASS, HILL, LOWEST, S8, add, add_trellis, coding, row, stored, wave
from tools.conformance.valid.trellis import trellis_values

U16 = dtypes.unsigned(16)


def unusual_rans_drafts() -> Iterable[Draft]:
    """Both kinds."""
    yield from (largest(), spelled_otherwise(), many_lanes(), runs_in_chunks())


def largest() -> Draft:
    """As many cells, classes, indices and states as can be."""
    draft = Draft("rans-largest", "256 cells of 16 classes; 65,536 indices of frequency 1; 2,048 states; weights of 15")
    scales = SeparableContext(scales_to_bytes(np.arange(19, dtype=np.int8) - 9), b"", tuple(range(-8, 7)))
    near = NeighbourContext((1, 3, 9, 10), (15, 15, 15, 15), tuple(range(0, 150, 10)))
    rows = [row(HILL), *(row(HILL, CLASS, None, 5 + j % 5) for j in range(15))]
    values = np.clip(wave(190), -2, 2)
    code = coding(rows, cells=[(3 * i + i // 16) % 16 for i in range(256)], context=ContextModel(10, scales, near))
    add(draft, "256-cells", values, S8, code)
    ones = coding([row([1] * 1024, rice_bits=0)], 0, low_bits=6, total_bits=10)
    add(draft, "65536-indices", np.arange(64) * 1039 % 65_536, U16, ones)
    wide = coding([row([1 + j % 5 for j in range(4096)], rice_bits=1)], -2048, total_bits=16, run_length=37)
    add(draft, "4096-symbols", np.arange(80) * 51 - 2048, dtypes.signed(16), wide)
    for states in (512, 1024, 2048):
        code = coding([row((0, *HILL)), row((1, 1, 4, 9, 9, 4, 1, 1))], -4, states=states, run_length=75)
        add_trellis(draft, f"{states}-states", values, S8, code)
    return draft


def spelled_otherwise() -> Draft:
    """One sequence of elements has many payloads and tables."""
    draft = Draft(
        "rans-spelled-otherwise",
        "lengths in more bits than they need; a word of 1 for none; exceptions that have a symbol; classes told twice",
    )
    values, plain = np.clip(wave(100), -2, 2), coding([row(HILL)])

    def add_payload(name: str, code: object, data: bytes, wanted: Sequence[int] | np.ndarray) -> None:
        draft.add(name, PlainNode(Buffer(S8, len(wanted), code, Inline(data))), wanted, S8)  # type: ignore[arg-type]

    for width, least in ((31, None), (20, 0)):
        add_payload(f"lengths in {width} bits", plain, with_lengths(payload_of(plain, values), 3, width, least), values)
    add_payload("word of 1", coding([row(HILL)], 0), b"\x01\x00", [0])
    add_payload("no word", coding([row(HILL)], 0), b"", [0])
    escaping = coding([row(HILL)], escape_levels=(2,))
    far = payload_of(escaping, np.array([0, 100, -2, 0, 90]))
    add_payload("exceptions with symbols", escaping, far[:-2] + b"\x01\x5a", [0, 1, -2, 0, 90])
    three = coding([row(HILL), row(HILL), row(HILL)], cells=(0, 0, 1, 2), context=by_scales())
    add(draft, "classes told", values, S8, replace(three, tables=classes_told((0, 0, 1, 2))))
    for low_bits in range(7):
        context = replace(by_scales(), separable=SeparableContext(scales_in(low_bits), b"", (-3, 0, 2)))
        add(draft, f"scales in {low_bits} low bits", values, S8, replace(three, context=context))
    return draft


def many_lanes() -> Draft:
    """Lanes of 32 elements, and one lane that is longer than any array."""
    draft = Draft("rans-many-lanes", "63 lanes with a last one of one element; lanes longer than the array")
    values = np.clip(wave(32 * 62 + 1), -2, 2)
    add(draft, "63", values, S8, coding([row(HILL)]))
    add(draft, "longest", values[:50], S8, coding([row(HILL)], run_length=(1 << 60) - 1))
    chunks = stored(values[:1000], S8, coding([row(HILL)], run_length=33), 8 * 33)
    draft.add("odd lanes in chunks", PlainNode(chunks), values[:1000], S8)
    draft.add("packed beside", PlainNode(stored_packed(values[:9])), values[:9], S8)
    return draft


def runs_in_chunks() -> Draft:
    """Chunks whose elements are no whole number of runs: the trellis begins anew with each."""
    draft = Draft("rans-trellis-chunks", "codes of trellises in chunks that end within a run, and begin a new one")
    codes = np.clip(wave(150), -2, 2)
    for run_length, per_chunk in ((40, 64), (64, 40), (33, 96)):
        rows = [row((0, *HILL)), row((1, 1, 4, 9, 9, 4, 1, 1))]
        code = coding(rows, -4, states=16, run_length=run_length)
        chunks = [codes[start : start + per_chunk].tolist() for start in range(0, codes.size, per_chunk)]
        values = np.concatenate([trellis_values(chunk, 0.5, 16, run_length) for chunk in chunks])
        node = TrellisNode(stored(codes, S8, code, per_chunk), 0.5, 0, 0)
        draft.add(f"runs of {run_length}, chunks of {per_chunk}", node, values, dtypes.F32)
    packed = TrellisNode(in_chunks(codes, S8, 40).buffer, 0.5, 16, 64)
    draft.add("packed, runs across chunks", packed, trellis_values(codes.tolist(), 0.5, 16, 64), dtypes.F32)
    return draft


def stored_packed(values: np.ndarray) -> Buffer:
    """The same kind of values without a coder."""
    return Buffer(S8, values.size, Packed(), Inline(values.astype(np.int8).tobytes()))


def payload_of(code: object, values: np.ndarray) -> bytes:
    """The payload of values."""
    location = stored(values, S8, code).location  # type: ignore[arg-type]
    assert isinstance(location, Inline)
    return location.data


def with_lengths(payload: bytes, lengths: int, width: int, least: int | None) -> bytes:
    """The same payload, whose lengths of lanes take `width` bits above `least`."""
    smallest, place = read_varint(payload, 1)
    size = (lengths * payload[0] + 7) // 8
    told = np.frombuffer(payload[place : place + size], np.uint8)
    numbers = smallest + (unpack(told, payload[0], lengths, out_dtype=np.uint32) if size else np.zeros(lengths))
    base = int(numbers.min()) if least is None else least
    head = bytes([width]) + varint(base) + pack((numbers - base).astype(np.uint32), width).tobytes()
    return head + payload[place + size :]


def classes_told(cells: Sequence[int]) -> bytes:
    """Tables of three classes, in which no cell has its class from the cell before; each table is HILL, by lines."""
    bits = BitWriter()
    bits.exp_golomb(-2 * LOWEST, 4)
    bits.fixed(0, 3)
    bits.exp_golomb(len(HILL) - 1, 4)
    bits.fixed(0, 1)
    bits.fixed(2, 4)
    for found in cells:
        bits.fixed(0, 1)
        bits.fixed(found, 2)
    for _ in range(3):
        bits.fixed(0, 2)
        bits.fixed(1, 3)
        bits.exp_golomb(0, 0)
        bits.exp_golomb(0, 0)
        before = last = 0
        for level in HILL:
            difference = level - max(last + (last - before) // 2, 0)
            bits.rice(2 * difference - 1 if difference > 0 else -2 * difference, 1)
            before, last = last, level
    return bits.finish()


def by_scales() -> ContextModel:
    """Four cells by the scale of a row."""
    return ContextModel(10, SeparableContext(scales_in(1), b"", (-3, 0, 2)), None)


def scales_in(low_bits: int) -> bytes:
    """Ten scales from -4 to 5 with so many low bits."""
    numbers = [2 * scale - 1 if scale > 0 else -2 * scale for scale in range(-4, 6)]
    prefixes, rest = BitWriter(), BitWriter()
    for number in numbers:
        prefixes.fixed(1 << (number >> low_bits), (number >> low_bits) + 1)
        rest.fixed(number & ((1 << low_bits) - 1), low_bits)
    return varint(len(numbers) << 3 | low_bits) + prefixes.finish() + rest.finish()
