/** The operator GRU: gates in the order z, r, h. */

import type { Operator } from "../operator.js";
import {
    addRecurrent,
    RECURRENT_ATTRIBUTES,
    runRecurrence,
    type Cell,
    type Direction,
    type Step,
} from "./recurrence.js";

const cell = { gates: 3, activations: ["Sigmoid", "Tanh"], biasApart: true } as const;
const resetBefore: Cell = { ...cell, makeStep: stepOfScaledProduct };
const resetAfter: Cell = { ...cell, makeStep: stepOfScaledState };

/** GRU. */
export const gru: Operator = {
    name: "GRU",
    since: 7,
    inputs: [3, 6],
    outputs: 2,
    attributes: { ...RECURRENT_ATTRIBUTES, linear_before_reset: "int" },
    compute: ([x, w, r, b, sequenceLengths, h], attributes) => {
        const kind = attributes.number("linear_before_reset", 0) ? resetBefore : resetAfter;
        return runRecurrence({ x, w, r, b, sequenceLengths, initial: [h] }, attributes, kind);
    },
};

type Functions = [(x: number) => number, (x: number) => number];

/** The reset gate scales what the recurrent product, its bias included, gives. */
function stepOfScaledProduct(direction: Direction): Step {
    const { hidden, recurrenceBias } = direction;
    const [ofGates, ofCandidate] = direction.functions as Functions;
    const product = new Float64Array(3 * hidden);
    return (projected, offset, states, sample) => {
        const [h] = states as [Float32Array];
        const at = sample * hidden;
        product.set(recurrenceBias);
        addRecurrent(direction, h, at, 0, 3 * hidden, product);
        const input = (k: number): number => projected[offset + k]!;
        const recurrent = (k: number): number => product[k]!;
        for (let k = 0; k < hidden; k++) {
            const z = ofGates(input(k) + recurrent(k));
            const reset = ofGates(input(hidden + k) + recurrent(hidden + k));
            const candidate = ofCandidate(input(2 * hidden + k) + reset * recurrent(2 * hidden + k));
            h[at + k] = (1 - z) * candidate + z * h[at + k]!;
        }
    };
}

/** The reset gate scales the state that the recurrent product reads. */
function stepOfScaledState(direction: Direction): Step {
    const { hidden, recurrenceBias } = direction;
    const [ofGates, ofCandidate] = direction.functions as Functions;
    const gates = new Float64Array(2 * hidden);
    const candidates = new Float64Array(hidden);
    const scaled = new Float32Array(hidden);
    return (projected, offset, states, sample) => {
        const [h] = states as [Float32Array];
        const at = sample * hidden;
        const input = (k: number): number => projected[offset + k]!;
        gates.set(recurrenceBias.subarray(0, 2 * hidden));
        addRecurrent(direction, h, at, 0, 2 * hidden, gates);
        for (let k = 0; k < 2 * hidden; k++) {
            gates[k] = ofGates(gates[k]! + input(k));
        }
        for (let k = 0; k < hidden; k++) {
            scaled[k] = gates[hidden + k]! * h[at + k]!;
        }
        candidates.set(recurrenceBias.subarray(2 * hidden));
        addRecurrent(direction, scaled, 0, 2 * hidden, hidden, candidates);
        for (let k = 0; k < hidden; k++) {
            const z = gates[k]!;
            const candidate = ofCandidate(candidates[k]! + input(2 * hidden + k));
            h[at + k] = (1 - z) * candidate + z * h[at + k]!;
        }
    };
}
