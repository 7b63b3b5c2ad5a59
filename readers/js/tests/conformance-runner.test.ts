import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
    readIndex,
    type Expected,
    type InvalidEntry,
    type ValidEntry,
    type VectorIndex,
} from "../conformance/index-file.js";
import { runConformance } from "../conformance/run.js";
import { VECTORS } from "./vectors.js";

const WHOLE = readIndex(VECTORS);
const VALID = WHOLE.valid.find((entry) => entry.file.includes("affine"))!.file;
const INVALID = WHOLE.invalid.find((entry) => entry.kind === "corrupt" && entry.at === "decode")!.file;

/** Runs a folder with two vectors, after something was changed in it. */
async function failuresAfter(
    change: (folder: string, index: { -readonly [K in keyof VectorIndex]: VectorIndex[K] }) => void,
): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), "qmodel-vectors-"));
    try {
        for (const name of [VALID, VALID.replace(".qmodel", ".json"), INVALID]) {
            cpSync(join(VECTORS, name), join(folder, name));
        }
        const index = {
            valid: WHOLE.valid.filter((entry) => entry.file === VALID),
            invalid: WHOLE.invalid.filter((entry) => entry.file === INVALID),
        };
        change(folder, index);
        writeFileSync(join(folder, "index.json"), JSON.stringify(index));
        const outcomes = await runConformance(folder);
        assert.equal(outcomes.length, 2);
        return outcomes.filter((outcome) => outcome.failures.length > 0).length;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

void test("vectors as they are pass", async () => {
    assert.equal(await failuresAfter(() => undefined), 0);
});

void test("a changed value fails", async () => {
    const failures = await failuresAfter((folder) => {
        const path = join(folder, VALID.replace(".qmodel", ".json"));
        const expected = JSON.parse(readFileSync(path, "utf8")) as Expected;
        const [name, array] = Object.entries(expected.tensors)[0]!;
        const last = array.values.at(-1) === "0" ? "1" : "0";
        const changed = { ...array, values: array.values.slice(0, -1) + last };
        writeFileSync(path, JSON.stringify({ ...expected, tensors: { ...expected.tensors, [name]: changed } }));
    });
    assert.equal(failures, 1);
});

void test("a tensor that is not in the file fails, and so does one that is not expected", async () => {
    const failures = await failuresAfter((folder) => {
        const path = join(folder, VALID.replace(".qmodel", ".json"));
        const expected = JSON.parse(readFileSync(path, "utf8")) as Expected;
        const [name, array] = Object.entries(expected.tensors)[0]!;
        const others = Object.entries(expected.tensors).filter(([other]) => other !== name);
        writeFileSync(
            path,
            JSON.stringify({ ...expected, tensors: Object.fromEntries([...others, ["other", array]]) }),
        );
    });
    assert.equal(failures, 1);
});

void test("another kind fails", async () => {
    const failures = await failuresAfter((_, index) => {
        index.invalid = index.invalid.map((entry): InvalidEntry => ({ ...entry, kind: "limit" }));
    });
    assert.equal(failures, 1);
});

void test("an earlier moment fails", async () => {
    const failures = await failuresAfter((_, index) => {
        index.invalid = index.invalid.map((entry): InvalidEntry => ({ ...entry, at: "open" }));
    });
    assert.equal(failures, 1);
});

void test("a valid file called invalid fails", async () => {
    const failures = await failuresAfter((_, index) => {
        index.invalid = index.valid.map(({ file }): InvalidEntry => ({ file, kind: "corrupt", at: "verify" }));
    });
    assert.equal(failures, 1);
});

void test("an invalid file called valid fails", async () => {
    const failures = await failuresAfter((folder, index) => {
        index.valid = index.invalid.map(({ file }): ValidEntry => ({ file }));
        const path = join(folder, INVALID.replace(".qmodel", ".json"));
        writeFileSync(path, JSON.stringify({ tensors: {} }));
    });
    assert.equal(failures, 1);
});

void test("a missing warning fails", async () => {
    const failures = await failuresAfter((_, index) => {
        index.valid = index.valid.map((entry): ValidEntry => ({ ...entry, warns: true }));
    });
    assert.equal(failures, 1);
});
