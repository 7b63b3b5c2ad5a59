import assert from "node:assert/strict";
import { test } from "node:test";

import { readIndex } from "../conformance/index-file.js";
import { runConformance } from "../conformance/run.js";
import { VECTORS } from "./vectors.js";

void test("every vector gives what it must", async () => {
    const outcomes = await runConformance(VECTORS);
    const index = readIndex(VECTORS);
    assert.equal(outcomes.length, index.valid.length + index.invalid.length);
    assert.ok(outcomes.length > 600);
    assert.deepEqual(
        outcomes.filter((outcome) => outcome.failures.length > 0),
        [],
    );
});
