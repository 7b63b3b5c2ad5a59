"""Floats taken apart in ways that do not fit together."""

from collections.abc import Callable, Iterable
from functools import partial

from qmodel import dtypes
from qmodel.buffers.split import SplitCoding
from qmodel.v1 import buffer_pb2, manifest_pb2
from tools.conformance.draft import Draft
from tools.conformance.invalid.base import CORRUPT, DECODE, OPEN, buffer, invalid, serialized, type_number
from tools.conformance.layout import laid_out
from tools.conformance.valid.split import add, patterns, split, with_shifts
from tools.conformance.vector import Vector

Change = Callable[[buffer_pb2.Buffer], object]

_NUMBERS = patterns(dtypes.F32)
_COUNT = len(_NUMBERS)
_WIDTHS = (16, 5, 3)


def split_cases() -> Iterable[Vector]:
    """Floats taken apart in ways that do not fit together."""
    widths, counts = "all widths together are that of the float", "every part has as many elements as the buffer"
    unsigned = "parts are unsigned integers"
    for name, rule, change in (
        ("widths-too-few", widths, lambda b: set_type(b.split.remainder[1], "u4")),
        ("widths-too-many", widths, lambda b: set_type(b.split.leading, "u9")),
        ("plane-missing", widths, lambda b: b.split.remainder.pop()),
        ("no-planes", "1 to 8 planes", lambda b: b.split.ClearField("remainder")),
        ("nine-planes", "1 to 8 planes", nine_planes),
        ("without-leading", "`leading` is present", lambda b: b.split.ClearField("leading")),
        ("leading-signed", unsigned, lambda b: set_type(b.split.leading, "s8")),
        ("plane-of-floats", unsigned, lambda b: set_type(b.split.remainder[0], "f16")),
        ("in-split", unsigned, split_in_split),
        ("plane-count", counts, lambda b: set_count(b.split.remainder[0], _COUNT - 1)),
        ("leading-count", counts, lambda b: set_count(b.split.leading, _COUNT + 1)),
        ("with-payload", "no payload of its own", lambda b: setattr(b, "inline", bytes(4 * _COUNT))),
        ("plane-truncated", "raw payloads have one size", lambda b: cut(b.split.remainder[1])),
    ):
        yield changed(f"split-{name}", OPEN, rule, change)
    yield changed("split-unused-bits-set", DECODE, "unused bits are 0", lambda b: set_last_byte(b.split.remainder[2]))
    yield chunks_of_two_lengths()
    yield from shift_cases()
    for name in ("e8m0", "f6e2m3", "f4e2m1", "u32"):
        yield changed(f"split-of-{name}", OPEN, "f64, f32, f16, bf16, f8 of 8 bits", partial(set_type, name=name))


def shift_cases() -> Iterable[Vector]:
    """Shifts that do not fit."""
    together = "columns and shifts come together"
    for name, rule, change in (
        ("columns-without-shifts", together, without_shifts),
        ("shifts-without-columns", together, lambda b: b.split.ClearField("columns")),
        ("columns-beyond", "rows are not longer than the array", lambda b: setattr(b.split, "columns", _COUNT + 1)),
        ("row-shift-count", "a shift for each row", lambda b: set_count(b.split.row_shift, 5)),
        ("column-shift-count", "a shift for each column", lambda b: set_count(b.split.column_shift, 6)),
        ("row-shift-unsigned", "shifts are s1 to s16", lambda b: set_type(b.split.row_shift, "u8")),
        ("column-shift-float", "shifts are s1 to s16", lambda b: set_type(b.split.column_shift, "f8e4m3")),
        ("row-shift-s17", "shifts are s1 to s16", lambda b: set_type(b.split.row_shift, "s17")),
    ):
        coding = with_shifts(_NUMBERS, 8, _WIDTHS, 5, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5])
        yield changed(f"split-{name}", OPEN, rule, change, coding)


def without_shifts(message: buffer_pb2.Buffer) -> None:
    """Only the length of a row."""
    message.split.ClearField("row_shift")
    message.split.ClearField("column_shift")


def changed(name: str, at: str, rule: str, change: Change, coding: SplitCoding | None = None) -> Vector:
    """A changed file; without a coding, with `leading` in chunks of 16 elements and the planes inline."""
    if coding is None:
        coding = SplitCoding(split(_NUMBERS, 8, _WIDTHS, 16).leading, split(_NUMBERS, 8, _WIDTHS).remainder)
    chunks, message = base(coding)
    change(buffer(message, "a"))
    return invalid(name, CORRUPT, at, rule, laid_out(chunks, serialized(message)))


def chunks_of_two_lengths() -> Vector:
    """`leading` in chunks of 16 elements, the planes in chunks of 8."""
    coding = SplitCoding(split(_NUMBERS, 8, _WIDTHS, 16).leading, split(_NUMBERS, 8, _WIDTHS, 8).remainder)
    chunks, message = base(coding)
    rule = "parts have chunks of one length"
    return invalid("split-chunks-differ", CORRUPT, OPEN, rule, laid_out(chunks, serialized(message)))


def base(coding: SplitCoding) -> tuple[list[bytes], manifest_pb2.Manifest]:
    """The chunks and manifest of a file with one tensor of split floats."""
    draft = Draft("", "")
    add(draft, "a", _NUMBERS, dtypes.F32, coding)
    return draft.chunks, manifest_pb2.Manifest.FromString(draft.manifest_bytes())


def set_type(message: buffer_pb2.Buffer, name: str) -> None:
    """Change the element type."""
    message.element_type = type_number(name)  # type: ignore[assignment]


def set_count(message: buffer_pb2.Buffer, count: int) -> None:
    """Change the number of elements, and the size of the payload with it."""
    message.count = count
    if message.HasField("inline"):
        message.inline = bytes(2 * count)


def nine_planes(message: buffer_pb2.Buffer) -> None:
    """Planes of 9 widths that are 24 together."""
    del message.split.remainder[:]
    for width in (3, 3, 3, 3, 3, 3, 3, 2, 1):
        plane = message.split.remainder.add()
        set_type(plane, f"u{width}")
        plane.count, plane.inline = _COUNT, bytes((width * _COUNT + 7) // 8)
        plane.packed.SetInParent()


def split_in_split(message: buffer_pb2.Buffer) -> None:
    """A plane that is itself split."""
    inner = buffer_pb2.Buffer()
    inner.CopyFrom(message)
    message.split.remainder[0].CopyFrom(inner)
    message.split.remainder[0].element_type = type_number("f16")  # type: ignore[assignment]


def cut(message: buffer_pb2.Buffer) -> None:
    """A payload without its last byte."""
    message.inline = message.inline[:-1]


def set_last_byte(message: buffer_pb2.Buffer) -> None:
    """All bits of the last byte."""
    message.inline = message.inline[:-1] + b"\xff"
