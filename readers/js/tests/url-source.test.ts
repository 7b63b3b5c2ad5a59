import assert from "node:assert/strict";
import { test } from "node:test";

import { QModelError, QModelFile, UrlSource } from "../src/index.js";
import { serve, type Behaviour } from "./file-server.js";
import { makeFile } from "./tiny-file.js";

const MIB = 2 ** 20;

function noise(length: number, seed: number): Uint8Array {
    let x = seed;
    return Uint8Array.from({ length }, () => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24);
}

const TENSORS = { a: noise(3 * MIB, 1), b: noise(2 * MIB, 2), c: noise(MIB, 3) };
const FILE = makeFile(TENSORS, MIB);

async function kindOf(what: Promise<unknown>): Promise<string> {
    try {
        await what;
    } catch (error) {
        assert.ok(error instanceof QModelError, String(error));
        return error.kind;
    }
    return "none";
}

void test("of a file of 100 MB no more than the manifest and the wanted tensors is fetched", async () => {
    const large: Record<string, Uint8Array> = {};
    for (let number = 100; number < 200; number++) {
        large[`t${number}`] = new Uint8Array(MIB).fill(number);
    }
    const bytes = makeFile(large, MIB / 4);
    assert.ok(bytes.length > 100 * MIB);
    await using server = await serve(bytes);
    const file = await QModelFile.open(new UrlSource(server.url));
    assert.equal(file.tensors.size, 100);
    assert.ok(server.sent <= 2 ** 16 + 10, `${server.sent} bytes to open`);
    assert.equal(server.ranges.length, 2);

    const before = server.sent;
    const { storage } = await file.tensor("t142");
    assert.deepEqual(storage, large.t142);
    assert.equal(server.ranges.length, 3, "one request for the chunks of a tensor");
    const overhead = server.sent - before - MIB;
    assert.ok(overhead >= 0 && overhead < 512, `${overhead} bytes more than the tensor has`);
});

void test("a small file comes with its tail", async () => {
    const small = makeFile({ a: Uint8Array.of(1, 2, 3) }, 8);
    await using server = await serve(small);
    const file = await QModelFile.open(new UrlSource(server.url));
    assert.deepEqual((await file.tensor("a")).storage, Uint8Array.of(1, 2, 3));
    assert.equal(server.ranges.length, 1);
    assert.equal(server.sent, small.length);
});

void test("a manifest that is longer than the tail is fetched", async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`t${n + 10_000}`, Uint8Array.of(n & 255)]));
    await using server = await serve(makeFile(many, 8));
    const file = await QModelFile.open(new UrlSource(server.url));
    assert.equal(file.tensors.size, 3000);
    assert.deepEqual((await file.tensor("t10007")).storage, Uint8Array.of(7));
});

void test("a server that does not take ranges from the end is asked for the size first", async () => {
    await using server = await serve(FILE, { refusesSuffixes: true });
    const file = await QModelFile.open(new UrlSource(server.url));
    assert.deepEqual((await file.tensor("b")).storage, TENSORS.b);
    assert.ok(server.sent < 3 * MIB);
});

void test("a server that ignores ranges gives a small file whole, and no large one", async () => {
    await using server = await serve(FILE, { ignoresRanges: true });
    const file = await QModelFile.open(new UrlSource(server.url));
    assert.deepEqual((await file.tensor("c")).storage, TENSORS.c);
    assert.equal(server.ranges.length, 1);
    assert.equal(await kindOf(QModelFile.open(new UrlSource(server.url, { wholeUpTo: MIB }))), "invalid_input");
});

void test("a large file of a server that ignores ranges is not read to its end", async () => {
    const bytes = makeFile({ a: new Uint8Array(64 * MIB) }, 64 * MIB);
    await using server = await serve(bytes, { ignoresRanges: true });
    assert.equal(await kindOf(QModelFile.open(new UrlSource(server.url, { wholeUpTo: 0 }))), "invalid_input");
    assert.ok(server.sent < 32 * MIB, `${server.sent} bytes`);
});

for (const behaviour of [{ shiftsRanges: true }, { breaksOff: true }] satisfies Behaviour[]) {
    void test(`a server that ${Object.keys(behaviour).join()} is noticed`, async () => {
        await using server = await serve(FILE, behaviour);
        assert.equal(await kindOf(QModelFile.open(new UrlSource(server.url))), "invalid_input");
    });
}

void test("a file that changes meanwhile is noticed", async () => {
    await using server = await serve(FILE);
    const file = await QModelFile.open(new UrlSource(server.url));
    server.etag = '"2"';
    assert.equal(await kindOf(file.tensor("a")), "invalid_input");
});

void test("what cannot be fetched is the caller's affair", async () => {
    const answered =
        (status: number): typeof fetch =>
        () =>
            Promise.resolve(new Response("no", { status }));
    for (const status of [404, 500]) {
        const source = new UrlSource("http://127.0.0.1/none", { fetch: answered(status) });
        assert.equal(await kindOf(QModelFile.open(source)), "invalid_input");
    }
    const failing: typeof fetch = () => Promise.reject(new TypeError("fetch failed"));
    assert.equal(
        await kindOf(QModelFile.open(new UrlSource("http://127.0.0.1/none", { fetch: failing }))),
        "invalid_input",
    );
});

void test("headers go with every request", async () => {
    await using server = await serve(FILE);
    const seen: (string | null)[] = [];
    const watching: typeof fetch = (input, init) => {
        seen.push(new Headers(init?.headers).get("Authorization"));
        return fetch(input, init);
    };
    const file = await QModelFile.open(
        new UrlSource(server.url, { fetch: watching, headers: { Authorization: "Bearer t" } }),
    );
    await file.tensor("a");
    assert.deepEqual([...new Set(seen)], ["Bearer t"]);
});
