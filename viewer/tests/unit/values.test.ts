/** What is counted and drawn of a tensor's values, and of a drawing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { digitImage, IMAGE_EDGE } from "../../src/digit-image.js";
import { heatMapOf } from "../../src/worker/heat-map.js";
import { histogramOf, statisticsOf } from "../../src/worker/statistics.js";

test("statistics leave out what is not finite", () => {
    const found = statisticsOf([1, 2, 3, 0, NaN, Infinity]);
    assert.deepEqual(
        [found.count, found.least, found.most, found.mean, found.zeros, found.notFinite, found.distinct],
        [6, 0, 3, 1.5, 1, 2, 6],
    );
    assert.ok(Math.abs(found.deviation - Math.sqrt(1.25)) < 1e-12);
});

test("statistics of nothing", () => {
    const found = statisticsOf([]);
    assert.ok(Number.isNaN(found.least));
    assert.equal(histogramOf([], found, 10), undefined);
});

test("a histogram counts every finite value once, the largest in the last bin", () => {
    const values = [0, 0.1, 0.5, 0.99, 1, NaN];
    assert.deepEqual(histogramOf(values, statisticsOf(values), 2)?.counts, [2, 3]);
    assert.deepEqual(histogramOf([7, 7], statisticsOf([7, 7]), 5)?.counts, [2]);
});

test("a heat map is blue below zero and red above", () => {
    const { width, height, pixels, strongest } = heatMapOf([-1, 0, 1, NaN], 2, 2, 512);
    assert.deepEqual([width, height, strongest], [2, 2, 1]);
    const colour = (k: number): number[] => [...pixels.slice(4 * k, 4 * k + 3)];
    assert.ok(colour(0)[2]! > colour(0)[0]!);
    assert.deepEqual(colour(1), [247, 247, 247]);
    assert.ok(colour(2)[0]! > colour(2)[2]!);
    assert.deepEqual(colour(3), [128, 128, 128]);
});

test("a large heat map has a pixel for each block", () => {
    const { width, height, block } = heatMapOf(new Float32Array(1000 * 30).fill(1), 1000, 30, 100);
    assert.deepEqual([width, height, block], [30, 100, [10, 1]]);
});

test("a drawing becomes 20 pixels high, its mass in the middle", () => {
    const ink = new Uint8Array(280 * 280);
    for (let y = 10; y < 60; y++) {
        ink.fill(255, y * 280 + 200, y * 280 + 210);
    }
    const image = digitImage(ink, 280);
    const rows = Array.from({ length: IMAGE_EDGE }, (_, y) => image.slice(y * IMAGE_EDGE, (y + 1) * IMAGE_EDGE));
    assert.equal(rows.filter((row) => row.some((pixel) => pixel > 0)).length, 20);
    assert.deepEqual([rows[3]!.some(Boolean), rows[4]!.some(Boolean), rows[23]!.some(Boolean)], [false, true, true]);
    assert.equal(rows[14]![13], rows[14]![14]);
});

test("an empty drawing is an empty image", () => {
    assert.ok(digitImage(new Uint8Array(280 * 280), 280).every((pixel) => pixel === 0));
});
