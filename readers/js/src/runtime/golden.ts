/** Replays the golden samples of a file (spec/golden.md). */

import { invalidInput } from "../errors.js";
import type { GoldenRun, NamedTensor } from "../tensor.js";
import type { RuntimeArray } from "./array.js";
import { compare, type Deviation } from "./comparison.js";
import type { Network } from "./network.js";
import { arrayOf } from "./tensors.js";

/** What a network made of one output of one sample. */
export interface ReplayedOutput extends Deviation {
    /** Number of the sample, from 0. */
    readonly sample: number;
    readonly name: string;
    readonly found: RuntimeArray;
    readonly expected: RuntimeArray;
    readonly absoluteTolerance: number;
    readonly relativeTolerance: number;
}

/**
 * Runs the samples one after another and compares.
 *
 * @param runs - as `QModelFile.golden` gives them.
 * @throws QModelError as `Network.run` does; `unsupported` for values of an element type that networks do not run with.
 */
export function* replay(network: Network, runs: readonly GoldenRun[]): Generator<ReplayedOutput> {
    for (const [sample, { inputs, outputs }] of runs.entries()) {
        const made = network.run(new Map(inputs.map((value) => [value.name, valueOf(value)])));
        for (const output of outputs) {
            const { name, absoluteTolerance, relativeTolerance } = output;
            const found = made.get(name);
            if (!found) {
                throw invalidInput(
                    `golden sample ${sample} has an output ${JSON.stringify(name)}, the network has none`,
                );
            }
            const expected = valueOf(output);
            const deviation = compare(found, { values: expected, absoluteTolerance, relativeTolerance });
            yield { sample, name, found, expected, absoluteTolerance, relativeTolerance, ...deviation };
        }
    }
}

function valueOf(value: NamedTensor): RuntimeArray {
    return arrayOf(value, `golden value ${JSON.stringify(value.name)}`);
}
