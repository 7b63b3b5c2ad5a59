"""rANS with parameters that do not fit, tables that are none, and payloads that end wrongly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from qmodel.buffers import Inline
from qmodel.buffers.bit_stream import BitWriter
from qmodel.buffers.rans import RansCoding
from qmodel.buffers.rans_contexts import ContextModel, NeighbourContext, SeparableContext
from qmodel.buffers.scale_bytes import scales_to_bytes
from qmodel.encodings import PlainNode
from qmodel.v1 import buffer_pb2, manifest_pb2
from qmodel.wire.coding import coding_to_message
from tools.conformance.draft import Draft
from tools.conformance.invalid.base import CORRUPT, DECODE, OPEN, buffer, invalid, serialized, type_number
from tools.conformance.layout import laid_out
from tools.conformance.valid.rans import HILL, LOWEST, MIRROR, PARTNER, S8, coding, row, stored, wave
from tools.conformance.vector import Vector

Change = Callable[[buffer_pb2.Buffer], object]

_VALUES = np.clip(wave(100), -2, 2)
_PLAIN = coding([row(HILL)])
_ESCAPING = coding([row(HILL)], escape_levels=(2,))
_SCALES = scales_to_bytes(np.arange(10, dtype=np.int8) - 4)
_CONTEXTUAL = coding(
    [row(HILL), row(HILL, MIRROR), row(HILL)],
    cells=(0, 1, 1, 2),
    context=ContextModel(10, SeparableContext(_SCALES, _SCALES, (0,)), NeighbourContext((1, 10), (2, 1), (3,))),
)
_TRELLIS = coding([row((0, *HILL)), row((1, 1, 4, 9, 9, 4, 1, 1), PARTNER)], LOWEST - 1, states=8)


def rans_cases() -> Iterable[Vector]:
    """Everything that can be wrong with the coding."""
    for name, rule, code, change in (*parameter_rules(), *context_rules()):
        yield changed(f"rans-{name}", OPEN, rule, code, change)
    for name, rule, code, change in (*symbol_rules(), *table_rules()):
        yield changed(f"rans-{name}", DECODE, rule, code, change)
    for name, rule, code, payload in payload_rules():
        yield changed(f"rans-{name}", DECODE, rule, code, partial(set_payload, payload=payload))
    far = _VALUES.copy()
    far[50] = 63
    beyond = partial(set_payload, payload=payload_of(_ESCAPING, far)[:-1] + b"\x40")
    rule = "exceptions are values of the type"
    yield changed("rans-exception-beyond-s7", DECODE, rule, _ESCAPING, sequence(partial(set_type, name="s7"), beyond))


def parameter_rules() -> Iterable[tuple[str, str, RansCoding, Change]]:
    """The plain numbers, and the type."""
    for length in (0, 31, 1 << 60):
        yield f"run-length-{length}", "runs have at least 32 elements", _PLAIN, setting("run_length", length)
    for total_bits in (0, 9, 17):
        yield f"total-bits-{total_bits}", "totals are 2^10 to 2^16", _PLAIN, setting("total_bits", total_bits)
    for states in (2, 5, 4096):
        yield f"trellis-states-{states}", "those that a trellis can have", _TRELLIS, setting("trellis_states", states)
    for name in ("f32", "f16", "u64", "s64"):
        yield f"of-{name}", "integers of up to 32 bits, bool, and bits of floats", _PLAIN, partial(set_type, name=name)
    unsigned = coding([row((0, *HILL)), row((1, *HILL), PARTNER)], 0, states=8)
    yield "trellis-of-u8", "codes of a trellis are signed", _PLAIN, becoming(unsigned, "u8")


def symbol_rules() -> Iterable[tuple[str, str, RansCoding, Change]]:
    """Symbols that do not fit the type or the total."""
    yield "beyond-s2", "symbols stand for values of the type", _PLAIN, partial(set_type, name="s2")
    odd = coding([row(HILL), row(HILL, PARTNER)], LOWEST, states=8)
    yield "trellis-odd", "an index has the parity of its code", _TRELLIS, setting("tables", odd.tables)
    narrow = coding([row((1, 2, 3, 1))], -2, escape_levels=(1,))
    yield "escapes-of-nothing", "a value is left for escapes", _PLAIN, becoming(narrow, "s2")
    low = coding([row((1, 1))], -1, low_bits=5)
    yield "low-bits-and-total", "low bits and total are 16 bits at most", _PLAIN, becoming(low, "s8")
    many = coding([row([1] * 1025)], -512, total_bits=10)
    yield "symbols-above-total", "each symbol has a slot", _PLAIN, becoming(many, "s16")


def table_rules() -> Iterable[tuple[str, str, RansCoding, Change]]:
    """Bits that are no tables."""
    whole = _PLAIN.tables
    yield "tables-missing", "tables have at least one table", _PLAIN, setting("tables", b"")
    yield "tables-cut", "tables end with the last table", _PLAIN, setting("tables", whole[:-1])
    yield "tables-too-long", "nothing follows the last table", _PLAIN, setting("tables", whole + b"\0")
    yield "tables-padding", "filled up with zeros", _PLAIN, setting("tables", whole[:-1] + bytes([whole[-1] | 0x80]))
    for name, rule, bits in (
        ("low-bits-7", "low_bits is 0 to 6", head(low_bits=7)),
        ("4097-symbols", "at most 4,096 symbols", head(symbols=4097)),
        ("prefix-33", "golomb codes have at most 32 zeros", prefix(33)),
        ("prediction-of-no-class", "the first class has none before it", table(2, 1)),
        ("prediction-of-no-partner", "only quantizer 1 has a partner", table(3, 1)),
        ("line-without-differences", "a line needs differences", table(0, 7)),
        ("mirror-without-differences", "a mirror needs differences", table(1, 7)),
        ("table-of-zeros", "one level at least is not 0", table(0, 0, [0] * 7)),
        ("level-negative", "levels are 0 to 4,095", table(0, 0, [2, -4, 0, 0, 0, 0, 0])),
        ("level-4096", "levels are 0 to 4,095", table(0, 6, [4000, 2000, 0, 0, 0, 0, 0])),
        ("difference-8191", "differences are at most 8,190", table(0, 6, [4096, 0, 0, 0, 0, 0, 0])),
        ("support-before", "the first symbol is 0 at least", table(0, 1, [1] * 8, first=-1)),
        ("support-behind", "the last symbol is below n", table(0, 1, [1] * 8, cut=-1)),
        ("support-empty", "the first symbol is not behind the last", table(0, 1, [], first=4, cut=4)),
    ):
        yield name, rule, _PLAIN, setting("tables", bits)
    yield "class-missing", "every class has a cell", _CONTEXTUAL, setting("tables", cells([0, 1, 1, 1]))
    yield "class-beyond", "every class is announced", _CONTEXTUAL, setting("tables", cells([0, 1, 3, 2]))


def context_rules() -> Iterable[tuple[str, str, RansCoding, Change]]:
    """Contexts that do not fit."""
    together, scales = "columns and scales come together", "a scale for each row and column"
    weights = "1 to 4 neighbours, each with a weight"
    few, many = scales_to_bytes(np.zeros(9, np.int8)), scales_to_bytes(np.ones(11, np.int8))
    none = buffer_pb2.NeighbourContext(threshold=[3])
    three = buffer_pb2.NeighbourContext(distance=[2, 3, 4], weight=[1, 1, 1])
    for name, rule, change in (
        ("context-empty", "a context has a part", lambda c: c.Clear()),
        ("columns-zero", together, lambda c: c.ClearField("columns")),
        ("columns-alone", together, lambda c: c.ClearField("separable")),
        ("columns-beyond", "rows are not longer than the array", lambda c: setattr(c, "columns", 101)),
        ("thresholds-equal", "thresholds ascend", lambda c: c.separable.threshold.append(0)),
        ("thresholds-descend", "thresholds ascend", lambda c: c.neighbours.threshold.append(2)),
        ("257-cells", "at most 256 cells", lambda c: c.neighbours.threshold.extend(range(4, 131))),
        ("scales-of-rows", scales, lambda c: setattr(c.separable, "row_scale", _SCALES[:1] + b"\0" * 3)),
        ("scales-too-few", scales, lambda c: setattr(c.separable, "row_scale", few)),
        ("scales-too-many", scales, lambda c: setattr(c.separable, "column_scale", many)),
        ("scales-cut", scales, lambda c: setattr(c.separable, "row_scale", _SCALES[:-1])),
        ("scales-longer", scales, lambda c: setattr(c.separable, "row_scale", _SCALES + b"\0")),
        ("scale-128", "scales are -127 to 127", lambda c: setattr(c.separable, "row_scale", large_scale())),
        ("scales-7-low-bits", "0 to 6 low bits", lambda c: setattr(c.separable, "row_scale", b"\x57" + b"\xff" * 11)),
        ("neighbours-none", weights, lambda c: c.neighbours.CopyFrom(none)),
        ("neighbours-five", weights, lambda c: c.neighbours.MergeFrom(three)),
        ("neighbour-without-weight", weights, lambda c: c.neighbours.distance.append(3)),
        ("distance-0", "neighbours are to the left", lambda c: c.neighbours.distance.__setitem__(0, 0)),
        ("distance-too-far", "at most 2^20", lambda c: c.neighbours.distance.__setitem__(0, (1 << 20) + 1)),
        ("weight-0", "weights are 1 to 15", lambda c: c.neighbours.weight.__setitem__(0, 0)),
        ("weight-16", "weights are 1 to 15", lambda c: c.neighbours.weight.__setitem__(0, 16)),
    ):
        yield name, rule, _CONTEXTUAL, in_context(change)


def payload_rules() -> Iterable[tuple[str, str, RansCoding, bytes]]:
    """Payloads that do not decode."""
    whole, escaping = payload_of(_PLAIN), payload_of(_ESCAPING)
    end = "a lane ends with state 1 and no word left"
    yield "payload-empty", "lanes have lengths", _PLAIN, b""
    yield "payload-odd", "words are whole", _PLAIN, whole[:-1]
    long = replace(_PLAIN, run_length=128)
    yield "payload-cut", end, long, payload_of(long)[:-2]
    yield "payload-longer", end, _PLAIN, whole + b"\x01\x00"
    yield "payload-changed", end, _PLAIN, whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
    yield "lengths-beyond", "lanes are in the payload", _PLAIN, b"\x00\x7f" + whole[2:]
    yield "lengths-32-bits", "lengths have at most 31 bits", _PLAIN, b"\x20\x00" + bytes(200)
    yield "lengths-cut", "a length for every lane but the last", _PLAIN, b"\x1f\x00\x00"
    uneven = payload_of(_PLAIN, np.where(np.arange(100) < 32, 0, _VALUES))
    yield "lengths-padding", "unused bits are 0", _PLAIN, uneven[:2] + bytes([uneven[2] | 0x80]) + uneven[3:]
    yield "varint-long", "numbers in their shortest form", _PLAIN, whole[:1] + bytes([whole[1] | 0x80, 0]) + whole[2:]
    yield "varint-endless", "numbers have at most 5 bytes", _PLAIN, b"\x00" + b"\xff" * 8
    yield "exceptions-beyond", "exceptions are in the payload", _ESCAPING, b"\x7f" + escaping[1:]
    yield "exception-unused", "an exception for each escape", _ESCAPING, b"\x01" + escaping[1:] + b"\x40"
    far = _VALUES.copy()
    far[50] = 100
    missing = payload_of(_ESCAPING, far)
    yield "exception-missing", "an exception for each escape", _ESCAPING, b"\x00" + missing[1:-1]
    low = coding([row(HILL)], low_bits=1, escape_levels=(2,))
    yield "exception-low-bits", "an escape tells low bits", low, payload_of(low, far)[:-1] + b"\x65"


def changed(name: str, at: str, rule: str, code: RansCoding, change: Change) -> Vector:
    """A file with one tensor coded so, changed."""
    draft = Draft("", "")
    draft.add("a", PlainNode(stored(_VALUES, S8, code)), _VALUES, S8)
    message = manifest_pb2.Manifest.FromString(draft.manifest_bytes())
    change(buffer(message, "a"))
    message.tensors[0].element_type = buffer(message, "a").element_type
    return invalid(name, CORRUPT, at, rule, laid_out(draft.chunks, serialized(message)))


def payload_of(code: RansCoding, values: np.ndarray = _VALUES) -> bytes:
    """The payload of values."""
    location = stored(values, S8, code).location
    assert isinstance(location, Inline)
    return location.data


def setting(field: str, value: object) -> Change:
    """Set a field of the coding."""
    return lambda message: setattr(message.rans, field, value)


def becoming(code: RansCoding, type_name: str) -> Change:
    """Replace the coding and the element type."""

    def apply(message: buffer_pb2.Buffer) -> None:
        message.rans.Clear()
        coding_to_message(code, message.rans, lambda _buffer, _message: None)
        set_type(message, type_name)

    return apply


def sequence(*changes: Change) -> Change:
    """One change after another."""

    def apply(message: buffer_pb2.Buffer) -> None:
        for change in changes:
            change(message)

    return apply


def in_context(change: Callable[[buffer_pb2.ContextModel], object]) -> Change:
    """Change the context."""
    return lambda message: change(message.rans.context)


def set_type(message: buffer_pb2.Buffer, name: str) -> None:
    """Change the element type."""
    message.element_type = type_number(name)  # type: ignore[assignment]


def set_payload(message: buffer_pb2.Buffer, payload: bytes) -> None:
    """Replace the payload."""
    message.inline = payload


def head(*, low_bits: int = 0, symbols: int = 7) -> bytes:
    """Tables that begin so."""
    bits = BitWriter()
    _write_head(bits, low_bits, symbols)
    return bits.finish() + bytes(8)


def prefix(zeros: int) -> bytes:
    """Tables whose first code has so many zeros."""
    bits = BitWriter()
    bits.fixed(1 << zeros, zeros + 1)
    return bits.finish() + bytes(12)


def table(prediction: int, rice_bits: int, numbers: Sequence[int] = (), *, first: int = 0, cut: int = 0) -> bytes:
    """A first table of these differences, `first` behind the first symbol and `cut` before the last."""
    bits = BitWriter()
    _write_head(bits, 0, 7)
    bits.fixed(prediction, 2)
    bits.fixed(rice_bits, 3)
    if prediction == 2:
        bits.fixed(5, 5)
    bits.exp_golomb(_unsigned(first), 0)
    bits.exp_golomb(_unsigned(cut), 0)
    for number in numbers:
        bits.rice(_unsigned(number), min(rice_bits, 6))
    return bits.finish()


def cells(classes: Sequence[int]) -> bytes:
    """Tables that announce three classes and give cells these."""
    bits = BitWriter()
    _write_head(bits, 0, 7)
    bits.fixed(2, 4)
    before = 0
    for found in classes:
        bits.fixed(found == before, 1)
        if found != before:
            bits.fixed(found, 2)
        before = found
    return bits.finish() + bytes(4)


def large_scale() -> bytes:
    """Ten scales, the last of them 128."""
    bits = BitWriter()
    for number in [0] * 9 + [255]:
        bits.fixed(1 << (number >> 6), (number >> 6) + 1)
    packed = BitWriter()
    for number in [0] * 9 + [255]:
        packed.fixed(number & 63, 6)
    return bytes([10 << 3 | 6]) + bits.finish() + packed.finish()


def _write_head(bits: BitWriter, low_bits: int, symbols: int) -> None:
    bits.exp_golomb(_unsigned(LOWEST), 4)
    bits.fixed(low_bits, 3)
    bits.exp_golomb(symbols - 1, 4)
    bits.fixed(0, 1)


def _unsigned(number: int) -> int:
    return 2 * number - 1 if number > 0 else -2 * number
