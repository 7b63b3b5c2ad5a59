/** Operators that make one number of many along axes: ReduceMean, ReduceSum, ReduceMax, ReduceMin. */

import { floatsOf, integersOf, newFloats, stridesOf, type FloatArray } from "../array.js";
import type { Attributes } from "../attributes.js";
import { positiveAxes } from "../axes.js";
import type { Inputs, Operator } from "../operator.js";
import { visitRows } from "../rows.js";

/** How numbers are reduced: from `start`, by `add`, and what becomes of the result of `count` numbers. */
interface Reduction {
    readonly start: number;
    readonly add: (made: number, next: number) => number;
    readonly finish?: (made: number, count: number) => number;
}

const sum: Reduction = { start: 0, add: (made, next) => made + next };

/** ReduceMean, ReduceSum, ReduceMax, ReduceMin. */
export const reductions: readonly Operator[] = [
    ...versions("ReduceMean", 17, { ...sum, finish: (made, count) => made / count }),
    ...versions("ReduceSum", 12, sum),
    ...versions("ReduceMax", 17, { start: -Infinity, add: Math.max }),
    ...versions("ReduceMin", 17, { start: Infinity, add: Math.min }),
];

/** Axes are an attribute up to the opset `until`, an input from there on. */
function versions(name: string, until: number, reduction: Reduction): readonly Operator[] {
    return [
        {
            name,
            until,
            inputs: [1, 1],
            attributes: { axes: "ints", keepdims: "int" },
            compute: (inputs, attributes) => [reduced(inputs, attributes.numbers("axes"), attributes, reduction)],
        },
        {
            name,
            since: until + 1,
            inputs: [1, 2],
            attributes: { keepdims: "int", noop_with_empty_axes: "int" },
            compute: (inputs, attributes) => [
                reduced(inputs, inputs[1] ? integersOf(inputs[1], "axes") : [], attributes, reduction),
            ],
        },
    ];
}

/** Without axes along all, or along none with `noop_with_empty_axes`. */
function reduced(
    inputs: Inputs,
    axes: readonly number[],
    attributes: Attributes,
    { start, add, finish }: Reduction,
): FloatArray {
    const x = floatsOf(inputs[0], "the input");
    const all = axes.length === 0 && attributes.number("noop_with_empty_axes", 0) === 0;
    const chosen = all ? x.shape.map((_, axis) => axis) : positiveAxes(axes, x.shape.length);
    const kept = x.shape.map((length, axis) => (chosen.includes(axis) ? 1 : length));
    const strides = stridesOf(kept).map((stride, axis) => (chosen.includes(axis) ? 0 : stride));
    const shape = attributes.number("keepdims", 1) ? kept : x.shape.filter((_, axis) => !chosen.includes(axis));
    const made = newFloats(shape);
    const results = new Float64Array(made.data.length).fill(start);
    const [length, step] = [x.shape.at(-1) ?? 1, strides.at(-1) ?? 0];
    let from = 0;
    visitRows(x.shape, [strides], ([to = 0]) => {
        for (let k = 0; k < length; k++) {
            const at = to + k * step;
            results[at] = add(results[at]!, x.data[from++]!);
        }
    });
    const count = chosen.reduce((product, axis) => product * x.shape[axis]!, 1);
    made.data.set(finish ? results.map((result) => finish(result, count)) : results);
    return made;
}
