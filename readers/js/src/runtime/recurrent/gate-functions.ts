/** Activation functions of the recurrent operators, by their ONNX names. */

import { corrupt } from "../../errors.js";
import { sigmoid, softplus } from "../ops/activations.js";

/** A function of one number. */
export type GateFunction = (x: number) => number;

interface Parametric {
    readonly alpha: number;
    /** Absent when the function has one parameter. */
    readonly beta?: number;
    readonly make: (alpha: number, beta: number) => GateFunction;
}

const PLAIN: Readonly<Record<string, GateFunction>> = {
    Sigmoid: sigmoid,
    Tanh: Math.tanh,
    Relu: (x) => Math.max(x, 0),
    Softsign: (x) => x / (1 + Math.abs(x)),
    Softplus: softplus,
};

const PARAMETRIC: Readonly<Record<string, Parametric>> = {
    LeakyRelu: { alpha: 0.01, make: (alpha) => (x) => (x < 0 ? alpha * x : x) },
    ThresholdedRelu: { alpha: 1, make: (alpha) => (x) => (x <= alpha ? 0 : x) },
    Elu: { alpha: 1, make: (alpha) => (x) => (x < 0 ? alpha * Math.expm1(x) : x) },
    Affine: { alpha: 1, beta: 0, make: (alpha, beta) => (x) => alpha * x + beta },
    ScaledTanh: { alpha: 1, beta: 1, make: (alpha, beta) => (x) => alpha * Math.tanh(beta * x) },
    HardSigmoid: { alpha: 0.2, beta: 0.5, make: (alpha, beta) => (x) => Math.min(1, Math.max(0, alpha * x + beta)) },
};

/**
 * The functions of the names; those that take parameters use up `alphas` and `betas` in order, then the defaults.
 *
 * @param clip - what a function gets is kept between -clip and clip; 0 for no bound.
 * @throws QModelError `corrupt`: a name is unknown.
 */
export function gateFunctions(
    names: readonly string[],
    alphas: readonly number[],
    betas: readonly number[],
    clip: number,
): GateFunction[] {
    const [alpha, beta] = [alphas.values(), betas.values()];
    const next = (values: Iterator<number, undefined>, otherwise: number): number => {
        const result = values.next();
        return result.done === true ? otherwise : result.value;
    };
    return names.map((name) => {
        const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
        const parametric = Object.hasOwn(PARAMETRIC, name) ? PARAMETRIC[name] : undefined;
        if (parametric) {
            const first = next(alpha, parametric.alpha);
            const second = parametric.beta === undefined ? 0 : next(beta, parametric.beta);
            return clipped(parametric.make(first, second), clip);
        }
        if (plain) {
            return clipped(plain, clip);
        }
        throw corrupt(`activation ${JSON.stringify(name)} is unknown`);
    });
}

function clipped(operation: GateFunction, clip: number): GateFunction {
    return clip ? (x) => operation(Math.min(clip, Math.max(-clip, x))) : operation;
}
