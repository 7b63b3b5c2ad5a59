/** Operators of two or more arrays, element by element, broadcast: Add, Sub, Mul, Div, Pow, Min, Max, Sum. */

import { newLike, type FloatArray, type LongArray, type IntArray, type RuntimeArray } from "../array.js";
import { corrupt } from "../../errors.js";
import type { Inputs, Operator } from "../operator.js";
import { broadcastShape, broadcastStrides, visitRows } from "../rows.js";

type OfNumbers = (x: number, y: number) => number;
type OfLongs = (x: bigint, y: bigint) => bigint;

interface Meaning {
    readonly floats: OfNumbers;
    /** Of 32-bit integers; wraps where it is stored. */
    readonly ints?: OfNumbers;
    readonly longs?: OfLongs;
}

const add: Meaning = { floats: (x, y) => x + y, ints: (x, y) => x + y, longs: (x, y) => x + y };
const subtract: Meaning = { floats: (x, y) => x - y, ints: (x, y) => x - y, longs: (x, y) => x - y };
const multiply: Meaning = { floats: (x, y) => x * y, ints: Math.imul, longs: (x, y) => x * y };
const divide: Meaning = {
    floats: (x, y) => x / y,
    ints: (x, y) => Math.trunc(x / nonZero(y, 0)),
    longs: (x, y) => x / nonZero(y, 0n),
};
const minimum: Meaning = { floats: Math.min, ints: Math.min, longs: (x, y) => (x < y ? x : y) };
const maximum: Meaning = { floats: Math.max, ints: Math.max, longs: (x, y) => (x > y ? x : y) };
const power: Meaning = { floats: (x, y) => x ** y };

/** Add, Sub, Mul, Div, Pow, Min, Max, Sum. */
export const arithmetic: readonly Operator[] = [
    binary("Add", 7, add),
    binary("Sub", 7, subtract),
    binary("Mul", 7, multiply),
    binary("Div", 7, divide),
    binary("Pow", 7, power),
    variadic("Min", 8, minimum),
    variadic("Max", 8, maximum),
    variadic("Sum", 8, { floats: add.floats }),
];

function binary(name: string, since: number, meaning: Meaning): Operator {
    return { name, since, inputs: [2, 2], attributes: {}, compute: (inputs) => [folded(inputs, meaning)] };
}

function variadic(name: string, since: number, meaning: Meaning): Operator {
    return { name, since, inputs: [1, Infinity], attributes: {}, compute: (inputs) => [folded(inputs, meaning)] };
}

function folded(inputs: Inputs, meaning: Meaning): RuntimeArray {
    return (inputs as readonly RuntimeArray[]).reduce((made, next) => broadcast(made, next, meaning));
}

function broadcast(x: RuntimeArray, y: RuntimeArray, meaning: Meaning): RuntimeArray {
    const shape = broadcastShape([x.shape, y.shape]);
    if (shape === undefined) {
        throw corrupt(`shapes (${x.shape.join(", ")}) and (${y.shape.join(", ")}) cannot be broadcast`);
    }
    const made = newLike(x, shape);
    if (x.kind === "f32" && y.kind === "f32") {
        combine(x, y, made as FloatArray, meaning.floats);
    } else if (x.kind === "s32" && y.kind === "s32" && meaning.ints) {
        combine(x, y, made as IntArray, meaning.ints);
    } else if (x.kind === "s64" && y.kind === "s64" && meaning.longs) {
        combine(x, y, made as LongArray, meaning.longs);
    } else {
        throw corrupt(`arrays of ${x.kind} and ${y.kind} cannot be combined here`);
    }
    return made;
}

interface Elements<T> {
    readonly shape: readonly number[];
    readonly data: Record<number, T>;
}

function combine<T>(x: Elements<T>, y: Elements<T>, made: Elements<T>, operation: (x: T, y: T) => T): void {
    const [xs, ys] = [broadcastStrides(x.shape, made.shape), broadcastStrides(y.shape, made.shape)];
    const [xStep, yStep, length] = [xs.at(-1) ?? 0, ys.at(-1) ?? 0, made.shape.at(-1) ?? 1];
    const [left, right, out] = [x.data, y.data, made.data];
    let to = 0;
    visitRows(made.shape, [xs, ys], ([xAt = 0, yAt = 0]) => {
        for (let k = 0; k < length; k++) {
            out[to++] = operation(left[xAt + k * xStep] as T, right[yAt + k * yStep] as T);
        }
    });
}

function nonZero<T extends number | bigint>(divisor: T, zero: T): T {
    if (divisor === zero) {
        throw corrupt("an integer is divided by 0");
    }
    return divisor;
}
