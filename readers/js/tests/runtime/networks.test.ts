/** Stored networks of digits: golden samples, and all of them against each other's digits. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { BytesSource, QModelFile } from "../../src/index.js";
import { Network, prepareImages, replay } from "../../src/runtime/index.js";

const NETWORKS = new URL("../../../tests/runtime/networks/", import.meta.url);
const SAMPLE = new URL("../../../../../viewer/public/digits.qmodel", import.meta.url);
const FILES = [...readdirSync(NETWORKS).map((name) => new URL(name, NETWORKS)), SAMPLE];

function open(file: URL): Promise<QModelFile> {
    return QModelFile.open(new BytesSource(readFileSync(file)));
}

for (const file of FILES) {
    const name = file.pathname.split("/").at(-1)!;

    test(`${name}: golden samples are as expected`, async () => {
        const opened = await open(file);
        const outputs = [...replay(await Network.of(opened), await opened.golden())];
        assert.ok(outputs.length >= 2);
        for (const { sample, fits, largest } of outputs) {
            assert.ok(fits, `sample ${sample} is off by ${largest}`);
        }
    });

    test(`${name}: a batch gives what single images give`, async () => {
        const opened = await open(file);
        const network = await Network.of(opened);
        const [image] = network.graph.imageInputs;
        const pixels = Uint8Array.from({ length: 2 * 784 }, (_, k) => (k * k) % 251);
        const logits = (data: Uint8Array): number[] => {
            const input = prepareImages(image!, { shape: [data.length / 784, 28, 28], data });
            return [...(network.run(new Map([[image!.input, input]])).get("logits")!.data as Float32Array)];
        };
        assert.deepEqual(logits(pixels), [...logits(pixels.slice(0, 784)), ...logits(pixels.slice(784))]);
    });
}

test("a changed weight is found by the golden samples", async () => {
    const opened = await open(SAMPLE);
    const network = await Network.load(
        opened.manifest.graph!,
        (name) => opened.tensors.has(name),
        async (name) => {
            const { shape, storage } = await opened.tensor(name);
            const data = (storage as Float32Array).slice();
            if (name === "fc.weight") {
                data[0]! += 0.01;
            }
            return { kind: "f32", shape, data };
        },
    );
    const outputs = [...replay(network, await opened.golden())];
    assert.ok(outputs.some(({ fits }) => !fits));
});

test("a file without a graph has no network", async () => {
    const { manifest, tensors } = await open(SAMPLE);
    const weightsAlone = { manifest: { ...manifest, graph: undefined }, tensors } as unknown as QModelFile;
    await assert.rejects(Network.of(weightsAlone), /no graph/);
});
