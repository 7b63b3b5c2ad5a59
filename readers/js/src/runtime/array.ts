/**
 * The arrays that exist while a network runs: row-major, of one of four element types.
 *
 * Floats are computed with in binary32: sums are made in binary64 and rounded once.
 */

import { corrupt, beyondLimit } from "../errors.js";

/** Element types of values: those that the operators of this reader take and make. */
export type Kind = "f32" | "s64" | "s32" | "bool";

interface ArrayOf<K extends Kind, D> {
    readonly kind: K;
    /** Length of each axis, outermost first; empty for 0-d. */
    readonly shape: readonly number[];
    /** Row-major elements. */
    readonly data: D;
}

/** An array of binary32. */
export type FloatArray = ArrayOf<"f32", Float32Array>;
/** An array of 64-bit integers. */
export type LongArray = ArrayOf<"s64", BigInt64Array>;
/** An array of 32-bit integers. */
export type IntArray = ArrayOf<"s32", Int32Array>;
/** An array of truth values, a byte each. */
export type BoolArray = ArrayOf<"bool", Uint8Array>;
/** Any array of a running network. */
export type RuntimeArray = FloatArray | LongArray | IntArray | BoolArray;

/** Most elements of one array that a run makes: 1 GiB of floats. */
export const MAX_ELEMENTS = 2 ** 28;

/**
 * The number of elements of a shape.
 *
 * @throws QModelError `limit`, above `MAX_ELEMENTS`.
 */
export function elementCount(shape: readonly number[]): number {
    let count = 1;
    for (const length of shape) {
        count *= length;
    }
    if (count > MAX_ELEMENTS || !Number.isSafeInteger(count)) {
        throw beyondLimit(`an array of shape (${shape.join(", ")}) has more than ${MAX_ELEMENTS} elements`);
    }
    return count;
}

/** A new array of floats, zero. */
export function newFloats(shape: readonly number[]): FloatArray {
    return { kind: "f32", shape, data: new Float32Array(elementCount(shape)) };
}

/** A 1-d array of 64-bit integers. */
export function longs(values: readonly number[]): LongArray {
    return { kind: "s64", shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** A new array of an array's kind, zero. */
export function newLike(array: RuntimeArray, shape: readonly number[]): RuntimeArray {
    const count = elementCount(shape);
    switch (array.kind) {
        case "f32":
            return { kind: "f32", shape, data: new Float32Array(count) };
        case "s64":
            return { kind: "s64", shape, data: new BigInt64Array(count) };
        case "s32":
            return { kind: "s32", shape, data: new Int32Array(count) };
        case "bool":
            return { kind: "bool", shape, data: new Uint8Array(count) };
    }
}

/** The same elements under another shape of as many. */
export function reshaped(array: RuntimeArray, shape: readonly number[]): RuntimeArray {
    if (elementCount(shape) !== array.data.length) {
        throw corrupt(`shape (${shape.join(", ")}) does not hold the ${array.data.length} elements`);
    }
    return { ...array, shape };
}

/** Elements between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
    const strides = new Array<number>(shape.length);
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= shape[axis] ?? 1;
    }
    return strides;
}

/** The array as floats; refused when it is of another kind. */
export function floatsOf(array: RuntimeArray | undefined, what: string): FloatArray {
    if (array?.kind !== "f32") {
        throw corrupt(`${what} must be of f32, got ${array?.kind ?? "nothing"}`);
    }
    return array;
}

/**
 * Integers of an array as numbers: lengths, axes, indices.
 *
 * Values beyond ±2^53 become ±2^53: no axis is that long.
 */
export function integersOf(array: RuntimeArray | undefined, what: string): number[] {
    if (array?.kind === "s32") {
        return Array.from(array.data);
    }
    if (array?.kind !== "s64") {
        throw corrupt(`${what} must be integers, got ${array?.kind ?? "nothing"}`);
    }
    return Array.from(array.data, clampedNumber);
}

/** A 64-bit integer as the nearest safe number. */
export function clampedNumber(value: bigint): number {
    return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}
