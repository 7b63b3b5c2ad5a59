/** Operators of one array of floats, element by element. */

import { floatsOf, newFloats, type RuntimeArray } from "../array.js";
import type { Attributes, Declaration } from "../attributes.js";
import { corrupt } from "../../errors.js";
import type { Operator } from "../operator.js";

type Function = (x: number) => number;

const LARGEST = 3.4028234663852886e38;
const SELU_ALPHA = 1.6732631921768188;
const SELU_GAMMA = 1.0507010221481323;

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
    return 1 / (1 + Math.exp(-x));
}

/** log(1 + e^x), without overflow. */
export function softplus(x: number): number {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Relu, Sigmoid, Tanh and their like, Clip, and functions of one number as Exp and Sqrt. */
export const activations: readonly Operator[] = [
    plain("Relu", (x) => (x < 0 ? 0 : x)),
    plain("Sigmoid", sigmoid),
    plain("Tanh", Math.tanh),
    plain("Softplus", softplus),
    plain("Softsign", (x) => x / (1 + Math.abs(x))),
    plain("Exp", Math.exp),
    plain("Log", Math.log),
    plain("Sqrt", Math.sqrt),
    plain("Reciprocal", (x) => 1 / x),
    plain("Neg", (x) => -x),
    plain("Abs", Math.abs),
    plain("Floor", Math.floor),
    plain("Ceil", Math.ceil),
    plain("HardSwish", (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5))),
    withAttributes("LeakyRelu", { alpha: "float" }, (attributes) => {
        const alpha = attributes.number("alpha", 0.01);
        return (x) => (x < 0 ? alpha * x : x);
    }),
    withAttributes("Elu", { alpha: "float" }, (attributes) => {
        const alpha = attributes.number("alpha", 1);
        return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
    }),
    withAttributes("Selu", { alpha: "float", gamma: "float" }, (attributes) => {
        const alpha = attributes.number("alpha", SELU_ALPHA);
        const gamma = attributes.number("gamma", SELU_GAMMA);
        return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x));
    }),
    withAttributes("HardSigmoid", { alpha: "float", beta: "float" }, (attributes) => {
        const alpha = attributes.number("alpha", 0.2);
        const beta = attributes.number("beta", 0.5);
        return (x) => Math.min(1, Math.max(0, alpha * x + beta));
    }),
    clipByAttributes(),
    clip(),
];

function plain(name: string, operation: Function): Operator {
    return { name, since: 6, inputs: [1, 1], attributes: {}, compute: ([x]) => [mapped(x, operation)] };
}

function withAttributes(name: string, declared: Declaration, make: (attributes: Attributes) => Function): Operator {
    return {
        name,
        since: 6,
        inputs: [1, 1],
        attributes: declared,
        compute: ([x], attributes) => [mapped(x, make(attributes))],
    };
}

function clipByAttributes(): Operator {
    return {
        name: "Clip",
        since: 6,
        until: 10,
        inputs: [1, 1],
        attributes: { min: "float", max: "float" },
        compute: ([x], attributes) => [
            mapped(x, between(attributes.number("min", -LARGEST), attributes.number("max", LARGEST))),
        ],
    };
}

function clip(): Operator {
    return {
        name: "Clip",
        since: 11,
        inputs: [1, 3],
        attributes: {},
        compute: ([x, low, high]) => [mapped(x, between(bound(low, -Infinity), bound(high, Infinity)))],
    };
}

/** Kept between two numbers; where low exceeds high, high wins. */
function between(low: number, high: number): Function {
    return (x) => Math.min(high, Math.max(low, x));
}

function bound(array: RuntimeArray | undefined, otherwise: number): number {
    if (array === undefined) {
        return otherwise;
    }
    const { data } = floatsOf(array, "a bound");
    if (data.length !== 1) {
        throw corrupt("min and max must be scalars");
    }
    return data[0]!;
}

function mapped(x: RuntimeArray | undefined, operation: Function): RuntimeArray {
    const from = floatsOf(x, "the input");
    const made = newFloats(from.shape);
    for (let k = 0; k < from.data.length; k++) {
        made.data[k] = operation(from.data[k]!);
    }
    return made;
}
