/** The operator LSTM: gates in the order i, o, f, c. */

import type { Operator } from "../operator.js";
import {
    addRecurrent,
    RECURRENT_ATTRIBUTES,
    runRecurrence,
    type Cell,
    type Direction,
    type Step,
} from "./recurrence.js";

const cell = { gates: 4, activations: ["Sigmoid", "Tanh", "Tanh"], biasApart: false } as const;
const withForgetGate: Cell = { ...cell, makeStep: (direction) => makeStep(direction, false) };
const withCoupledGates: Cell = { ...cell, makeStep: (direction) => makeStep(direction, true) };

/** LSTM. */
export const lstm: Operator = {
    name: "LSTM",
    since: 7,
    inputs: [3, 8],
    outputs: 3,
    attributes: { ...RECURRENT_ATTRIBUTES, input_forget: "int" },
    compute: ([x, w, r, b, sequenceLengths, h, c, peepholes], attributes) => {
        const kind = attributes.number("input_forget", 0) ? withCoupledGates : withForgetGate;
        return runRecurrence({ x, w, r, b, sequenceLengths, initial: [h, c], peepholes }, attributes, kind);
    },
};

type Functions = [(x: number) => number, (x: number) => number, (x: number) => number];

/** The output gate sees the new c through its peephole, the others the old one. */
function makeStep(direction: Direction, coupled: boolean): Step {
    const { hidden, peepholes } = direction;
    const [ofGates, ofCandidate, ofOutput] = direction.functions as Functions;
    const sums = new Float64Array(4 * hidden);
    const gate = (number: number, k: number, c: number): number => {
        const peephole = peepholes && number < 3 ? peepholes[number * hidden + k]! * c : 0;
        return sums[number * hidden + k]! + peephole;
    };
    return (projected, offset, states, sample) => {
        const [h, cells] = states as [Float32Array, Float32Array];
        const at = sample * hidden;
        sums.set(projected.subarray(offset, offset + 4 * hidden));
        addRecurrent(direction, h, at, 0, 4 * hidden, sums);
        for (let k = 0; k < hidden; k++) {
            const old = cells[at + k]!;
            const input = ofGates(gate(0, k, old));
            const forget = coupled ? 1 - input : ofGates(gate(2, k, old));
            const fresh = forget * old + input * ofCandidate(gate(3, k, old));
            cells[at + k] = fresh;
            h[at + k] = ofGates(gate(1, k, fresh)) * ofOutput(fresh);
        }
    };
}
