/** Image inputs (spec/graph.md): the order of the steps, each rounded to binary32, and the layouts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { prepareImages } from "../../src/runtime/index.js";
import { ImageInputSchema, ImageLayout } from "../../src/v1/qmodel/v1/graph_pb.js";

function image(changes: MessageInitShape<typeof ImageInputSchema>): ReturnType<typeof create<typeof ImageInputSchema>> {
    return create(ImageInputSchema, { input: "x", scale: 1, layout: ImageLayout.NHWC, ...changes });
}

/** Two images of 1 × 2 pixels with 3 channels. */
const COLOURS = { shape: [2, 1, 2, 3], data: Uint8Array.from({ length: 12 }, (_, k) => k) };

test("each step is rounded to binary32", () => {
    const scale = Math.fround(1 / 255);
    const [mean, std] = [Math.fround(0.1307), Math.fround(0.3081)];
    const pixels = Uint8Array.from({ length: 256 }, (_, k) => k);
    const made = prepareImages(image({ scale, mean: [mean], std: [std] }), { shape: [1, 16, 16], data: pixels });
    const expected = pixels.reduce<number[]>((list, pixel) => {
        const scaled = Math.fround(pixel * scale);
        return [...list, Math.fround(Math.fround(scaled - mean) / std)];
    }, []);
    assert.deepEqual([...made.data], expected);
});

test("channels have their own mean and std", () => {
    const made = prepareImages(image({ mean: [0, 1, 2], std: [1, 2, 4] }), COLOURS);
    assert.deepEqual([...made.data.slice(0, 6)], [0, 0, 0, 3, 1.5, 0.75]);
});

test("layouts", () => {
    const shapeOf = (layout: ImageLayout): string => prepareImages(image({ layout }), COLOURS).shape.join();
    assert.equal(shapeOf(ImageLayout.NHWC), "2,1,2,3");
    assert.equal(shapeOf(ImageLayout.FLAT), "2,6");
    assert.equal(shapeOf(ImageLayout.NCHW), "2,3,1,2");
    const planar = prepareImages(image({ layout: ImageLayout.NCHW }), COLOURS);
    assert.deepEqual([...planar.data], [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    const grey = { shape: [2, 2, 3], data: COLOURS.data };
    assert.equal(prepareImages(image({ layout: ImageLayout.NHW }), grey).shape.join(), "2,2,3");
});

test("images that do not fit are refused", () => {
    assert.throws(() => prepareImages(image({ layout: ImageLayout.NHW }), COLOURS), /one channel/);
    assert.throws(() => prepareImages(image({ mean: [1, 2] }), COLOURS), /mean has 2 entries/);
    assert.throws(() => prepareImages(image({}), { shape: [12], data: COLOURS.data }), /must have shape/);
    assert.throws(() => prepareImages(image({}), { shape: [1, 2, 3], data: COLOURS.data }), /12 elements/);
});
