/** The layout of graphs and of the map of bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BOX, layOut, type Edge } from "../../src/graph/layout.js";
import { treemap } from "../../src/treemap.js";

/** A chain with a way around it, and a source that only the last box reads. */
const EDGES: Edge[] = [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 3 },
    { from: 0, to: 3 },
    { from: 4, to: 3 },
];

test("arrows lead down, and sources stand right above their readers", () => {
    const { boxes, paths } = layOut(5, EDGES)!;
    for (const [k, { from, to }] of EDGES.entries()) {
        assert.ok(boxes[from]!.y + BOX.height < boxes[to]!.y);
        assert.equal(paths[k]![0]!.y, boxes[from]!.y + BOX.height);
        assert.equal(paths[k]!.at(-1)!.y, boxes[to]!.y);
    }
    assert.equal(boxes[4]!.y, boxes[2]!.y);
});

test("boxes do not overlap, and lie inside the drawing", () => {
    const edges: Edge[] = Array.from({ length: 400 }, (_, k) => ({ from: Math.floor(k / 3), to: k + 1 }));
    const { boxes, width, height } = layOut(401, edges)!;
    for (const layer of new Set(boxes.map(({ y }) => y))) {
        const row = boxes.filter(({ y }) => y === layer).map(({ x }) => x);
        row.sort((one, other) => one - other);
        row.slice(1).forEach((x, k) => {
            assert.ok(x - row[k]! >= BOX.width);
        });
    }
    assert.ok(boxes.every(({ x, y }) => x >= 0 && y >= 0 && x + BOX.width <= width && y + BOX.height <= height));
});

test("graphs beyond measure are not laid out", () => {
    const chain = Array.from({ length: 999 }, (_, k) => ({ from: k, to: k + 1 }));
    const long = Array.from({ length: 999 }, (_, k) => ({ from: 0, to: k + 1 }));
    assert.equal(layOut(1000, [...chain, ...long]), undefined);
});

test("cycles, which no valid graph has, end", () => {
    const cycle = [
        { from: 0, to: 1 },
        { from: 1, to: 0 },
    ];
    assert.equal(layOut(2, cycle)!.boxes.length, 2);
});

test("a graph of one box and none", () => {
    assert.equal(layOut(1, [])!.boxes.length, 1);
    assert.deepEqual(layOut(0, [])!.boxes, []);
});

test("tiles have the areas of their weights and fill the rectangle", () => {
    const weights = [50, 20, 10, 10, 5, 3, 1, 0.5, 0.5];
    const tiles = treemap(weights, 200, 100);
    assert.equal(tiles.length, weights.length);
    for (const { index, x, y, width, height } of tiles) {
        assert.ok(Math.abs(width * height - weights[index]! * 200) < 1e-6);
        assert.ok(x > -1e-9 && y > -1e-9 && x + width < 200 + 1e-6 && y + height < 100 + 1e-6);
    }
    assert.ok(tiles.every(({ width, height }) => Math.max(width / height, height / width) < 4));
});
