"""Arithmetic coding: types, layouts, elements near and far, chunks, trellises."""

from collections.abc import Iterable, Sequence

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, encode_buffer
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.dtypes import ElementType
from qmodel.encodings import PlainNode, TrellisNode
from tools.conformance.draft import Draft
from tools.conformance.valid.trellis import CHECKS, trellis_values

S8, S16, S32 = (dtypes.signed(bits) for bits in (8, 16, 32))


def arithmetic_drafts() -> Iterable[Draft]:
    """Every part of the coding."""
    yield from (types(), layouts(), extremes(), long_arrays(), chunks(), codes_of_trellises())


def hills(count: int, spread: int = 4) -> np.ndarray:
    """Integers around 0, small ones more often, some in rows that are larger."""
    i = np.arange(count)
    scattered = (i * i * 11 + i * 5) % 101 - 50
    return scattered * np.abs(scattered) * spread * (1 + i // 24 % 3) // 5000


def stored(
    values: Sequence[int] | np.ndarray,
    element_type: ElementType,
    coding: ArithmeticCoding,
    per_chunk: int | None = None,
) -> Buffer:
    """Values coded."""
    flat = np.asarray(values).astype(element_type.storage).reshape(-1)
    return encode_buffer(flat, element_type, coding, elements_per_chunk=per_chunk)


def add(
    draft: Draft,
    name: str,
    values: Sequence[int] | np.ndarray,
    element_type: ElementType,
    coding: ArithmeticCoding,
    per_chunk: int | None = None,
) -> None:
    """Add a plain tensor coded so."""
    draft.add(name, PlainNode(stored(values, element_type, coding, per_chunk)), values, element_type)


def types() -> Draft:
    """Types and centers."""
    draft = Draft("arithmetic-types", "every kind of type; centers in the middle, at the ends and apart; no elements")
    values, coding = hills(60), ArithmeticCoding(columns=12)
    for name in ("s4", "s5", "s8", "s16", "s24", "s32"):
        element_type = dtypes.parse(name)
        add(draft, name, values.clip(element_type.minimum, element_type.maximum), element_type, coding)
    for name, middle in (("u3", 3), ("u8", 120), ("u16", 65_000), ("u32", 1 << 31), ("bf16", 0x3F80), ("f8e4m3", 0x38)):
        element_type = dtypes.parse(name)
        held = (values + middle).clip(0, element_type.maximum)
        add(draft, name, held, element_type, ArithmeticCoding(columns=12, center=middle))
        add(draft, f"{name}-from-0", held, element_type, coding)
        add(draft, f"{name}-from-top", held, element_type, ArithmeticCoding(columns=12, center=element_type.maximum))
    for name in ("bool", "u1", "s1", "f4e2m1", "e8m0"):
        element_type = dtypes.parse(name)
        held = (values % 2 if element_type.bits == 1 else values + 7).clip(0, element_type.maximum)
        add(draft, name, -held if name == "s1" else held, element_type, coding)
    add(draft, "one", [-3], S8, coding)
    add(draft, "empty", np.zeros((0, 3)), S8, coding)
    return draft


def layouts() -> Draft:
    """Rows, periods, distances."""
    draft = Draft("arithmetic-layouts", "rows of any length, periods, distances within a period and beyond the array")
    values = hills(150) + np.repeat(hills(50), 3)
    for columns in (0, 1, 2, 30, 150, 151, (1 << 60) - 1):
        add(draft, f"columns-{columns}", values, S8, ArithmeticCoding(columns=columns))
    for period, distances in (
        (1, (1,)),
        (9, (1, 2, 3, 4, 6, 9, 18)),
        (9, (2, 8)),
        (7, (1, 2, 18)),
        (256, (1, 255, 256)),
        (0, tuple(range(1, 17))),
        (25, (3, 149, 150, (1 << 60) - 1)),
    ):
        coding = ArithmeticCoding(columns=18, period=period, distance=distances)
        add(draft, f"period-{period}-of-{len(distances)}", values, S8, coding)
    return draft


def extremes() -> Draft:
    """Elements far from what is expected, and all alike."""
    draft = Draft("arithmetic-extremes", "escapes; coarse elements; ends of types; nothing but zeros; one byte 0")
    values, coding = hills(100), ArithmeticCoding(columns=10)
    far = values.astype(np.int64)
    far[[5, 6, 50, 51, 99]] = [49, -50, 1 << 20, -(1 << 31), (1 << 31) - 1]
    add(draft, "escapes", far, S32, coding)
    for power in (4, 8, 14, 20, 27):
        add(draft, f"times-2-to-{power}", values * (1 << power) + np.arange(100) % 9, S32, coding)
    ends = np.where(np.arange(80) % 3 == 0, -128, 127)
    add(draft, "ends", ends, S8, coding)
    add(draft, "ends-u32", np.where(np.arange(80) % 2, 0, (1 << 32) - 1), dtypes.unsigned(32), coding)
    add(draft, "steps", np.repeat([0, 100, -100, 127], 30), S8, coding)
    add(draft, "zeros", np.zeros(500), S8, coding)
    add(draft, "ones", np.ones(500), dtypes.BOOL, coding)
    add(draft, "byte-0", [-1, -1], dtypes.signed(1), coding)
    return draft


def long_arrays() -> Draft:
    """Sums that are halved, counts that stop."""
    draft = Draft("arithmetic-long", "rows of over 512 elements, columns of over 128, over 1,000 elements")
    add(draft, "row", hills(1300), S8, ArithmeticCoding(columns=1300))
    add(draft, "columns", hills(1600), S8, ArithmeticCoding(columns=4, period=2))
    add(draft, "no-rows", hills(1200, 30), S8, ArithmeticCoding())
    return draft


def chunks() -> Draft:
    """Chunks that begin within rows."""
    draft = Draft("arithmetic-chunks", "chunks decoded alone, beginning anywhere in a row and in a period")
    add(draft, "rows-of-30", hills(200), S8, ArithmeticCoding(columns=30, period=3, distance=(1, 2, 3, 30)), 64)
    add(draft, "rows-of-7", hills(200), S8, ArithmeticCoding(columns=7), 8)
    add(draft, "longer-rows", hills(100), S8, ArithmeticCoding(columns=70, period=5, distance=(1, 5, 70)), 40)
    return draft


def codes_of_trellises() -> Draft:
    """Codes of two quantizers."""
    draft = Draft("arithmetic-trellis", "codes of every number of states, chunks as runs, coarse codes, codes alone")
    codes = hills(120)
    for states in CHECKS:
        coding = ArithmeticCoding(columns=12, trellis_states=states)
        node = TrellisNode(stored(codes, S8, coding), 0.25, 0, 0)
        draft.add(f"{states:04}", node, trellis_values(codes.tolist(), 0.25, states, 120), dtypes.F32)
    coding = ArithmeticCoding(columns=12, trellis_states=8)
    node = TrellisNode(stored(codes, S8, coding, 40), 0.5, 0, 0)
    draft.add("chunks", node, trellis_values(codes.tolist(), 0.5, 8, 40), dtypes.F32)
    coarse = codes * 50 + np.arange(120) % 7
    node = TrellisNode(stored(coarse, S16, coding), 1.5, 0, 0)
    draft.add("coarse", node, trellis_values(coarse.tolist(), 1.5, 8, 120), dtypes.F32)
    add(draft, "codes", codes, S8, coding)
    return draft
