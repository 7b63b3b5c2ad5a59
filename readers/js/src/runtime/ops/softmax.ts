/** Softmax and LogSoftmax, along one axis, or, below opset 13, along all axes from one on. */

import { floatsOf, newFloats, type FloatArray, type RuntimeArray } from "../array.js";
import { positiveAxis, productOf } from "../axes.js";
import { corrupt } from "../../errors.js";
import type { Operator } from "../operator.js";

/** Softmax, LogSoftmax. */
export const softmaxes: readonly Operator[] = [
    ...versions("Softmax", (value, sum) => Math.exp(value) / sum),
    ...versions("LogSoftmax", (value, sum) => value - Math.log(sum)),
];

/** What becomes of a value less the largest, and of the sum of the exponentials. */
type Finish = (value: number, sum: number) => number;

function versions(name: string, finish: Finish): readonly Operator[] {
    return [
        {
            name,
            until: 12,
            inputs: [1, 1],
            attributes: { axis: "int" },
            compute: ([x], attributes) => [ofRows(x, attributes.number("axis", 1), finish)],
        },
        {
            name,
            since: 13,
            inputs: [1, 1],
            attributes: { axis: "int" },
            compute: ([x], attributes) => [alongAxis(x, attributes.number("axis", -1), finish)],
        },
    ];
}

function alongAxis(input: RuntimeArray | undefined, axis: number, finish: Finish): FloatArray {
    const x = floatsOf(input, "the input");
    const at = positiveAxis(axis, x.shape.length);
    return normalized(x, x.shape[at]!, productOf(x.shape, at + 1), finish);
}

function ofRows(input: RuntimeArray | undefined, axis: number, finish: Finish): FloatArray {
    const x = floatsOf(input, "the input");
    const rank = x.shape.length;
    if (axis < -rank || axis > rank) {
        throw corrupt(`axis ${axis} is not between ${-rank} and ${rank}`);
    }
    return normalized(x, productOf(x.shape, axis < 0 ? axis + rank : axis), 1, finish);
}

/** Groups of `length` elements that are `step` apart. */
function normalized(x: FloatArray, length: number, step: number, finish: Finish): FloatArray {
    const made = newFloats(x.shape);
    const block = length * step;
    for (let start = 0; start < x.data.length; start += block) {
        for (let first = start; first < start + step; first++) {
            let largest = -Infinity;
            for (let k = first; k < first + block; k += step) {
                largest = Math.max(largest, x.data[k]!);
            }
            let sum = 0;
            for (let k = first; k < first + block; k += step) {
                sum += Math.exp(x.data[k]! - largest);
            }
            for (let k = first; k < first + block; k += step) {
                made.data[k] = finish(x.data[k]! - largest, sum);
            }
        }
    }
    return made;
}
