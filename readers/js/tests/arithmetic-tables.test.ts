import assert from "node:assert/strict";
import { test } from "node:test";

import { arithmeticTables } from "../src/buffers/arithmetic-tables.js";
import { crc32c } from "../src/container/checksum.js";
import { bytesOf } from "../src/types/values.js";

void test("tables of the coding arithmetic have the checksums of spec/buffers/arithmetic.md", () => {
    const { logarithm, squash, stretch, soft, power } = arithmeticTables();
    const sums = [logarithm.subarray(1), squash, stretch, soft, power].map((table) => crc32c(bytesOf(table)));
    assert.deepEqual(sums, [0x5cc8990a, 0x8e28e91c, 0xf6bfe0e8, 0x18935190, 0x5b2a038b]);
});
