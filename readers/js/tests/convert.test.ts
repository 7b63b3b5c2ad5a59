import assert from "node:assert/strict";
import { test } from "node:test";

import { asFloat32, converted, isConvertible } from "../src/types/convert.js";
import { elementType, type ElementTypeInfo, type Storage } from "../src/types/element-type.js";
import { numbersOf, roundedBits } from "../src/types/small-floats.js";
import { ElementType } from "../src/v1/qmodel/v1/types_pb.js";

function type(name: keyof typeof ElementType): ElementTypeInfo {
    return elementType(ElementType[name], name);
}

void test("every number of a type of 16 bits rounds to itself, and halfway to the even neighbour", () => {
    for (const name of ["f16", "bf16"] as const) {
        const numbers = numbersOf(type(name === "f16" ? "F16" : "BF16"));
        for (let bits = 0; bits < 0x8000; bits++) {
            const [here, next] = [numbers[bits]!, numbers[bits + 1]!];
            if (Number.isNaN(here)) {
                assert.ok(Number.isNaN(numbers[roundedBits(here, name)]!));
                continue;
            }
            assert.equal(roundedBits(here, name), bits);
            assert.equal(roundedBits(-here, name), bits | 0x8000);
            if (Number.isFinite(here) && Number.isFinite(next)) {
                const middle = (here + next) / 2;
                assert.equal(roundedBits(middle, name), bits % 2 === 0 ? bits : bits + 1);
                assert.equal(roundedBits(middle * (1 + 2 ** -50), name), bits + 1);
                assert.equal(roundedBits(middle * (1 - 2 ** -50), name), bits);
            }
        }
    }
});

void test("beyond the largest number is infinity, from where spec/types.md says on", () => {
    assert.equal(roundedBits(65_520, "f16"), 0x7c00);
    assert.equal(roundedBits(65_519.999, "f16"), 0x7bff);
    assert.equal(roundedBits(2 ** 128 - 2 ** 119, "bf16"), 0x7f80);
    assert.equal(roundedBits(-(2 ** 128 - 2 ** 118.9), "bf16"), 0xff80);
    assert.equal(roundedBits(1e300, "bf16"), 0x7f80);
    assert.equal(roundedBits(5e-324, "f16"), 0);
    assert.equal(roundedBits(-5e-324, "bf16"), 0x8000);
});

void test("f64 becomes bf16 in one rounding", () => {
    // Just above halfway between two numbers of bf16; by way of f32 it would be halfway, and round to even.
    const value = 1 + 2 ** -8 + 2 ** -40;
    const data = Float64Array.of(value);
    assert.equal(converted({ type: type("F64"), data }, type("BF16"))[0], 0x3f81);
    assert.equal(roundedBits(Math.fround(value), "bf16"), 0x3f80);
});

void test("the largest numbers of small floats are those of spec/types.md", () => {
    const largest: [keyof typeof ElementType, number, number][] = [
        ["F8E4M3", 0x7e, 448],
        ["F8E5M2", 0x7b, 57_344],
        ["F6E2M3", 0x1f, 7.5],
        ["F6E3M2", 0x1f, 28],
        ["F4E2M1", 0x7, 6],
        ["E8M0", 0xfe, 2 ** 127],
        ["E8M0", 0, 2 ** -127],
    ];
    for (const [name, bits, value] of largest) {
        assert.equal(numbersOf(type(name))[bits], value);
    }
    for (const [name, bits] of [
        ["F8E4M3", 0x7f],
        ["F8E4M3", 0xff],
        ["F8E5M2", 0x7d],
        ["E8M0", 0xff],
    ] as const) {
        assert.ok(Number.isNaN(numbersOf(type(name))[bits]!));
    }
});

void test("64-bit integers become binary32 in one rounding", () => {
    const cases: [bigint, number][] = [
        [0n, 0],
        [-1n, -1],
        [2n ** 63n - 1n, 2 ** 63],
        [2n ** 53n + 1n, 2 ** 53],
        // Halfway between two numbers of binary32 and a little more, which binary64 loses.
        [2n ** 60n + 2n ** 36n + 1n, 2 ** 60 + 2 ** 37],
        [2n ** 60n + 2n ** 36n, 2 ** 60],
        [-(2n ** 60n) - 2n ** 36n - 1n, -(2 ** 60) - 2 ** 37],
    ];
    const data = BigInt64Array.from(cases, ([integer]) => integer);
    assert.deepEqual(
        [...asFloat32({ type: type("S64"), data })],
        cases.map(([, float]) => float),
    );
});

void test("what may be implied is what the table of spec/types.md says", () => {
    const allowed: [keyof typeof ElementType, keyof typeof ElementType][] = [
        ["U3", "S4"],
        ["U32", "S64"],
        ["S5", "S6"],
        ["F64", "BF16"],
        ["E8M0", "F16"],
        ["F4E2M1", "F64"],
    ];
    const refused: [keyof typeof ElementType, keyof typeof ElementType][] = [
        ["U4", "S4"],
        ["S4", "U8"],
        ["BOOL", "U8"],
        ["U1", "BOOL"],
        ["F32", "F8E5M2"],
        ["U8", "F32"],
        ["F16", "S32"],
        ["S8", "S7"],
    ];
    allowed.forEach(([from, to]) => {
        assert.ok(isConvertible(type(from), type(to)), `${from} to ${to}`);
    });
    refused.forEach(([from, to]) => {
        assert.ok(!isConvertible(type(from), type(to)), `${from} to ${to}`);
    });
});

void test("integers keep their numbers in wider types", () => {
    const cases: [keyof typeof ElementType, Storage, keyof typeof ElementType, unknown[]][] = [
        ["S4", Int8Array.of(-8, 7), "S64", [-8n, 7n]],
        ["U32", Uint32Array.of(0xffffffff), "U64", [0xffffffffn]],
        ["U8", Uint8Array.of(255), "S9", [255]],
        ["U7", Uint8Array.of(127), "S8", [127]],
    ];
    for (const [from, data, to, expected] of cases) {
        assert.deepEqual([...converted({ type: type(from), data }, type(to))], expected);
    }
});
