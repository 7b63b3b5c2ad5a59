/** Pools over windows and over whole channels. */

import { floatsOf, newFloats, type FloatArray } from "../array.js";
import { productOf } from "../axes.js";
import { corrupt } from "../../errors.js";
import type { Inputs, Operator } from "../operator.js";
import type { Attributes } from "../attributes.js";
import { tapsOf, WINDOW_ATTRIBUTES, windowsOf, type Windows } from "../windows.js";

const POOL_ATTRIBUTES = { ...WINDOW_ATTRIBUTES, kernel_shape: "ints!", ceil_mode: "int" } as const;

/** MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool. */
export const pools: readonly Operator[] = [
    {
        name: "MaxPool",
        since: 8,
        inputs: [1, 1],
        attributes: { ...POOL_ATTRIBUTES, storage_order: "int" },
        compute: (inputs, attributes) => [maxPool(inputs, attributes)],
    },
    {
        name: "AveragePool",
        since: 7,
        inputs: [1, 1],
        attributes: { ...POOL_ATTRIBUTES, count_include_pad: "int" },
        compute: (inputs, attributes) => [averagePool(inputs, attributes)],
    },
    global("GlobalMaxPool", (values) => values.reduce((x, y) => Math.max(x, y), -Infinity)),
    global("GlobalAveragePool", (values) => values.reduce((x, y) => x + y, 0) / values.length),
];

function maxPool(inputs: Inputs, attributes: Attributes): FloatArray {
    const { x, windows, made } = prepared(inputs, attributes);
    made.data.fill(-Infinity);
    visitPairs(x, made, windows, (out, from) => {
        const value = x.data[from]!;
        // Not Math.max alone: NaN stays once it is there.
        if (!(value <= made.data[out]!)) {
            made.data[out] = Number.isNaN(made.data[out]) ? NaN : value;
        }
    });
    return made;
}

function averagePool(inputs: Inputs, attributes: Attributes): FloatArray {
    const { x, windows, made } = prepared(inputs, attributes);
    const sums = new Float64Array(made.data.length);
    visitPairs(x, made, windows, (out, from) => {
        sums[out]! += x.data[from]!;
    });
    const counts = countsOf(attributes.number("count_include_pad", 0) ? withPads(windows) : windows);
    for (let k = 0; k < sums.length; k++) {
        made.data[k] = sums[k]! / counts[k % counts.length]!;
    }
    return made;
}

function prepared(inputs: Inputs, attributes: Attributes): { x: FloatArray; windows: Windows; made: FloatArray } {
    const x = floatsOf(inputs[0], "X");
    if (x.shape.length < 3) {
        throw corrupt(`X must have at least 3 axes, got ${x.shape.length}`);
    }
    const ceil = attributes.number("ceil_mode", 0) !== 0;
    const windows = windowsOf(attributes, x.shape.slice(2), attributes.numbers("kernel_shape"), ceil);
    return { x, windows, made: newFloats([...x.shape.slice(0, 2), ...windows.outSpace]) };
}

/** Calls `visit` for each element of each window that lies inside the input. */
function visitPairs(
    x: FloatArray,
    made: FloatArray,
    windows: Windows,
    visit: (out: number, from: number) => void,
): void {
    const [inSize, outSize] = [productOf(x.shape, 2), productOf(made.shape, 2)];
    const planes = productOf(x.shape, 0, 2);
    for (const { rows, step } of tapsOf(windows)) {
        for (let plane = 0; plane < planes; plane++) {
            for (let row = 0; row < rows.length; row += 3) {
                const out = plane * outSize + rows[row]!;
                const from = plane * inSize + rows[row + 1]!;
                for (let k = 0; k < rows[row + 2]!; k++) {
                    visit(out + k, from + k * step);
                }
            }
        }
    }
}

/** How many elements each window has inside its space, at least 1. */
function countsOf(windows: Windows): Int32Array {
    const counts = new Int32Array(productOf(windows.outSpace));
    for (const { rows } of tapsOf(windows)) {
        for (let row = 0; row < rows.length; row += 3) {
            const out = rows[row]!;
            for (let k = 0; k < rows[row + 2]!; k++) {
                counts[out + k]! += 1;
            }
        }
    }
    return counts.map((count) => Math.max(1, count));
}

/** The same windows over a space that has the pads in it: what lies beyond even them, by ceil_mode, never counts. */
function withPads(windows: Windows): Windows {
    const { space, padsBefore, padsAfter } = windows;
    const none = space.map(() => 0);
    const wider = space.map((length, axis) => length + padsBefore[axis]! + padsAfter[axis]!);
    return { ...windows, space: wider, padsBefore: none, padsAfter: none };
}

function global(name: string, reduce: (values: Float32Array) => number): Operator {
    return {
        name,
        inputs: [1, 1],
        attributes: {},
        compute: ([input]) => {
            const x = floatsOf(input, "X");
            const size = productOf(x.shape, 2);
            const made = newFloats(x.shape.map((length, axis) => (axis < 2 ? length : 1)));
            made.data.forEach((_, k) => (made.data[k] = reduce(x.data.subarray(k * size, (k + 1) * size))));
            return [made];
        },
    };
}
