/** How numbers look. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, decibels, duration, error, plural, shortCount, significant, UNKNOWN } from "../../src/figures.js";

test("sizes and counts", () => {
    assert.deepEqual([0, 999, 43128, 999_949, 999_950, 8_427_615].map(bytes), [
        "0 B",
        "999 B",
        "43.1 kB",
        "999.9 kB",
        "1.0 MB",
        "8.4 MB",
    ]);
    assert.deepEqual([999, 115_562, 22_566_048].map(shortCount), ["999", "116 k", "22.6 M"]);
    assert.deepEqual([plural(1, "tensor"), plural(1234, "tensor")], ["1 tensor", "1,234 tensors"]);
});

test("errors", () => {
    assert.deepEqual([undefined, 0, 0.0139, Infinity].map(error), [UNKNOWN, "0", "1.39e-2", "∞"]);
    assert.deepEqual([undefined, 0, 0.01].map(decibels), [UNKNOWN, "∞ dB", "20.0 dB"]);
});

test("values and times", () => {
    const numbers = [0, 0.25, -1.5e-8, 1234567, NaN, -Infinity];
    assert.deepEqual(
        numbers.map((value) => significant(value, 3)),
        ["0", "0.25", "−1.50e−8", "1.23e+6", "NaN", "−∞"],
    );
    assert.deepEqual([1.23, 45.6, 1234].map(duration), ["1.2 ms", "46 ms", "1.23 s"]);
});
