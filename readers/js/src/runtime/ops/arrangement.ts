/** Operators that put elements into other places: Transpose, Concat, Slice, Gather. */

import { integersOf, newLike, stridesOf, type RuntimeArray } from "../array.js";
import { positiveAxes, positiveAxis, productOf } from "../axes.js";
import { corrupt } from "../../errors.js";
import type { Attributes } from "../attributes.js";
import type { Inputs, Operator } from "../operator.js";
import { visitRows } from "../rows.js";

/** Transpose, Concat, Slice, Gather. */
export const arrangement: readonly Operator[] = [
    {
        name: "Transpose",
        inputs: [1, 1],
        attributes: { perm: "ints" },
        compute: ([x], attributes) => [transpose(x!, attributes.numbers("perm"))],
    },
    {
        name: "Concat",
        since: 4,
        inputs: [1, Infinity],
        attributes: { axis: "int!" },
        compute: (inputs, attributes) => [concat(inputs as RuntimeArray[], attributes.number("axis", 0))],
    },
    {
        name: "Slice",
        until: 9,
        inputs: [1, 1],
        attributes: { starts: "ints!", ends: "ints!", axes: "ints" },
        compute: ([x], attributes) => [sliceByAttributes(x!, attributes)],
    },
    { name: "Slice", since: 10, inputs: [3, 5], attributes: {}, compute: (inputs) => [sliceByInputs(inputs)] },
    {
        name: "Gather",
        inputs: [2, 2],
        attributes: { axis: "int" },
        compute: ([x, indices], attributes) => [gather(x!, indices!, attributes.number("axis", 0))],
    },
];

/** Reads `x` by strides from `start` on into a new array of `shape`. */
function read(x: RuntimeArray, shape: readonly number[], strides: readonly number[], start: number): RuntimeArray {
    const made = newLike(x, shape);
    const [out, from] = [made.data as Elements, x.data as Elements];
    const [length, step] = [shape.at(-1) ?? 1, strides.at(-1) ?? 0];
    let to = 0;
    visitRows(shape, [strides], ([offset = 0]) => {
        for (let k = 0; k < length; k++) {
            out[to++] = from[start + offset + k * step] as number;
        }
    });
    return made;
}

type Elements = Record<number, number | bigint>;

function transpose(x: RuntimeArray, permutation: readonly number[]): RuntimeArray {
    const rank = x.shape.length;
    const axes = permutation.length ? permutation : x.shape.map((_, axis) => rank - 1 - axis);
    if (axes.length !== rank || new Set(axes).size !== rank || axes.some((axis) => axis < 0 || axis >= rank)) {
        throw corrupt(`perm (${permutation.join(", ")}) does not permute ${rank} axes`);
    }
    const strides = stridesOf(x.shape);
    return read(
        x,
        axes.map((axis) => x.shape[axis]!),
        axes.map((axis) => strides[axis]!),
        0,
    );
}

function concat(inputs: readonly RuntimeArray[], axis: number): RuntimeArray {
    const one = inputs[0]!;
    const at = positiveAxis(axis, one.shape.length);
    const rest = (x: RuntimeArray): string => x.shape.map((length, k) => (k === at ? "*" : length)).join();
    if (inputs.some((x) => x.kind !== one.kind || rest(x) !== rest(one))) {
        throw corrupt(`arrays of shapes ${inputs.map((x) => `(${x.shape.join(", ")})`).join(", ")} cannot be joined`);
    }
    const total = inputs.reduce((sum, x) => sum + x.shape[at]!, 0);
    const made = newLike(
        one,
        one.shape.map((length, k) => (k === at ? total : length)),
    );
    let to = 0;
    for (let outer = 0; outer < productOf(one.shape, 0, at); outer++) {
        for (const { data, shape } of inputs) {
            const size = productOf(shape, at);
            (made.data as Uint8Array).set((data as Uint8Array).subarray(outer * size, (outer + 1) * size), to);
            to += size;
        }
    }
    return made;
}

function sliceByAttributes(x: RuntimeArray, attributes: Attributes): RuntimeArray {
    const starts = attributes.numbers("starts");
    const axes = attributes.has("axes") ? attributes.numbers("axes") : starts.map((_, axis) => axis);
    return sliced(x, starts, attributes.numbers("ends"), axes, []);
}

function sliceByInputs([x, start, end, axis, step]: Inputs): RuntimeArray {
    const starts = integersOf(start, "starts");
    const axes = axis ? integersOf(axis, "axes") : starts.map((_, k) => k);
    const steps = step ? integersOf(step, "steps") : [];
    return sliced(x!, starts, integersOf(end, "ends"), axes, steps);
}

function sliced(
    x: RuntimeArray,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps: readonly number[],
): RuntimeArray {
    const chosen = positiveAxes(axes, x.shape.length);
    if (
        starts.length !== chosen.length ||
        ends.length !== chosen.length ||
        ![0, chosen.length].includes(steps.length)
    ) {
        throw corrupt("starts, ends, axes and steps must have as many entries");
    }
    const [shape, strides] = [[...x.shape], stridesOf(x.shape)];
    let offset = 0;
    chosen.forEach((axis, k) => {
        const step = steps[k] ?? 1;
        const [start, count] = range(x.shape[axis]!, starts[k]!, ends[k]!, step);
        offset += start * strides[axis]!;
        strides[axis]! *= step;
        shape[axis] = count;
    });
    return read(x, shape, strides, offset);
}

/** First index and number of indices; bounds are clamped to the axis. */
function range(length: number, start: number, end: number, step: number): [start: number, count: number] {
    if (step === 0) {
        throw corrupt("a step must not be 0");
    }
    const clamped = (bound: number, least: number, most: number): number =>
        Math.min(most, Math.max(least, bound < 0 ? bound + length : bound));
    const [from, to] =
        step > 0
            ? [clamped(start, 0, length), clamped(end, 0, length)]
            : [clamped(start, 0, length - 1), clamped(end, -1, length - 1)];
    return [from, Math.max(0, Math.ceil((to - from) / step))];
}

function gather(x: RuntimeArray, indices: RuntimeArray, axis: number): RuntimeArray {
    const at = positiveAxis(axis, x.shape.length);
    const length = x.shape[at]!;
    const chosen = integersOf(indices, "indices");
    const wrong = chosen.find((index) => index < -length || index >= length);
    if (wrong !== undefined) {
        throw corrupt(`index ${wrong} does not exist along an axis of length ${length}`);
    }
    const made = newLike(x, [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)]);
    const size = productOf(x.shape, at + 1);
    let to = 0;
    for (let outer = 0; outer < productOf(x.shape, 0, at); outer++) {
        for (const index of chosen) {
            const from = (outer * length + (index < 0 ? index + length : index)) * size;
            (made.data as Uint8Array).set((x.data as Uint8Array).subarray(from, from + size), to);
            to += size;
        }
    }
    return made;
}
