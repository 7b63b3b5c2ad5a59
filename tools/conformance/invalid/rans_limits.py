"""rANS just beyond the limits of its page: indices, escapes of trellises, the numbers before the tables."""

from collections.abc import Iterable

from qmodel.buffers.bit_stream import BitWriter
from qmodel.buffers.frequency_tables import FrequencyTables
from qmodel.buffers.rans import RansCoding
from qmodel.v1 import buffer_pb2
from tools.conformance.invalid.base import DECODE, OPEN
from tools.conformance.invalid.rans import becoming, changed, in_context, setting
from tools.conformance.valid.rans import HILL, PARTNER, coding, row
from tools.conformance.valid.unusual_rans import by_scales, scales_in
from tools.conformance.vector import Vector

_PLAIN = coding([row(HILL)])
_EVEN = [row((0, *HILL)), row((1, 1, 4, 9, 9, 4, 1, 1), PARTNER)]
_TRELLIS = coding(_EVEN, -4, states=8)


def rans_limit_cases() -> Iterable[Vector]:
    """Names begin with `rans-`."""
    yield decoding("indices-65600", "at most 65,536 indices", too_many_indices(), "u32")
    parity = "with two escapes both parities have as many indices"
    odd_lowest = coding(_EVEN, -3, states=8, escape_levels=(1, 1))
    yield decoding("two-escapes-odd-lowest", parity, odd_lowest, "s8")
    odd_count = coding([row(HILL), row(HILL, PARTNER)], -4, states=8, escape_levels=(1, 1))
    yield decoding("two-escapes-odd-symbols", parity, odd_count, "s8")
    for name, lowest in (("lowest-beyond", (1 << 32) + 1), ("lowest-below", -(1 << 32) - 1)):
        rule = "lowest is -2^32 to 2^32"
        yield changed(f"rans-{name}", DECODE, rule, _PLAIN, setting("tables", tables_from(lowest)))
    yield from scale_cases()


def decoding(name: str, rule: str, code: RansCoding, type_name: str) -> Vector:
    """Found when the tables are read."""
    start = _TRELLIS if code.trellis_states else _PLAIN
    return changed(f"rans-{name}", DECODE, rule, start, becoming(code, type_name))


def too_many_indices() -> RansCoding:
    """1,024 symbols and an escape, each of 64 values; one symbol has no frequency, so that all others have one."""
    levels = row([0] + [1] * 1023, rice_bits=0)
    return RansCoding(32, 10, FrequencyTables(0, 6, (0,), (levels,), (1,)).to_bytes(1))


def tables_from(lowest: int) -> bytes:
    """Tables whose first number is this."""
    bits = BitWriter()
    bits.exp_golomb(2 * lowest - 1 if lowest > 0 else -2 * lowest, 4)
    return bits.finish() + bytes(16)


def scale_cases() -> Iterable[Vector]:
    """Bytes of scales that are spelled in another way."""
    code = coding([row(HILL)] * 4, cells=range(4), context=by_scales())
    whole = scales_in(3)
    prefixes = bytearray(whole)
    prefixes[2] |= 0x80
    rest = bytearray(scales_in(3))
    rest[-1] |= 0x80
    for name, rule, data in (
        ("scales-overlong", "numbers in their shortest form", bytes([whole[0] | 0x80, 0]) + whole[1:]),
        ("scales-padding", "filled up with zeros", bytes(prefixes)),
        ("scales-unused-bits", "filled up with zeros", bytes(rest)),
        ("scales-of-none", "a scale for each row and column", b"\x03"),
    ):

        def change(message: buffer_pb2.ContextModel, data: bytes = data) -> None:
            message.separable.row_scale = data

        yield changed(f"rans-{name}", OPEN, rule, code, in_context(change))
