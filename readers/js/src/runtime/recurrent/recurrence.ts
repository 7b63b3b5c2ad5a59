/** What RNN, GRU and LSTM share: directions, layouts, sequence lengths, and the products with the weights. */

import { floatsOf, integersOf, newFloats, type FloatArray, type RuntimeArray } from "../array.js";
import type { Attributes, Declaration } from "../attributes.js";
import { corrupt } from "../../errors.js";
import { addProduct } from "../products.js";
import { gateFunctions, type GateFunction } from "./gate-functions.js";

/** Attributes that the three operators share. */
export const RECURRENT_ATTRIBUTES = {
    activation_alpha: "floats",
    activation_beta: "floats",
    activations: "strings",
    clip: "float",
    direction: "string",
    hidden_size: "int",
    layout: "int",
} as const satisfies Declaration;

/** What a step of one direction works with. */
export interface Direction {
    readonly hidden: number;
    readonly batch: number;
    /** (gates · hidden, hidden), row-major. */
    readonly r: Float32Array;
    /** (gates · hidden), of the recurrence. */
    readonly recurrenceBias: Float32Array;
    /** (3 · hidden) in the order i, o, f; undefined without. */
    readonly peepholes: Float32Array | undefined;
    readonly functions: readonly GateFunction[];
}

/**
 * Replaces the states of one sample by those after a step.
 *
 * @param projected - W x + bias, (gates · hidden) from `offset` on.
 * @param states - each (batch, hidden); those of the sample are from `sample · hidden` on.
 */
export type Step = (projected: Float64Array, offset: number, states: readonly Float32Array[], sample: number) => void;

/** What distinguishes the operators. */
export interface Cell {
    readonly gates: number;
    /** Names of the activation functions of one direction. */
    readonly activations: readonly string[];
    /** Whether a step adds the bias of the recurrence itself. */
    readonly biasApart: boolean;
    readonly makeStep: (direction: Direction) => Step;
}

/** Inputs by their ONNX names. */
export interface RecurrentInputs {
    readonly x: RuntimeArray | undefined;
    readonly w: RuntimeArray | undefined;
    readonly r: RuntimeArray | undefined;
    readonly b: RuntimeArray | undefined;
    readonly sequenceLengths: RuntimeArray | undefined;
    readonly initial: readonly (RuntimeArray | undefined)[];
    readonly peepholes?: RuntimeArray | undefined;
}

/**
 * Runs all directions over all steps.
 *
 * @returns Y (steps, directions, batch, hidden) and the last value of each state (directions, batch, hidden); batch
 *     first with layout 1.
 */
export function runRecurrence(inputs: RecurrentInputs, attributes: Attributes, cell: Cell): FloatArray[] {
    const sizes = sizesOf(inputs, attributes, cell);
    const { steps, batch, hidden, backward } = sizes;
    const y = newFloats(sizes.arranged([steps, backward.length, batch, hidden]));
    const last = inputs.initial.map(() => newFloats(sizes.arranged([backward.length, batch, hidden])));
    const lengths = lengthsOf(inputs.sequenceLengths, sizes);
    backward.forEach((isBackward, d) => {
        const { direction, w, bias } = weightsOf(inputs, attributes, cell, sizes, d);
        const states = inputs.initial.map((state) => initialState(state, sizes, d));
        const step = cell.makeStep(direction);
        for (let k = 0; k < steps; k++) {
            const t = isBackward ? steps - 1 - k : k;
            const projected = projection(inputs.x as FloatArray, sizes, w, bias, t);
            for (let sample = 0; sample < batch; sample++) {
                if (t < (lengths?.[sample] ?? steps)) {
                    step(projected, sample * cell.gates * hidden, states, sample);
                    const row = states[0]!.subarray(sample * hidden, (sample + 1) * hidden);
                    y.data.set(row, sizes.outputAt(t, d, sample));
                }
            }
        }
        states.forEach((state, k) => {
            for (let sample = 0; sample < batch; sample++) {
                const row = state.subarray(sample * hidden, (sample + 1) * hidden);
                last[k]?.data.set(row, sizes.stateAt(d, sample));
            }
        });
    });
    return [y, ...last];
}

/** R h for one sample, added to `sums`. */
export function addRecurrent(
    direction: Direction,
    h: Float32Array,
    offset: number,
    firstRow: number,
    rows: number,
    sums: Float64Array,
): void {
    const { hidden, r } = direction;
    const state = { data: h, offset, rowStride: hidden, columnStride: 1 };
    addProduct(
        state,
        { data: r, offset: firstRow * hidden, rowStride: 1, columnStride: hidden },
        sums,
        1,
        hidden,
        rows,
    );
}

interface Sizes {
    readonly steps: number;
    readonly batch: number;
    readonly width: number;
    readonly hidden: number;
    /** For each direction whether it runs backward. */
    readonly backward: readonly boolean[];
    readonly batchFirst: boolean;
    /** A shape whose batch is the last axis but one, in the node's layout. */
    readonly arranged: (shape: readonly number[]) => number[];
    readonly outputAt: (t: number, d: number, sample: number) => number;
    readonly stateAt: (d: number, sample: number) => number;
}

function sizesOf(inputs: RecurrentInputs, attributes: Attributes, cell: Cell): Sizes {
    const [x, w, r] = [floatsOf(inputs.x, "X"), floatsOf(inputs.w, "W"), floatsOf(inputs.r, "R")];
    if (x.shape.length !== 3 || w.shape.length !== 3 || r.shape.length !== 3) {
        throw corrupt("X, W and R must have 3 axes");
    }
    const layout = attributes.number("layout", 0);
    const [first, second, width] = x.shape as [number, number, number];
    const [steps, batch] = layout ? [second, first] : [first, second];
    const hidden = r.shape[2]!;
    const backward = directionsOf(attributes.text("direction", "forward"));
    const rows = cell.gates * hidden;
    const fits =
        w.shape.join() === [backward.length, rows, width].join() &&
        r.shape.join() === [backward.length, rows, hidden].join();
    if (!fits || ![0, hidden].includes(attributes.number("hidden_size", 0)) || (layout !== 0 && layout !== 1)) {
        throw corrupt(
            `W of shape (${w.shape.join(", ")}), R of (${r.shape.join(", ")}) and the attributes do not fit X of ` +
                `(${x.shape.join(", ")})`,
        );
    }
    const count = backward.length;
    const batchFirst = layout === 1;
    return {
        steps,
        batch,
        width,
        hidden,
        backward,
        batchFirst,
        arranged: (shape) => (batchFirst ? [batch, ...shape.slice(0, -2), hidden] : [...shape]),
        outputAt: (t, d, sample) =>
            (batchFirst ? (sample * steps + t) * count + d : (t * count + d) * batch + sample) * hidden,
        stateAt: (d, sample) => (batchFirst ? sample * count + d : d * batch + sample) * hidden,
    };
}

function directionsOf(direction: string): readonly boolean[] {
    switch (direction) {
        case "forward":
            return [false];
        case "reverse":
            return [true];
        case "bidirectional":
            return [false, true];
        default:
            throw corrupt(`direction ${JSON.stringify(direction)} is unknown`);
    }
}

function lengthsOf(array: RuntimeArray | undefined, { batch }: Sizes): number[] | undefined {
    const lengths = array && integersOf(array, "sequence_lens");
    if (lengths && lengths.length !== batch) {
        throw corrupt(`sequence_lens must have ${batch} entries, got ${lengths.length}`);
    }
    return lengths;
}

function weightsOf(
    inputs: RecurrentInputs,
    attributes: Attributes,
    cell: Cell,
    { hidden, width, batch, backward }: Sizes,
    d: number,
): { direction: Direction; w: Float32Array; bias: Float32Array } {
    const rows = cell.gates * hidden;
    const both = part(inputs.b, "B", backward.length, 2 * rows, d) ?? new Float32Array(2 * rows);
    const recurrenceBias = both.subarray(rows);
    const bias = both.slice(0, rows);
    if (!cell.biasApart) {
        recurrenceBias.forEach((value, k) => (bias[k]! += value));
    }
    const { length } = cell.activations;
    const given = attributes.texts("activations");
    const names = given.length ? given : backward.flatMap(() => cell.activations);
    if (names.length !== length * backward.length) {
        throw corrupt(`activations must be ${length * backward.length} names, got ${names.length}`);
    }
    const functions = gateFunctions(
        names,
        attributes.numbers("activation_alpha"),
        attributes.numbers("activation_beta"),
        attributes.number("clip", 0),
    ).slice(d * length, (d + 1) * length);
    const direction: Direction = {
        hidden,
        batch,
        r: part(inputs.r, "R", backward.length, rows * hidden, d)!,
        recurrenceBias,
        peepholes: part(inputs.peepholes, "P", backward.length, 3 * hidden, d),
        functions,
    };
    return { direction, w: part(inputs.w, "W", backward.length, rows * width, d)!, bias };
}

/** The elements of one direction. */
function part(
    array: RuntimeArray | undefined,
    what: string,
    directions: number,
    size: number,
    d: number,
): Float32Array | undefined {
    if (array === undefined) {
        return undefined;
    }
    const { data, shape } = floatsOf(array, what);
    if (shape[0] !== directions || data.length !== directions * size) {
        throw corrupt(`${what} must have ${size} entries for each of ${directions} directions`);
    }
    return data.subarray(d * size, (d + 1) * size);
}

function initialState(array: RuntimeArray | undefined, sizes: Sizes, d: number): Float32Array {
    const { batch, hidden } = sizes;
    const state = new Float32Array(batch * hidden);
    if (array) {
        const wanted = sizes.arranged([sizes.backward.length, batch, hidden]);
        const { data, shape } = floatsOf(array, "an initial state");
        if (shape.join() !== wanted.join()) {
            throw corrupt(`an initial state must have shape (${wanted.join(", ")}), got (${shape.join(", ")})`);
        }
        for (let sample = 0; sample < batch; sample++) {
            const from = sizes.stateAt(d, sample);
            state.set(data.subarray(from, from + hidden), sample * hidden);
        }
    }
    return state;
}

/** W x + bias of all samples at one step, (batch, gates · hidden). */
function projection(x: FloatArray, sizes: Sizes, w: Float32Array, bias: Float32Array, t: number): Float64Array {
    const { steps, batch, width, batchFirst } = sizes;
    const rows = bias.length;
    const sums = new Float64Array(batch * rows);
    for (let sample = 0; sample < batch; sample++) {
        sums.set(bias, sample * rows);
    }
    const left = batchFirst
        ? { data: x.data, offset: t * width, rowStride: steps * width, columnStride: 1 }
        : { data: x.data, offset: t * batch * width, rowStride: width, columnStride: 1 };
    addProduct(left, { data: w, offset: 0, rowStride: 1, columnStride: width }, sums, batch, width, rows);
    return sums;
}
