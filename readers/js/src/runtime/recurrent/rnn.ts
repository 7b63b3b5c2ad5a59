/** The operator RNN. */

import type { Operator } from "../operator.js";
import {
    addRecurrent,
    RECURRENT_ATTRIBUTES,
    runRecurrence,
    type Cell,
    type Direction,
    type Step,
} from "./recurrence.js";

const cell: Cell = { gates: 1, activations: ["Tanh"], biasApart: false, makeStep };

/** RNN. */
export const rnn: Operator = {
    name: "RNN",
    since: 7,
    inputs: [3, 6],
    outputs: 2,
    attributes: RECURRENT_ATTRIBUTES,
    compute: ([x, w, r, b, sequenceLengths, h], attributes) =>
        runRecurrence({ x, w, r, b, sequenceLengths, initial: [h] }, attributes, cell),
};

function makeStep(direction: Direction): Step {
    const { hidden } = direction;
    const [activation] = direction.functions as [(x: number) => number];
    const sums = new Float64Array(hidden);
    return (projected, offset, states, sample) => {
        const [h] = states as [Float32Array];
        sums.set(projected.subarray(offset, offset + hidden));
        addRecurrent(direction, h, sample * hidden, 0, hidden, sums);
        h.set(sums.map(activation), sample * hidden);
    };
}
