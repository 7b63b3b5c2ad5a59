"""Every element type and odd shape, stored as it is; the conversions a file may imply."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import ElementType
from tools.conformance.arithmetic import bf16_bits, bits, small_float_numbers
from tools.conformance.draft import Draft
from tools.conformance.stored import plain

INTEGER_BITS = (*range(1, 33), 64)
INTEGERS = tuple(make(bits) for make in (dtypes.unsigned, dtypes.signed) for bits in INTEGER_BITS)
SMALL_FLOATS = (dtypes.F8E4M3, dtypes.F8E5M2, dtypes.F6E2M3, dtypes.F6E3M2, dtypes.F4E2M1, dtypes.E8M0)

# Bits of numbers where rounding, signs, subnormals and NaNs go wrong.
F16_BITS = (0, 0x8000, 1, 0x83FF, 0x0400, 0x3C00, 0xBC00, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0x7C01, 0xFE55)
BF16_BITS = (0, 0x8000, 1, 0x807F, 0x0080, 0x3F80, 0xBF80, 0x7F7F, 0x7F80, 0xFF80, 0x7FC0, 0x7F81, 0xFFD5)
F32_BITS = (0, 1 << 31, 1, 0x807FFFFF, 0x00800000, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000)
F32_BITS += (0x7F800001, 0xFFC12345)
F64_BITS = (0, 1 << 63, 1, 0x800FFFFFFFFFFFFF, 1 << 52, 0x3FF0000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000)
F64_BITS += (0xFFF0000000000000, 0x7FF8000000000000, 0x7FF0000000000001, 0xFFF8123456789ABC)


def plain_drafts() -> Iterable[Draft]:
    """Every element type and odd shape."""
    yield from (integers(), floats(), lengths(), shapes(), huge_shapes(), converted(), widened())


def integers() -> Draft:
    """The ends of every integer type."""
    draft = Draft("plain-integers", "the extremes of every integer type, an odd number of elements")
    for element_type in INTEGERS:
        low, high = element_type.minimum, element_type.maximum
        values = [low, high, 0, high - 1 if high > 1 else high, low]
        draft.add(str(element_type), plain(values, element_type), values, element_type)
    return draft


def floats() -> Draft:
    """Narrow floats completely, wide ones where it matters."""
    draft = Draft("plain-floats", "every bit pattern of the narrow float types; zeros, subnormals, NaN payloads of all")
    for element_type in SMALL_FLOATS:
        values = np.arange(1 << element_type.bits)
        draft.add(str(element_type), plain(values, element_type), values, element_type)
    wide = ((dtypes.F16, F16_BITS), (dtypes.BF16, BF16_BITS), (dtypes.F32, F32_BITS), (dtypes.F64, F64_BITS))
    for element_type, patterns in wide:
        values = bits(patterns, element_type)
        draft.add(str(element_type), plain(values, element_type), values, element_type)
    return draft


def lengths() -> Draft:
    """Bits left over in the last byte."""
    draft = Draft("plain-lengths", "0 to 17 elements of types that do not fill bytes")
    for name in ("bool", "u1", "u3", "s5", "f6e2m3", "f4e2m1", "u12", "s31"):
        element_type = dtypes.parse(name)
        for count in range(18):
            pattern = np.arange(count) * 2654435761 % 4294967291 >> 1
            codes = (pattern % (1 << element_type.bits)) + (element_type.minimum if element_type.is_integer else 0)
            draft.add(f"{name}.{count:02}", plain(codes, element_type), codes, element_type)
    return draft


def shapes() -> Draft:
    """Odd shapes."""
    draft = Draft("plain-shapes", "0-d, empty, 32 axes, and axes of length 1")
    for shape in ((), (0,), (3, 0, 2), (0,) * 32, (1,) * 32, (7,), (2, 3, 5), (1, 5, 1)):
        values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(np.float32)
        draft.add("×".join(map(str, shape)) or "0-d", plain(values, dtypes.F32), values, dtypes.F32)
    return draft


def huge_shapes() -> Draft:
    """The greatest product of lengths, of which one is 0."""
    about = "shapes without elements whose other lengths have the greatest product allowed, 2^60 - 1"
    draft = Draft("plain-shapes-huge", about)
    for name, element_type, shape in (
        ("first", dtypes.F32, (0, (1 << 60) - 1)),
        ("last", dtypes.unsigned(1), ((1 << 30) - 1, (1 << 30) + 1, 0)),
    ):
        values = np.empty(shape, element_type.storage)
        draft.add(name, plain(values, element_type), values, element_type)
    return draft


def converted() -> Draft:
    """Every conversion a file may imply between floats, and some between integers."""
    draft = Draft("plain-converted", "types narrower or wider than the tensor's: rounding, ties, overflow, subnormals")
    for source, target, values, any_nan in conversions():
        name = f"{source}-to-{target}"
        numbers = (values.astype(np.uint32) << 16).view(np.float32) if source == dtypes.BF16 else values
        with np.errstate(all="ignore"):
            wanted = bf16_bits(numbers) if target == dtypes.BF16 else numbers.astype(target.storage)
        draft.add(name, plain(values, source), wanted, target, any_nan=any_nan)
    return draft


def conversions() -> Iterable[tuple[ElementType, ElementType, Any, bool]]:
    """Source type, target type, storage of the source, and whether there are NaNs."""
    quiet = [pattern for pattern in F32_BITS if pattern != 0x7F800001]
    f32 = np.array([*quiet, 0x33000000, 0x33000001, 0x477FEFFF, 0x477FF000, 0x3F801000, 0x3F803000], np.uint32)
    f32_for_bf16 = np.array([*quiet, 0x3F808000, 0x3F818000, 0x3F808001, 0x7F7F8000, 0x7F7F7FFF, 0x00008000], np.uint32)
    f64 = np.array([1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-50, 1e300, -1e-320, 3.4028235677973366e38, 2.0**-150, np.nan])
    f64_for_bf16 = np.array([1 + 2.0**-8, 1 + 2.0**-8 + 2.0**-40, 1 + 3 * 2.0**-8, -(2.0**128 - 2.0**119), 1e-300])
    yield dtypes.F64, dtypes.F32, f64, True
    yield dtypes.F64, dtypes.F16, np.array([1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 65520.0, 65519.999, 2.0**-25]), False
    yield dtypes.F64, dtypes.BF16, f64_for_bf16, False
    yield dtypes.F32, dtypes.F16, f32.view(np.float32), True
    yield dtypes.F32, dtypes.BF16, f32_for_bf16.view(np.float32), True
    yield dtypes.F32, dtypes.F64, np.array(quiet, np.uint32).view(np.float32), True
    yield dtypes.F16, dtypes.F32, bits([p for p in F16_BITS if p != 0x7C01], dtypes.F16), True
    yield dtypes.BF16, dtypes.F32, bits(BF16_BITS, dtypes.BF16), True
    yield dtypes.BF16, dtypes.F16, bits([p for p in BF16_BITS if p != 0x7F81], dtypes.BF16), True
    for source, target in (("u3", "u8"), ("u8", "s16"), ("s5", "s64"), ("u31", "s32"), ("u32", "u64"), ("s1", "s8")):
        integer = dtypes.parse(source)
        yield integer, dtypes.parse(target), np.array([integer.minimum, integer.maximum, 0], integer.storage), False


def widened() -> Draft:
    """Small floats where the tensor has a wider type: nothing is lost but in f16, which `e8m0` exceeds."""
    draft = Draft(
        "plain-small-floats-converted", "every bit pattern of the small floats in tensors of f32, f64, f16, bf16"
    )
    for source in SMALL_FLOATS:
        patterns = np.arange(1 << source.bits)
        numbers = small_float_numbers(patterns, source)
        any_nan = bool(np.isnan(numbers).any())
        for target in (dtypes.F32, dtypes.F64, dtypes.F16, dtypes.BF16):
            with np.errstate(all="ignore"):
                wanted = bf16_bits(numbers) if target == dtypes.BF16 else numbers.astype(target.storage)
            draft.add(f"{source}-to-{target}", plain(patterns, source), wanted, target, any_nan=any_nan)
    return draft
