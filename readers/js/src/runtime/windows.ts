/** Sliding windows of Conv and the pools: from ONNX's attributes to the rows that each element of the kernel pairs. */

import type { Attributes, Declaration } from "./attributes.js";
import { productOf } from "./axes.js";
import { corrupt, beyondLimit } from "../errors.js";

const MAX_KERNEL_ELEMENTS = 2 ** 16;

/** Attributes that Conv and the pools share. */
export const WINDOW_ATTRIBUTES = {
    auto_pad: "string",
    dilations: "ints",
    pads: "ints",
    strides: "ints",
} as const satisfies Declaration;

/** Windows over the spatial axes of an array. */
export interface Windows {
    /** Lengths of the input's spatial axes. */
    readonly space: readonly number[];
    readonly kernel: readonly number[];
    readonly strides: readonly number[];
    readonly dilations: readonly number[];
    readonly padsBefore: readonly number[];
    readonly padsAfter: readonly number[];
    /** Lengths of the output's spatial axes. */
    readonly outSpace: readonly number[];
}

/**
 * Where one element of the kernel lies inside the input: rows of outputs, each with the row of inputs it reads.
 *
 * Flat triples (first output, first input, number of outputs); outputs follow each other, inputs are `step` apart.
 */
export interface Tap {
    readonly rows: Int32Array;
    readonly step: number;
}

/**
 * The windows that a node's attributes ask for.
 *
 * @throws QModelError `corrupt`: a number of entries does not fit, an entry has a wrong sign, or no window fits;
 *     `limit`: a kernel of too many elements.
 */
export function windowsOf(
    attributes: Attributes,
    space: readonly number[],
    kernel: readonly number[],
    ceilMode = false,
): Windows {
    const rank = space.length;
    const strides = listed(attributes, "strides", rank, 1, 1);
    const dilations = listed(attributes, "dilations", rank, 1, 1);
    const pads = listed(attributes, "pads", 2 * rank, 0, 0);
    if (kernel.length !== rank || kernel.some((length) => length < 1)) {
        throw corrupt(`kernel_shape must be ${rank} numbers of at least 1, got (${kernel.join(", ")})`);
    }
    if (productOf(kernel) > MAX_KERNEL_ELEMENTS) {
        throw beyondLimit(`a kernel of (${kernel.join(", ")}) has more than ${MAX_KERNEL_ELEMENTS} elements`);
    }
    const partial = { space, kernel, strides, dilations };
    const [padsBefore, padsAfter] = padded(partial, pads, attributes.text("auto_pad", "NOTSET"));
    const whole = { ...partial, padsBefore, padsAfter };
    const outSpace = space.map((_, axis) => outLength(whole, axis, ceilMode));
    if (outSpace.some((length) => length < 1)) {
        throw corrupt(`a kernel of (${kernel.join(", ")}) does not fit into (${space.join(", ")})`);
    }
    return { ...whole, outSpace };
}

/** One tap for each element of the kernel, in row-major order. */
export function tapsOf(windows: Windows): Tap[] {
    const perAxis = windows.kernel.map((length, axis) =>
        Array.from({ length }, (_, index) => pairing(windows, axis, index)),
    );
    let taps: AxisPairing[][] = [[]];
    for (const choices of perAxis) {
        taps = taps.flatMap((before) => choices.map((choice) => [...before, choice]));
    }
    return taps.map((pairings) => ({
        rows: rowsOf(windows, pairings),
        step: windows.strides.at(-1) ?? 1,
    }));
}

/** Along one axis: `count` outputs from `out` on read inputs from `from` on, a stride apart. */
interface AxisPairing {
    readonly out: number;
    readonly from: number;
    readonly count: number;
}

function pairing(windows: Windows, axis: number, index: number): AxisPairing {
    const stride = windows.strides[axis]!;
    const offset = index * windows.dilations[axis]! - windows.padsBefore[axis]!;
    const first = Math.max(0, Math.ceil(-offset / stride));
    const last = Math.min(windows.outSpace[axis]! - 1, Math.floor((windows.space[axis]! - 1 - offset) / stride));
    return { out: first, from: first * stride + offset, count: Math.max(0, last - first + 1) };
}

function rowsOf(windows: Windows, pairings: readonly AxisPairing[]): Int32Array {
    const { space, outSpace, strides } = windows;
    if (pairings.some(({ count }) => count === 0)) {
        return new Int32Array(0);
    }
    let rows: [number, number][] = [[0, 0]];
    pairings.slice(0, -1).forEach(({ out, from, count }, axis) => {
        const [outLength, inLength, stride] = [outSpace[axis] ?? 1, space[axis] ?? 1, strides[axis] ?? 1];
        rows = rows.flatMap(([o, i]) =>
            Array.from({ length: count }, (_, k): [number, number] => [
                o * outLength + out + k,
                i * inLength + from + k * stride,
            ]),
        );
    });
    const { out, from, count } = pairings.at(-1)!;
    const [width, inWidth] = [outSpace.at(-1) ?? 1, space.at(-1) ?? 1];
    // Rows that follow each other in both arrays, as those of a kernel of one element, are one.
    const isWhole = pairings.every(
        ({ count }, axis) => axis === 0 || (count === outSpace[axis] && count === space[axis]),
    );
    if (isWhole && rows.length > 1 && strides.every((stride) => stride === 1)) {
        const [o, i] = rows[0]!;
        return Int32Array.of(o * width, i * inWidth, count * rows.length);
    }
    return Int32Array.from(rows.flatMap(([o, i]) => [o * width + out, i * inWidth + from, count]));
}

function outLength(windows: Omit<Windows, "outSpace">, axis: number, ceilMode: boolean): number {
    const at = (list: readonly number[]): number => list[axis]!;
    const [length, stride, before] = [at(windows.space), at(windows.strides), at(windows.padsBefore)];
    const span = at(windows.dilations) * (at(windows.kernel) - 1) + 1;
    const room = length + before + at(windows.padsAfter) - span;
    const count = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
    // A last window may reach beyond the end, but starts before it.
    return ceilMode && (count - 1) * stride >= length + before ? count - 1 : count;
}

function padded(
    windows: Pick<Windows, "space" | "kernel" | "strides" | "dilations">,
    pads: readonly number[],
    automatic: string,
): [readonly number[], readonly number[]] {
    const { space, kernel, strides, dilations } = windows;
    const rank = space.length;
    const none = space.map(() => 0);
    switch (automatic) {
        case "NOTSET":
            return [pads.slice(0, rank), pads.slice(rank)];
        case "VALID":
            return [none, none];
        case "SAME_UPPER":
        case "SAME_LOWER": {
            const totals = space.map((length, axis) => {
                const stride = strides[axis]!;
                const span = dilations[axis]! * (kernel[axis]! - 1) + 1;
                return Math.max(0, (Math.ceil(length / stride) - 1) * stride + span - length);
            });
            const smaller = totals.map((total) => Math.floor(total / 2));
            const larger = totals.map((total, axis) => total - smaller[axis]!);
            return automatic === "SAME_UPPER" ? [smaller, larger] : [larger, smaller];
        }
        default:
            throw corrupt(`auto_pad ${JSON.stringify(automatic)} is unknown`);
    }
}

function listed(attributes: Attributes, name: string, count: number, otherwise: number, least: number): number[] {
    const given = attributes.numbers(name);
    const list = given.length ? [...given] : new Array<number>(count).fill(otherwise);
    if (list.length !== count || list.some((value) => value < least || value > 2 ** 31)) {
        throw corrupt(`${name} must be ${count} numbers of at least ${least}, got (${list.join(", ")})`);
    }
    return list;
}
