import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { crc32c } from "../src/container/checksum.js";
import { gapBefore } from "../src/container/frames.js";
import { compareText, quoted, utf8Length } from "../src/container/text.js";
import { BlobSource, BytesSource, QModelError, QModelFile, verify } from "../src/index.js";
import { FileSource } from "../src/node.js";
import { makeFile } from "./tiny-file.js";

const DATA = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
const FILE = makeFile({ a: DATA, b: DATA.subarray(7) }, 32_768);

void test("CRC-32C has the value of its standard, also bit by bit", () => {
    assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
    assert.equal(crc32c(new Uint8Array(0)), 0);
    for (const length of [1, 7, 8, 9, 1000]) {
        let register = 0xffffffff;
        for (const byte of DATA.subarray(0, length)) {
            register ^= byte;
            for (let bit = 0; bit < 8; bit++) {
                register = (register >>> 1) ^ (register & 1 ? 0x82f63b78 : 0);
            }
        }
        assert.equal(crc32c(DATA.subarray(0, length)), ~register >>> 0);
    }
});

void test("gaps bring data to a multiple of 64, and are never 1", () => {
    for (let position = 10; position < 200; position++) {
        const gap = gapBefore(position, 16_384);
        assert.equal((position + gap + 4) % 64, 0);
        assert.ok(gap !== 1 && gap <= 65);
    }
    assert.equal(gapBefore(11, 16_383), 0);
});

void test("text is ordered as its UTF-8 bytes are", () => {
    const texts = [
        "",
        "a",
        "aa",
        "b",
        "\uffff",
        "\u{10000}",
        "\u{10ffff}",
        "\ud7ff",
        "\ue000",
        "\u{1f642}",
        "é",
        "\u0000",
    ];
    for (const a of texts) {
        assert.equal(utf8Length(a), Buffer.byteLength(a));
        for (const b of texts) {
            assert.equal(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), `${a} ${b}`);
        }
    }
});

void test("names in messages are short and on one line", () => {
    const shown = quoted(`a\n\u202e\u2028${"x".repeat(500)}`);
    assert.ok(shown.length < 100 && !/[\n\u202e\u2028]/.test(shown));
});

void test("every source gives the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "qmodel-sources-"));
    try {
        const path = join(folder, "a.qmodel");
        writeFileSync(path, FILE);
        const blob = new Blob([Uint8Array.from(FILE)]);
        const buffer = Uint8Array.from(FILE).buffer;
        const sources = [new FileSource(path), new BlobSource(blob), new BytesSource(FILE), new BytesSource(buffer)];
        for (const source of sources) {
            const file = await QModelFile.open(source);
            assert.deepEqual((await file.tensor("a")).storage, DATA);
            assert.deepEqual((await file.tensor("b")).storage, DATA.subarray(7));
            assert.equal(file.size, FILE.length);
            assert.deepEqual(await verify(source), []);
        }
    } finally {
        rmSync(folder, { recursive: true });
    }
});

void test("the caller's mistakes have a kind of their own", async () => {
    const isInput = (error: unknown): boolean => error instanceof QModelError && error.kind === "invalid_input";
    await assert.rejects(QModelFile.open(new FileSource("/nowhere/a.qmodel")), isInput);
    await assert.rejects(verify(new FileSource("/nowhere/a.qmodel")), isInput);
    const file = await QModelFile.open(new BytesSource(FILE));
    await assert.rejects(file.tensor("c"), isInput);
    await assert.rejects(file.floats("constructor"), isInput);
});

void test("a name may begin with a byte order mark, which makes it another name", async () => {
    const file = await QModelFile.open(
        new BytesSource(makeFile({ a: Uint8Array.of(1), "\ufeffa": Uint8Array.of(2) }, 8)),
    );
    assert.deepEqual([...file.tensors.keys()], ["a", "\ufeffa"]);
    assert.deepEqual((await file.tensor("\ufeffa")).storage, Uint8Array.of(2));
});
