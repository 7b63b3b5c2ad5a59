"""Every form of affine, and alias."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.encodings import AffineNode, AliasNode, Node
from tools.conformance.arithmetic import affine_values, bf16_bits, bits, small_float_numbers
from tools.conformance.draft import Draft
from tools.conformance.stored import plain

NUMBERS = (0, 1, 7, 200, 255)
# Name, type and values of the codes, of the scale, of the zero point where there is one, and type of the tensor.
TYPE_CASES: tuple[tuple[str, str, Any, str, float, str, Any, str], ...] = (
    ("u4", "u4", [0, 1, 7, 14, 15], "f32", 0.1, "", None, "f32"),
    ("s1", "s1", [-1, 0, -1, 0, 0], "f16", 0.25, "", None, "f32"),
    ("f16-scale", "u8", NUMBERS, "f16", 0.3330078125, "u8", 128, "f32"),
    ("bf16-scale", "u8", NUMBERS, "bf16", 0x3EAB, "u8", 128, "f32"),
    ("f64-scale", "u8", NUMBERS, "f64", 0.1, "u8", 3, "f64"),
    ("f64-scale-to-f32", "u8", NUMBERS, "f64", 0.1, "u8", 3, "f32"),
    ("f32-scale-to-f64", "u8", NUMBERS, "f32", 0.1, "u8", 3, "f64"),
    ("float-zero", "u8", NUMBERS, "f32", 0.7, "f32", 0.3, "f32"),
    ("float-zero-f64", "u8", NUMBERS, "f32", 0.7, "f64", 0.3, "f32"),
    ("half-zero", "u1", [0, 1, 1, 0, 1], "f32", 1.5, "f16", 0.5, "f32"),
    ("f16-codes", "f16", [0.1, -2, 65504, 2.0**-24, -0.0], "f32", 0.3, "", None, "f32"),
    ("f64-codes", "f64", [0.1, -2, 1 + 2.0**-24, 1e-300, 3], "f32", 0.3, "f32", 0.1, "f32"),
    ("u32-codes", "u32", [0, 4294967295, 16777217, 16777219, 2147483649], "f32", 1.0, "", None, "f32"),
    ("u32-zero", "u32", [0, 4294967295, 16777217, 3000000001, 3], "f32", 0.1, "u32", 4294967295, "f32"),
    ("s32-zero", "s32", [-2147483648, 2147483647, 0, 16777217, -1], "f32", 0.1, "s32", -2147483648, "f32"),
    ("u32-float-zero", "u32", [16777217, 16777219, 4294967295, 1, 0], "f32", 0.1, "f32", 1.0, "f32"),
    ("mixed-widths", "u8", NUMBERS, "f32", 0.1, "s32", 16777217, "f32"),
    ("to-f16", "u8", NUMBERS, "f32", 0.1001, "", None, "f16"),
    ("to-bf16", "u8", NUMBERS, "f32", 0.1001, "u8", 100, "bf16"),
    ("negative-scale", "s8", [-1, 0, 1, 127, -128], "f32", -0.5, "", None, "f32"),
    ("zero-scale", "s8", [-1, 0, 1, 127, -128], "f32", 0.0, "", None, "f32"),
    ("subnormal", "u8", NUMBERS, "f32", 1e-45, "", None, "f32"),
)


def affine_drafts() -> Iterable[Draft]:
    """Every form of affine, and alias."""
    yield from (affine_blocks(), affine_types(), affine_special(), affine_nested(), affine_formats(), tied())


def affine_blocks() -> Draft:
    """Every kind of block shape."""
    s8, f32 = dtypes.signed(8), dtypes.F32
    draft = Draft("affine-blocks", "per tensor, axis and n-D block with remainders; with and without a zero point")
    shape, codes = (3, 5, 7), (np.arange(105) * 37 % 256 - 128).reshape(3, 5, 7).astype(np.int8)
    for block_shape in ((), (3, 5, 7), (1, 5, 7), (3, 1, 7), (3, 5, 1), (1, 1, 1), (2, 2, 3), (1, 5, 4), (2, 5, 1)):
        explicit = block_shape or shape
        counts = tuple(-(-n // b) for n, b in zip(shape, explicit, strict=True))
        scale = ((np.arange(np.prod(counts)) + 1) / 7).astype(np.float32).reshape(counts)
        zero = (np.arange(np.prod(counts)) * 3 - 5).reshape(counts).astype(np.int8)
        stored = scale if block_shape else scale.reshape(())
        for label, zeros in (("", None), (".zero", zero)):
            zero_node = None if zeros is None else plain(zeros, s8)
            node = AffineNode(plain(codes, s8), plain(stored, f32), zero_node, block_shape)
            name = "×".join(map(str, block_shape)) or "tensor"
            draft.add(name + label, node, affine_values(codes, scale, zeros, explicit, np.float32), f32)
    return draft


def tied() -> Draft:
    """Aliases, whole and within a tree."""
    u8, f32 = dtypes.unsigned(8), dtypes.F32
    draft = Draft("alias", "tied weights; an alias as the codes and as the scale of an affine")
    scale, codes = np.array([0.5, 3.0], np.float32), np.array([[1, 2, 3], [4, 5, 255]], np.uint8)
    draft.add("scale", plain(scale.reshape(2, 1), f32), scale.reshape(2, 1), f32)
    draft.add("tied", AliasNode("scale"), scale.reshape(2, 1), f32)
    draft.add("codes", plain(codes, u8), codes, u8)
    node = AffineNode(AliasNode("codes"), AliasNode("scale"), None, (1, 3))
    draft.add("affine", node, affine_values(codes, scale.reshape(2, 1), None, (1, 3), np.float32), f32)
    return draft


def affine_types() -> Draft:
    """Codes, scales and zero points of every kind of type."""
    draft = Draft("affine-types", "codes, scales and zero points of several types; results in f32, f64, f16 and bf16")
    for name, code_name, codes, scale_name, scale, zero_name, zero, result in TYPE_CASES:
        code_type, scale_type, target = dtypes.parse(code_name), dtypes.parse(scale_name), dtypes.parse(result)
        code_array, scale_array = np.array(codes).astype(code_type.storage), np.array(scale, scale_type.storage)
        zero_node, zero_array = None, None
        if zero_name:
            zero_array = np.array(zero, dtypes.parse(zero_name).storage)
            zero_node = plain(zero_array, dtypes.parse(zero_name))
        value = bits([scale << 16], dtypes.F32)[0] if scale_type == dtypes.BF16 else scale_array
        float_type = np.float64 if scale_type == dtypes.F64 else np.float32
        zero_block = None if zero_array is None else zero_array.reshape(1)
        values = affine_values(code_array, np.reshape(value, 1), zero_block, (5,), float_type)
        wanted = np.array(bf16_bits(values)) if target == dtypes.BF16 else values.astype(target.storage)
        node = AffineNode(plain(code_array, code_type), plain(scale_array, scale_type), zero_node)
        draft.add(name, node, wanted, target)
    return draft


def affine_special() -> Draft:
    """Infinities, NaN, overflow; shapes without elements."""
    u8, s8, f32 = dtypes.unsigned(8), dtypes.signed(8), dtypes.F32
    draft = Draft("affine-special", "infinite and NaN scales, overflow; 0-d and empty arrays")
    codes = np.array([-1, 0, 1, 127], np.int8)
    for name, scale in (("infinite", np.inf), ("nan", np.nan), ("overflow", 1e38)):
        stored = np.array(scale, np.float32)
        wanted = affine_values(codes, stored.reshape(1), None, (4,), np.float32)
        draft.add(name, AffineNode(plain(codes, s8), plain(stored, f32)), wanted, f32, any_nan=True)
    node = AffineNode(plain(np.array(7), u8), plain(np.array(0.1), f32), plain(np.array(9), u8))
    draft.add("0-d", node, np.float32(-2) * np.float32(0.1), f32)
    empty = np.zeros((0, 3), np.uint8)
    draft.add("empty", AffineNode(plain(empty, u8), plain(np.array(0.1), f32)), empty, f32)
    draft.add("empty-blocks", AffineNode(plain(empty, u8), plain(empty, f32), None, (1, 1)), empty, f32)
    draft.add("empty-axis", AffineNode(plain(empty, u8), plain(empty[:, :1], f32), None, (1, 3)), empty, f32)
    return draft


def affine_nested() -> Draft:
    """Affine in affine, up to the greatest depth."""
    s8, f32, u4 = dtypes.signed(8), dtypes.F32, dtypes.unsigned(4)
    draft = Draft("affine-nested", "a scale that is itself affine, as k-quant super-blocks; a tree of depth 8")
    codes = (np.arange(30) * 7 % 16).reshape(2, 15).astype(np.uint8)
    inner = np.array([[1, 2, 3, 15], [4, 5, 6, 0]], np.uint8)
    outer = np.array([[0.5, 0.25], [0.1, 3.0]], np.float16)
    scale = affine_values(inner, outer, None, (1, 2), np.float32)
    scale_node = AffineNode(plain(inner, u4), plain(outer, dtypes.F16), None, (1, 2))
    node = AffineNode(plain(codes, u4), scale_node, plain(np.full((2, 4), 8), u4), (1, 4))
    draft.add("super-blocks", node, affine_values(codes, scale, np.full((2, 4), 8, np.uint8), (1, 4), np.float32), f32)
    values = np.array([-3, 5], np.int8)
    deep: Node = plain(values, s8)
    for _ in range(7):
        deep = AffineNode(deep, plain(np.array(0.5), f32))
    draft.add("depth-8", deep, values.astype(np.float32) * np.float32(0.5**7), f32)
    return draft


def affine_formats() -> Draft:
    """Number formats that people know by name."""
    f32, f4, e8 = dtypes.F32, dtypes.F4E2M1, dtypes.E8M0
    draft = Draft("affine-formats", "MXFP4, NVFP4, k-quant super-blocks with fractional zero points, 16-bit codes")
    patterns, blocks = (np.arange(32) * 5 % 16).reshape(2, 16), (1, 8)
    codes = small_float_numbers(patterns.ravel().tolist(), f4).reshape(2, 16)
    powers = np.array([[127, 120], [130, 126]])
    power_values = small_float_numbers(powers.ravel().tolist(), e8).reshape(2, 2)
    mx = AffineNode(plain(patterns, f4), plain(powers, e8), None, blocks)
    draft.add("mxfp4", mx, affine_values(codes.astype(np.float32), power_values, None, blocks, np.float32), f32)
    f8, eighths = dtypes.F8E4M3, np.array([[0x30, 0x7E], [0x01, 0x55]])
    whole = np.array(0.001, np.float32)
    eighth_values = small_float_numbers(eighths.ravel().tolist(), f8).reshape(2, 2).astype(np.float32)
    scale = affine_values(eighth_values, whole.reshape(1, 1), None, (2, 2), np.float32)
    nv = AffineNode(plain(patterns, f4), AffineNode(plain(eighths, f8), plain(whole, f32)), None, blocks)
    draft.add("nvfp4", nv, affine_values(codes.astype(np.float32), scale, None, blocks, np.float32), f32)
    draft.add("super-blocks", *_super_blocks(patterns.astype(np.uint8), blocks), f32)
    wide = np.array([-32768, -257, 0, 32767], np.int16)
    node = AffineNode(plain(wide, dtypes.signed(16)), plain(np.array(0.001), f32))
    draft.add("s16", node, affine_values(wide, np.full(1, 0.001, np.float32), None, (4,), np.float32), f32)
    return draft


def _super_blocks(codes: Any, blocks: tuple[int, int]) -> tuple[Node, Any]:
    """Scales and zero points that are affine themselves; the zero points are fractions of a code."""
    inner, outer = np.array([[63, 2], [17, 40]], np.uint8), np.array([[0.01], [0.25]], np.float16)
    scale = affine_values(inner, outer, None, (1, 2), np.float32)
    zeros, step, middle = np.array([[0, 63], [9, 31]], np.uint8), np.array(0.21, np.float16), np.array(5, np.uint8)
    zero = affine_values(zeros, step.reshape(1, 1), middle.reshape(1, 1), (2, 2), np.float32)
    u6 = dtypes.unsigned(6)
    scale_node = AffineNode(plain(inner, u6), plain(outer, dtypes.F16), None, (1, 2))
    zero_node = AffineNode(plain(zeros, u6), plain(step, dtypes.F16), plain(middle, u6))
    node = AffineNode(plain(codes, dtypes.unsigned(4)), scale_node, zero_node, blocks)
    return node, affine_values(codes, scale, zero, blocks, np.float32)
