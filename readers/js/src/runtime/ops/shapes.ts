/** Operators that arrange the same elements under another shape, or tell the shape. */

import { integersOf, longs, reshaped, type RuntimeArray } from "../array.js";
import type { Attributes } from "../attributes.js";
import { positiveAxes, productOf } from "../axes.js";
import { corrupt } from "../../errors.js";
import type { Inputs, Operator } from "../operator.js";

/** Shape, Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout. */
export const shapes: readonly Operator[] = [
    { name: "Identity", inputs: [1, 1], attributes: {}, compute: (inputs) => [first(inputs)] },
    {
        name: "Dropout",
        since: 7,
        until: 11,
        inputs: [1, 1],
        attributes: { ratio: "float" },
        compute: (inputs) => [first(inputs)],
    },
    { name: "Dropout", since: 12, inputs: [1, 3], attributes: { seed: "int" }, compute: dropout },
    { name: "Shape", until: 14, inputs: [1, 1], attributes: {}, compute: (inputs) => [longs(first(inputs).shape)] },
    {
        name: "Shape",
        since: 15,
        inputs: [1, 1],
        attributes: { start: "int", end: "int" },
        compute: (inputs, attributes) => {
            const { shape } = first(inputs);
            return [longs(shape.slice(attributes.number("start", 0), attributes.number("end", shape.length)))];
        },
    },
    {
        name: "Flatten",
        inputs: [1, 1],
        attributes: { axis: "int" },
        compute: (inputs, attributes) => [flatten(first(inputs), attributes.number("axis", 1))],
    },
    {
        name: "Reshape",
        since: 5,
        inputs: [2, 2],
        attributes: { allowzero: "int" },
        compute: (inputs, attributes) => [
            reshape(first(inputs), integersOf(inputs[1], "shape"), attributes.number("allowzero", 0) !== 0),
        ],
    },
    ...withAxes("Squeeze", [1, 2], "ints", squeeze),
    ...withAxes("Unsqueeze", [2, 2], "ints!", (x, axes) => unsqueeze(x, axes ?? [])),
];

/** An operator whose axes are an attribute below opset 13 and an input from there on. */
function withAxes(
    name: string,
    inputs: readonly [number, number],
    attribute: "ints" | "ints!",
    apply: (x: RuntimeArray, axes: readonly number[] | undefined) => RuntimeArray,
): readonly Operator[] {
    const given = (attributes: Attributes): readonly number[] | undefined =>
        attributes.has("axes") ? attributes.numbers("axes") : undefined;
    return [
        {
            name,
            until: 12,
            inputs: [1, 1],
            attributes: { axes: attribute },
            compute: (all, attributes) => [apply(first(all), given(attributes))],
        },
        {
            name,
            since: 13,
            inputs,
            attributes: {},
            compute: (all) => [apply(first(all), all[1] && integersOf(all[1], "axes"))],
        },
    ];
}

function first(inputs: Inputs): RuntimeArray {
    return inputs[0]!;
}

/** Leaves the array as it is, unless the node asks for training. */
function dropout(inputs: Inputs): readonly RuntimeArray[] {
    const training = inputs[2];
    if (training && (training.kind !== "bool" || training.data.some((value) => value !== 0))) {
        throw corrupt("training_mode must be false");
    }
    return [first(inputs)];
}

function flatten(x: RuntimeArray, axis: number): RuntimeArray {
    const rank = x.shape.length;
    if (axis < -rank || axis > rank) {
        throw corrupt(`axis ${axis} is not between ${-rank} and ${rank}`);
    }
    const split = axis < 0 ? axis + rank : axis;
    return reshaped(x, [productOf(x.shape, 0, split), productOf(x.shape, split)]);
}

/** -1 once stands for what remains, 0 for the input's length unless `allowZero`. */
function reshape(x: RuntimeArray, wanted: readonly number[], allowZero: boolean): RuntimeArray {
    const shape = wanted.map((length, axis) => (length === 0 && !allowZero ? x.shape[axis] : length));
    const open = shape.indexOf(-1);
    const known = productOf(shape.filter((_, axis) => axis !== open) as number[]);
    if (shape.some((length) => length === undefined || length < -1) || shape.lastIndexOf(-1) !== open) {
        throw corrupt(`shape (${wanted.join(", ")}) does not fit an input of shape (${x.shape.join(", ")})`);
    }
    if (open >= 0) {
        if (known === 0 || x.data.length % known) {
            throw corrupt(`shape (${wanted.join(", ")}) does not divide ${x.data.length} elements`);
        }
        shape[open] = x.data.length / known;
    }
    return reshaped(x, shape as number[]);
}

function squeeze(x: RuntimeArray, axes: readonly number[] | undefined): RuntimeArray {
    const chosen = axes && positiveAxes(axes, x.shape.length);
    if (chosen?.some((axis) => x.shape[axis] !== 1)) {
        throw corrupt(`axes (${chosen.join(", ")}) of shape (${x.shape.join(", ")}) are not all of length 1`);
    }
    return reshaped(
        x,
        x.shape.filter((length, axis) => (chosen ? !chosen.includes(axis) : length !== 1)),
    );
}

function unsqueeze(x: RuntimeArray, axes: readonly number[]): RuntimeArray {
    const rank = x.shape.length + axes.length;
    const chosen = positiveAxes(axes, rank);
    const lengths = x.shape[Symbol.iterator]();
    return reshaped(
        x,
        Array.from({ length: rank }, (_, axis) => (chosen.includes(axis) ? 1 : lengths.next().value!)),
    );
}
