"""rANS: every code of the tables, every kind of context, escapes, low bits, lanes, trellises."""

from collections.abc import Iterable, Sequence

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, encode_buffer
from qmodel.buffers.frequency_levels import Prediction, Row
from qmodel.buffers.frequency_tables import FrequencyTables
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.rans_contexts import ContextModel, NeighbourContext, SeparableContext
from qmodel.buffers.scale_bytes import scales_to_bytes
from qmodel.dtypes import ElementType
from qmodel.encodings import PlainNode, TrellisNode
from tools.conformance.draft import Draft
from tools.conformance.valid.trellis import trellis_values

S8, S16, U8 = dtypes.signed(8), dtypes.signed(16), dtypes.unsigned(8)
LINE, MIRROR, CLASS, PARTNER = Prediction
HILL = (1, 3, 7, 10, 7, 3, 1)
LOWEST = -3


def rans_drafts() -> Iterable[Draft]:
    """Every part of the coding."""
    yield from (types_and_totals(), predictions(), escapes(), contexts(), lanes_and_chunks(), codes_of_trellises())


def row(levels: Sequence[int], prediction: Prediction = LINE, rice_bits: int | None = 1, scale: int = 0) -> Row:
    """A table."""
    return Row(tuple(levels), prediction, rice_bits, scale)


def coding(
    rows: Sequence[Row],
    lowest: int = LOWEST,
    *,
    low_bits: int = 0,
    cells: Sequence[int] = (0,),
    escape_levels: Sequence[int] = (),
    run_length: int = 32,
    total_bits: int = 12,
    context: ContextModel | None = None,
    states: int = 0,
) -> RansCoding:
    """A coding whose tables are given."""
    tables = FrequencyTables(lowest, low_bits, tuple(cells), tuple(rows), tuple(escape_levels))
    return RansCoding(run_length, total_bits, tables.to_bytes(2 if states else 1), context, states)


def wave(count: int, spread: int = 3) -> np.ndarray:
    """Integers from -spread to spread, small ones more often."""
    i = np.arange(count)
    return ((i * i * 7 + i * 3) % (spread + 1)) * (1 - i * 5 % 3) // (1 + i % 2)


def stored(values: np.ndarray, element_type: ElementType, code: RansCoding, per_chunk: int | None = None) -> Buffer:
    """Values coded."""
    flat = np.asarray(values, element_type.storage).reshape(-1)
    return encode_buffer(flat, element_type, code, elements_per_chunk=per_chunk)


def add(draft: Draft, name: str, values: np.ndarray, element_type: ElementType, code: RansCoding) -> None:
    """Add a plain tensor coded so."""
    draft.add(name, PlainNode(stored(values, element_type, code)), values, element_type)


def types_and_totals() -> Draft:
    """Types, totals, one symbol, no elements."""
    draft = Draft("rans-types", "one table: every kind of type, totals of 2^10 to 2^16, a certain symbol, no elements")
    values = wave(100)
    for total_bits in (10, 12, 13, 16):
        add(draft, f"total-{total_bits}", values, S8, coding([row(HILL)], total_bits=total_bits))
    for name, lowest in (("u8", 120), ("bf16", 0x3F80), ("u3", 0), ("f8e4m3", 0x30), ("u32", (1 << 32) - 7)):
        element_type = dtypes.parse(name)
        add(draft, name, values + 3 + lowest, element_type, coding([row(HILL)], lowest))
    add(draft, "bool", values > 0, dtypes.BOOL, coding([row((5, 4))], 0))
    add(draft, "s32", values - (1 << 31) + 3, dtypes.signed(32), coding([row(HILL)], -(1 << 31)))
    add(draft, "certain", np.full(70, 5), S8, coding([row((1,))], 5))
    add(draft, "empty", np.zeros(0), S8, coding([row((1,))], 0))
    wide = row([1 + (j * 37) % 11 for j in range(300)])
    many = (np.arange(200) * 53) % 300 - 150
    add(draft, "300-symbols", many, S16, coding([wide], -150, total_bits=12))
    low = coding([row(HILL)], low_bits=4, run_length=50)
    add(draft, "low-bits", (np.arange(120) * 29) % 112 - 48, S8, low)
    add(draft, "low-bits-of-16", (np.arange(120) * 29) % 112 - 48, S8, coding([row(HILL)], low_bits=4, total_bits=12))
    return draft


def predictions() -> Draft:
    """What levels are predicted from."""
    draft = Draft(
        "rans-tables", "levels predicted in every way, with and without differences; parameters of Rice codes"
    )
    values = wave(90)
    holes = (0, 2, 9, 0, 0, 4, 0)
    for rice_bits in range(7):
        add(draft, f"line-{rice_bits}", values, S8, coding([row(HILL, LINE, rice_bits)]))
    add(draft, "mirror", values, S8, coding([row(HILL, MIRROR, 0)]))
    add(draft, "mirror-apart", values + 100, S8, coding([row(HILL, MIRROR, 2)], 97))
    add(draft, "mirror-low-bits", values, S8, coding([row((3, 9, 9, 2), MIRROR, 1)], -2, low_bits=1))
    held = np.where(np.isin(values, (-2, -1, 2)), values, -1)
    add(draft, "holes", held, S8, coding([row(holes)]))
    add(draft, "largest-level", values, S8, coding([row((1, 5, 90, 4095, 90, 5, 1), LINE, 6)], total_bits=16))
    wide, narrow = (3, 6, 9, 10, 8, 6, 2), (0, 1, 8, 20, 9, 1, 0)
    by_row = ContextModel(10, SeparableContext(scales_to_bytes(np.arange(9, dtype=np.int8) - 4), b"", (-1,)), None)
    small = np.where(np.arange(90) < 40, np.clip(values, -2, 2), values)
    for name, second in (
        ("class", row(wide, CLASS, 1, 8)),
        ("class-rough", row(wide, CLASS, 2, 3)),
        ("class-copied", row((1, 1, 6, 16, 7, 1, 1), CLASS, None, 9)),
    ):
        code = coding([row(narrow, MIRROR), second], cells=(0, 1), context=by_row)
        add(draft, name, np.clip(small, -3, 3), S8, code)
    return draft


def escapes() -> Draft:
    """Values without a symbol."""
    draft = Draft("rans-escapes", "escapes: beyond both ends, between, with low bits, of 8 to 32 bits, none used")
    values = wave(80).copy()
    add(draft, "unused", values, S8, coding([row(HILL)], escape_levels=(2,)))
    far = values.copy()
    far[[0, 31, 32, 79]] = [127, -128, 4, -4]
    add(draft, "s8", far, S8, coding([row(HILL)], escape_levels=(2,)))
    between = coding([row((1, 3, 0, 10, 7, 3, 1))], escape_levels=(3,))
    add(draft, "between", values, S8, between)
    for bits in (16, 24, 32):
        farther = far.astype(np.int64)
        farther[7], farther[8] = (1 << (bits - 1)) - 1, -(1 << (bits - 1))
        add(draft, f"s{bits}", farther, dtypes.signed(bits), coding([row(HILL)], escape_levels=(2,)))
    unsigned = values + 3
    unsigned[5] = 255
    add(draft, "u8", unsigned, U8, coding([row(HILL)], 0, escape_levels=(1,)))
    low = values * 5
    low[[3, 4]] = [-77, 101]
    add(draft, "low-bits", low, S8, coding([row(HILL)], -4, low_bits=2, escape_levels=(2,)))
    add(draft, "only-exceptions", np.arange(40) + 50, S8, coding([row((1,))], 0, escape_levels=(9,)))
    return draft


def contexts() -> Draft:
    """Scales, neighbours, cells."""
    draft = Draft("rans-contexts", "scales of rows, of columns, of both; neighbours; cells that share classes")
    rows, columns = np.array([-3, 0, 2, 9, -1], np.int8), np.array([1, -127, 0, 4, 127, 0, -2], np.int8)
    values = wave(33)
    tables = [row(HILL), row((0, 2, 9, 12, 9, 2, 0), CLASS, 1, 9), row((6, 6, 6, 6, 6, 6, 6), CLASS, 2, 8)]
    row_bytes, column_bytes = scales_to_bytes(rows), scales_to_bytes(columns)
    for name, of_rows, of_columns, thresholds in (
        ("rows", row_bytes, b"", (-2, 1)),
        ("columns", b"", column_bytes, (-3, 3)),
        ("rows-and-columns", row_bytes, column_bytes, (-130, 125)),
        ("no-scales", b"", b"", (-1, 0)),
    ):
        middle = np.clip(values, -2, 2)
        context = ContextModel(7, SeparableContext(of_rows, of_columns, thresholds), None)
        add(draft, name, middle, S8, coding(tables, cells=(0, 1, 2), context=context))
    near = ContextModel(0, None, NeighbourContext((1, 2, 7, 1 << 20), (8, 5, 15, 1), (4, 31)))
    many = np.clip(wave(200), -2, 2)
    add(draft, "neighbours", many, S8, coding(tables, cells=(0, 1, 2), context=near, run_length=60))
    shared = coding(tables[:2], cells=(1, 0, 1), context=near)
    add(draft, "neighbours-other-order", many, S8, shared)
    add(draft, "neighbours-of-unsigned", many + 103, U8, coding(tables, 100, cells=(0, 1, 2), context=near))
    low = coding(tables, low_bits=1, cells=(0, 1, 2), context=near)
    add(draft, "neighbours-low-bits", np.clip(wave(200, 5), -4, 5), S8, low)
    escaped = many.copy()
    escaped[[4, 90]] = 100
    escaping = coding(tables, cells=(0, 1, 2), escape_levels=(1, 1, 1), context=near)
    add(draft, "neighbours-escapes", escaped, S8, escaping)
    both = ContextModel(7, SeparableContext(row_bytes, column_bytes, (-1, 2)), NeighbourContext((1, 7), (1, 2), (1, 3)))
    cells = (0, 0, 1, 1, 0, 2, 2, 1, 2)
    add(draft, "both", np.clip(values, -2, 2), S8, coding(tables, cells=cells, context=both))
    table = ContextModel(7, SeparableContext(row_bytes, b"", tuple(range(-7, 8))), None)
    copied = [row(HILL, CLASS, None, 5 + j % 5) for j in range(15)]
    add(draft, "sixteen", values, S8, coding([row(HILL), *copied], cells=range(16), context=table))
    return draft


def lanes_and_chunks() -> Draft:
    """How elements are cut."""
    draft = Draft("rans-lanes", "one lane to many, the last shorter; lengths in 0 bits and more; chunks decoded alone")
    for count in (1, 31, 32, 33, 64, 200):
        add(draft, f"{count:03}", wave(count), S8, coding([row(HILL)]))
    add(draft, "one-long", wave(300), S8, coding([row(HILL)], run_length=1 << 59))
    add(draft, "no-words", np.zeros(100), S8, coding([row((0, 0, 0, 9, 0, 0, 0))]))
    uneven = np.where(np.arange(320) // 32 % 3 == 0, 0, wave(320))
    add(draft, "uneven", uneven, S8, coding([row((1, 3, 7, 80, 7, 3, 1), LINE, 4)]))
    scales = scales_to_bytes((np.arange(23) % 5 - 2).astype(np.int8))
    context = ContextModel(9, SeparableContext(scales, b"", (0,)), NeighbourContext((1, 9), (1, 1), (2,)))
    tables = [row(HILL), row((2, 4, 6, 9, 6, 4, 2), CLASS, 1, 8)]
    code = coding(tables, cells=(0, 0, 0, 1), escape_levels=(1, 0), context=context)
    values = wave(200).copy()
    values[[3, 190]] = [60, -60]
    draft.add("chunks", PlainNode(stored(values, S8, code, 64)), values, S8)
    draft.add("chunks-across-lanes", PlainNode(stored(wave(200), S8, coding([row(HILL)]), 40)), wave(200), S8)
    return draft


def codes_of_trellises() -> Draft:
    """Tables doubled by the quantizers."""
    draft = Draft("rans-trellis", "codes of trellises: tables by quantizer, levels of partners, two escapes, low bits")
    even = [row((*HILL, 1)), row((1, 4, 9, 9, 4, 1, 1, 1), PARTNER, 1)]
    codes = np.clip(wave(150), -2, 2)
    for states in (4, 8, 16, 32, 64, 128, 256):
        code = coding([row((0, *HILL)), row((1, 1, 4, 9, 9, 4, 1, 1), PARTNER, 1)], -4, states=states, run_length=40)
        add_trellis(draft, f"{states:03}", codes, S8, code)
    copied = [row((0, *HILL)), row((1, 2, 5, 9, 9, 5, 2, 1), PARTNER, None)]
    add_trellis(draft, "partner-copied", codes, S8, coding(copied, -4, states=8))
    far = codes.copy()
    far[[0, 1, 77]] = [100, -101, 7]
    add_trellis(draft, "escapes", far, S8, coding(even, -4, states=8, escape_levels=(1, 2)))
    low = coding([row((1, 6, 6, 1)), row((1, 7, 5, 1), PARTNER, 2)], -2, low_bits=1, states=8, escape_levels=(1, 1))
    add_trellis(draft, "low-bits", far, S8, low)
    scales = SeparableContext(scales_to_bytes(np.arange(15, dtype=np.int8) - 7), b"", (0,))
    both = ContextModel(10, scales, NeighbourContext((1, 10), (2, 1), (5,)))
    second = [row((0, 2, 5, 8, 10, 8, 5, 2), CLASS, 1, 8), row((2, 3, 7, 9, 9, 7, 3, 1), CLASS, 1, 8)]
    first = [row((0, *HILL)), row((1, 1, 4, 9, 9, 4, 1, 1), PARTNER, 1)]
    contextual = coding([*first, *second], -4, cells=(0, 0, 0, 1), context=both, states=8)
    add_trellis(draft, "contexts", codes, S8, contextual)
    return draft


def add_trellis(draft: Draft, name: str, codes: np.ndarray, element_type: ElementType, code: RansCoding) -> None:
    """Add a trellis whose states and run length its coding says."""
    values = trellis_values(codes.tolist(), 0.5, code.trellis_states, code.run_length)
    draft.add(name, TrellisNode(stored(codes, element_type, code), 0.5, 0, 0), values, dtypes.F32)
