/** Replays the golden samples of a file (spec/golden.md). */

import type { Tensor } from "../tensor.js";
import type { GoldenSample, GoldenValue } from "../v1/qmodel/v1/golden_pb.js";
import { invalidInput } from "../errors.js";
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
 * @param decode - the values of an array of a sample.
 * @throws QModelError as `Network.run` and `decode` do.
 */
export async function* replay(
    network: Network,
    samples: readonly GoldenSample[],
    decode: (value: GoldenValue) => Promise<Tensor>,
): AsyncGenerator<ReplayedOutput> {
    for (const [sample, { inputs, outputs }] of samples.entries()) {
        const given = new Map<string, RuntimeArray>();
        for (const value of inputs) {
            given.set(value.name, await arrayOfValue(value, decode));
        }
        const made = network.run(given);
        for (const output of outputs) {
            const { expected: value, absoluteTolerance, relativeTolerance } = output;
            const found = value && made.get(value.name);
            if (!found) {
                throw invalidInput(`golden sample ${sample} has an output that the network does not`);
            }
            const expected = await arrayOfValue(value, decode);
            const deviation = compare(found, { values: expected, absoluteTolerance, relativeTolerance });
            yield { sample, name: value.name, found, expected, absoluteTolerance, relativeTolerance, ...deviation };
        }
    }
}

async function arrayOfValue(
    value: GoldenValue,
    decode: (value: GoldenValue) => Promise<Tensor>,
): Promise<RuntimeArray> {
    return arrayOf(await decode(value), `golden value ${JSON.stringify(value.name)}`);
}
