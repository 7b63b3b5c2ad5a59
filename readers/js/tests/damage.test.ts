import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { readIndex } from "../conformance/index-file.js";
import { crc32c } from "../src/container/checksum.js";
import { BytesSource, QModelError, QModelFile, verify } from "../src/index.js";
import { VECTORS } from "./vectors.js";

const TRAILER = 26;
/** Damaged copies of each vector. */
const ROUNDS = Number(process.env.QMODEL_DAMAGE_ROUNDS ?? 20);
const LIMITS = { maxTensorBytes: 2 ** 20, maxManifestBytes: 2 ** 20 };

/** Numbers that are the same in every run. */
function numbers(seed: number): (below: number) => number {
    let x = seed;
    return (below) => {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        return Math.floor((x / 2 ** 32) * below);
    };
}

/** A file of which some bytes of the manifest are others, and the checksum is right. */
function damaged(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
    const copy = Uint8Array.from(bytes);
    const view = new DataView(copy.buffer);
    const size = view.getUint32(copy.length - 14, true);
    const start = copy.length - TRAILER - size;
    for (let change = 0; change <= random(3) && size > 0; change++) {
        const place = start + random(size);
        copy[place] = random(2) === 0 ? random(256) : copy[place]! ^ (1 << random(8));
    }
    view.setUint32(copy.length - 9, crc32c(copy.subarray(start, start + size)), true);
    return copy;
}

/** What reading a file throws must be the library's own, and of one of the four kinds of the format. */
async function read(bytes: Uint8Array): Promise<void> {
    const attempt = async (what: () => Promise<unknown>): Promise<void> => {
        try {
            await what();
        } catch (error) {
            assert.ok(error instanceof QModelError, error instanceof Error ? error.stack : String(error));
            assert.notEqual(error.kind, "invalid_input");
        }
    };
    await attempt(async () => {
        const file = await QModelFile.open(new BytesSource(bytes), { limits: LIMITS });
        for (const name of file.tensors.keys()) {
            await attempt(() => file.tensor(name));
        }
        await attempt(() => file.golden());
    });
}

void test("of a damaged manifest nothing comes but values and the four kinds of errors", async () => {
    const random = numbers(20);
    for (const { file } of readIndex(VECTORS).valid) {
        const bytes = readFileSync(join(VECTORS, file));
        for (let round = 0; bytes.length < 20_000 && round < ROUNDS; round++) {
            await read(damaged(bytes, random));
        }
    }
});

void test("of a file that is cut short nothing opens", async () => {
    const bytes = readFileSync(join(VECTORS, readIndex(VECTORS).valid[0]!.file));
    for (let length = 0; length < bytes.length; length += 7) {
        const [finding] = await verify(new BytesSource(bytes.subarray(0, length)));
        assert.equal(finding?.kind, "corrupt");
    }
});
