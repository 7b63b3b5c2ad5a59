/** Comparing outputs with what they must be (spec/golden.md). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, type RuntimeArray } from "../../src/runtime/index.js";

function floats(...values: number[]): RuntimeArray {
    return { kind: "f32", shape: [values.length], data: Float32Array.from(values) };
}

function fits(found: RuntimeArray, values: RuntimeArray, absoluteTolerance = 0, relativeTolerance = 0): boolean {
    return compare(found, { values, absoluteTolerance, relativeTolerance }).fits;
}

test("tolerances add up, and are met exactly at their edge", () => {
    assert.ok(fits(floats(11.5), floats(10), 0.5, 0.1));
    assert.ok(!fits(floats(11.625), floats(10), 0.5, 0.1));
    assert.ok(fits(floats(0.5, -0.5), floats(0, 0), 0.5));
});

test("NaN is NaN, infinities are themselves, zeros are equal", () => {
    assert.ok(fits(floats(NaN, Infinity, -0), floats(NaN, Infinity, 0)));
    assert.ok(!fits(floats(NaN), floats(1), 1e30));
    assert.ok(!fits(floats(1), floats(NaN), 1e30));
    assert.ok(!fits(floats(-Infinity), floats(Infinity), 1e30, 1));
    assert.ok(!fits(floats(3e38), floats(Infinity), 1e30, 1));
});

test("integers of 64 bits are compared as they are", () => {
    const longs = (value: bigint): RuntimeArray => ({ kind: "s64", shape: [1], data: BigInt64Array.of(value) });
    assert.ok(fits(longs(2n ** 60n), longs(2n ** 60n)));
    assert.ok(!fits(longs(2n ** 60n + 1n), longs(2n ** 60n)));
});

test("another shape or element type never fits", () => {
    const flat = floats(1, 2);
    assert.ok(!fits({ ...flat, shape: [1, 2] }, flat, 10));
    assert.ok(!fits({ kind: "s32", shape: [2], data: Int32Array.of(1, 2) }, flat, 10));
});

test("the element that is farthest off is told", () => {
    const deviation = compare(floats(1, 2.5, 3), {
        values: floats(1, 2, 3.25),
        absoluteTolerance: 0,
        relativeTolerance: 0,
    });
    assert.deepEqual(deviation, { fits: false, largest: 0.5, worst: 1 });
});
