import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { serve } from "./file-server.js";
import { makeFile } from "./tiny-file.js";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const FILE = makeFile({ w: Uint8Array.of(1, 2, 3) }, 8);

/** What each block of code prints, in order. */
const PRINTED = [/^w \[ 3 \] u8\nu8 \[ 3 \] 3 1\n$/, /^3\n$/, /^true Map\(0\) \{\}\n$/, /^\[\]\n\[\]\n$/];

/** Blocks stand inside the package, where its own name leads to it. */
const blocks = [...readFileSync(join(HOME, "README.md"), "utf8").matchAll(/^```js\n(.*?)^```$/gms)].map(
    (match) => match[1]!,
);

void test("the README has as many examples as are expected", () => {
    assert.equal(blocks.length, PRINTED.length);
});

for (const [place, block] of blocks.entries()) {
    void test(`example ${place + 1} of the README runs`, async () => {
        await using server = await serve(FILE);
        const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), "readme-"));
        try {
            writeFileSync(join(folder, "model.qmodel"), FILE);
            writeFileSync(join(folder, "example.mjs"), block.replace("http://localhost:8000/model.qmodel", server.url));
            const { stdout, stderr } = await run(process.execPath, ["example.mjs"], { cwd: folder });
            assert.equal(stderr, "");
            assert.match(stdout, PRINTED[place]!);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
}
