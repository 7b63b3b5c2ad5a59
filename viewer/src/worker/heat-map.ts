/** A picture of a matrix: blue below zero, red above, the stronger the farther away. */

import type { HeatMap } from "../description.js";

type Colour = readonly [red: number, green: number, blue: number];

const NEGATIVE: readonly Colour[] = [
    [247, 247, 247],
    [146, 197, 222],
    [67, 147, 195],
    [33, 102, 172],
    [5, 48, 97],
];
const POSITIVE: readonly Colour[] = [
    [247, 247, 247],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
];
const QUANTILE = 0.995;
const MOST_SAMPLED = 20_000;

/**
 * Draws a matrix.
 *
 * @param values - row after row.
 * @param size - most pixels along each axis; a pixel stands for a block of values where there are more, and has the
 *     root mean square of the block, signed as its sum.
 */
export function heatMapOf(values: ArrayLike<number>, rows: number, columns: number, size: number): HeatMap {
    const block: [number, number] = [Math.ceil(rows / size), Math.ceil(columns / size)];
    const [height, width] = [Math.ceil(rows / block[0]), Math.ceil(columns / block[1])];
    const blocks = block[0] * block[1] === 1 ? values : reduced(values, rows, columns, block, [height, width]);
    const strongest = strongestOf(blocks);
    const pixels = new Uint8ClampedArray(4 * width * height);
    for (let k = 0; k < width * height; k++) {
        pixels.set(colourOf(blocks[k]! / strongest), 4 * k);
        pixels[4 * k + 3] = 255;
    }
    return { width, height, pixels, rows, columns, block, strongest };
}

function reduced(
    values: ArrayLike<number>,
    rows: number,
    columns: number,
    block: readonly [number, number],
    [height, width]: readonly [number, number],
): Float64Array {
    const [sums, squares, counts] = [0, 1, 2].map(() => new Float64Array(height * width)) as [
        Float64Array,
        Float64Array,
        Float64Array,
    ];
    for (let row = 0; row < rows; row++) {
        const start = Math.floor(row / block[0]) * width;
        for (let column = 0; column < columns; column++) {
            const value = values[row * columns + column]!;
            const at = start + Math.floor(column / block[1]);
            sums[at]! += value;
            squares[at]! += value * value;
            counts[at]! += 1;
        }
    }
    return squares.map((square, k) => Math.sign(sums[k]!) * Math.sqrt(square / counts[k]!));
}

/** A high quantile of the magnitudes, so that outliers do not fade all others. */
function strongestOf(values: ArrayLike<number>): number {
    const step = Math.max(1, Math.floor(values.length / MOST_SAMPLED));
    const magnitudes: number[] = [];
    for (let k = 0; k < values.length; k += step) {
        const magnitude = Math.abs(values[k]!);
        if (Number.isFinite(magnitude)) {
            magnitudes.push(magnitude);
        }
    }
    magnitudes.sort((x, y) => x - y);
    const found = magnitudes[Math.floor(QUANTILE * (magnitudes.length - 1))] ?? 0;
    return found || (magnitudes.at(-1) ?? 0) || 1;
}

/** -1 to 1, and what lies beyond; NaN is grey. */
function colourOf(value: number): Colour {
    if (Number.isNaN(value)) {
        return [128, 128, 128];
    }
    const ramp = value < 0 ? NEGATIVE : POSITIVE;
    const place = Math.min(1, Math.abs(value)) * (ramp.length - 1);
    const [low, high] = [ramp[Math.floor(place)]!, ramp[Math.ceil(place)]!];
    const part = place - Math.floor(place);
    return low.map((channel, k) => channel + part * (high[k]! - channel)) as unknown as Colour;
}
