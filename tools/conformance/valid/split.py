"""Floats taken apart."""

from collections.abc import Iterable, Sequence

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Packed, Payloads
from qmodel.buffers.split import SplitCoding
from qmodel.dtypes import ElementType
from qmodel.encodings import PlainNode
from tools.conformance.arithmetic import bits
from tools.conformance.draft import Draft
from tools.conformance.stored import RAW, in_chunks, payload, plain
from tools.conformance.zstd_frames import zstd_frame

SHIFT_TYPE = dtypes.signed(8)
PARTITIONS = {
    "f64": (11, (32, 21)),
    "f32": (8, (16, 8)),
    "f16": (8, (8,)),
    "bf16": (10, (6,)),
    "f8e4m3": (4, (3, 1)),
    "f8e5m2": (7, (1,)),
}


def split_drafts() -> Iterable[Draft]:
    """Floats taken apart."""
    yield from (every_type(), other_partitions(), several_chunks(), coded_planes(), row_and_column_shifts())


def patterns(element_type: ElementType) -> list[int]:
    """Bits of ±0, subnormals, ordinary numbers, infinities, NaNs with payloads, and some at random."""
    width = element_type.bits
    sign, ones = 1 << (width - 1), (1 << (width - 1)) - 1
    special = [0, 1, ones // 3, ones // 2, ones - 1, ones, ones & ~1, (ones >> 3) + 1]
    scattered = [(i * 0x9E3779B97F4A7C15) % (1 << 64) >> (64 - width) for i in range(1, 12)]
    return special + [number | sign for number in special] + scattered


def parts_of(numbers: Sequence[int], leading_bits: int, widths: Sequence[int]) -> list[list[int]]:
    """The leading bits and the planes, as the page defines them."""
    rest_bits = sum(widths)
    high, low = 1 << (rest_bits - 1), leading_bits + rest_bits - 1
    parts = [[number // high % (1 << leading_bits) for number in numbers]]
    remainders = [number % high + (number >> low) * high for number in numbers]
    for width in widths:
        parts.append([remainder % (1 << width) for remainder in remainders])
        remainders = [remainder >> width for remainder in remainders]
    return parts


def split(numbers: Sequence[int], leading_bits: int, widths: Sequence[int], per_chunk: int = 0) -> SplitCoding:
    """Numbers taken apart; `per_chunk` elements in each chunk, 0: inline."""
    buffers = []
    for part, width in zip(parts_of(numbers, leading_bits, widths), (leading_bits, *widths), strict=True):
        part_type = dtypes.unsigned(width)
        node = in_chunks(part, part_type, per_chunk) if per_chunk else plain(part, part_type)
        buffers.append(node.buffer)
    return SplitCoding(buffers[0], tuple(buffers[1:]))


def add(draft: Draft, name: str, numbers: Sequence[int], element_type: ElementType, coding: SplitCoding) -> None:
    """Add a tensor of the bits of numbers, as these parts."""
    draft.add(
        name, PlainNode(Buffer(element_type, len(numbers), coding, None)), bits(numbers, element_type), element_type
    )


def with_shifts(
    numbers: Sequence[int],
    leading_bits: int,
    widths: Sequence[int],
    columns: int,
    rows: Sequence[int],
    across: Sequence[int],
    *,
    shift_type: ElementType = SHIFT_TYPE,
    per_chunk: int = 0,
) -> SplitCoding:
    """Numbers taken apart, shifts taken from their leading bits; no row or column shifts where there are none given."""
    leading, *_ = parts_of(numbers, leading_bits, widths)
    part_type = dtypes.unsigned(leading_bits)
    shifted = [
        (number - (rows[i // columns] if rows else 0) - (across[i % columns] if across else 0)) % (1 << leading_bits)
        for i, number in enumerate(leading)
    ]
    node = in_chunks(shifted, part_type, per_chunk) if per_chunk else plain(shifted, part_type)
    shifts = (plain(shift, shift_type).buffer if shift else None for shift in (rows, across))
    return SplitCoding(node.buffer, split(numbers, leading_bits, widths, per_chunk).remainder, columns, *shifts)


def every_type() -> Draft:
    """The types it is for."""
    draft = Draft("split-types", "split floats of every type, of all kinds: NaN payloads, infinities, subnormals, -0")
    for name, (leading_bits, widths) in PARTITIONS.items():
        element_type = dtypes.parse(name)
        numbers = patterns(element_type)
        add(draft, name, numbers, element_type, split(numbers, leading_bits, widths))
    empty = SplitCoding(plain([], dtypes.unsigned(8)).buffer, (plain([], dtypes.unsigned(8)).buffer,))
    draft.add("empty", PlainNode(Buffer(dtypes.BF16, 0, empty, None)), np.zeros((0, 3)), dtypes.BF16)
    return draft


def other_partitions() -> Draft:
    """Widths that no writer needs and every reader must take."""
    draft = Draft("split-widths", "split f32 and f64 with leading bits of other widths, and planes of any")
    for name, leading_bits, widths in (
        ("f32", 1, (31,)),
        ("f32", 31, (1,)),
        ("f32", 9, (1, 2, 3, 4, 5, 6, 1, 1)),
        ("f64", 32, (32,)),
        ("f64", 12, (7, 13, 31, 1)),
    ):
        element_type = dtypes.parse(name)
        numbers = patterns(element_type)
        label = f"{name}-{leading_bits}-{'-'.join(map(str, widths))}"
        add(draft, label, numbers, element_type, split(numbers, leading_bits, widths))
    return draft


def several_chunks() -> Draft:
    """Chunk runs of parts."""
    draft = Draft("split-chunks", "parts in chunks of equal length, beside parts that are inline or one chunk")
    numbers = patterns(dtypes.F32)
    add(draft, "all", numbers, dtypes.F32, split(numbers, 8, (16, 8), 8))
    chunked, inline, whole = (split(numbers, 8, (16, 8), per_chunk) for per_chunk in (16, 0, len(numbers)))
    add(draft, "mixed", numbers, dtypes.F32, SplitCoding(chunked.leading, (inline.remainder[0], whole.remainder[1])))
    return draft


def coded_planes() -> Draft:
    """Parts with codings of their own."""
    draft = Draft("split-coded", "planes compressed with zstd; a plane of zeros in one payload beside chunks")
    numbers = [0x3F800000 + (i << 16) for i in range(20)]
    leading, low, high = parts_of(numbers, 8, (16, 8))
    packed = Packed("zstd")
    zeros = payload(zstd_frame(b"\0", repeat=2 * len(low)), len(low), dtypes.unsigned(16), packed).buffer
    frames = tuple(zstd_frame(bytes(high[start : start + 8])) for start in range(0, 20, 8))
    top = Buffer(dtypes.unsigned(8), 20, packed, Payloads(frames, 8))
    coding = SplitCoding(in_chunks(leading, dtypes.unsigned(8), 8, RAW).buffer, (zeros, top))
    add(draft, "f32", numbers, dtypes.F32, coding)
    return draft


def row_and_column_shifts() -> Draft:
    """Leading bits less what rows and columns have in common."""
    draft = Draft(
        "split-shifts", "leading bits with row shifts, column shifts and both; rows that do not fill the array"
    )
    numbers = patterns(dtypes.F32)
    rows, across = [5, -7, 127, -128, 0, 1], [0, -3, 11, 64, -100]
    for name, columns, of_rows, of_columns in (
        ("rows", 5, rows, ()),
        ("columns", 5, (), across),
        ("both", 5, rows, across),
        ("one-row", 27, rows[:1], ()),
        ("one-column", 1, list(range(27)), [3]),
    ):
        add(draft, name, numbers, dtypes.F32, with_shifts(numbers, 10, (22,), columns, of_rows, of_columns))
    chunked = with_shifts(numbers, 9, (16, 7), 5, rows, across, per_chunk=8)
    add(draft, "chunks", numbers, dtypes.F32, chunked)
    wide = with_shifts(numbers, 31, (1,), 14, [-(1 << 15), 12345], (), shift_type=dtypes.signed(16))
    add(draft, "s16", numbers, dtypes.F32, wide)
    return draft
