/** Rules of golden samples (spec/golden.md, "Messages"). */

import { checkBuffer } from "../buffers/check.js";
import type { BufferPlan } from "../buffers/plan.js";
import { checkedSize } from "../container/manifest-rules.js";
import { quoted } from "../container/text.js";
import { corrupt } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";
import type { Surroundings } from "../surroundings.js";
import type { GoldenOutput, GoldenSample, GoldenValue } from "../v1/qmodel/v1/golden_pb.js";
import type { Graph, Value } from "../v1/qmodel/v1/graph_pb.js";
import type { Manifest } from "../v1/qmodel/v1/manifest_pb.js";

/** A checked array of a sample. */
export interface GoldenPlan {
    readonly name: string;
    readonly lengths: readonly bigint[];
    readonly buffer: BufferPlan;
}

/** A checked expected output. */
export interface GoldenOutputPlan extends GoldenPlan {
    readonly absoluteTolerance: number;
    readonly relativeTolerance: number;
}

/** A checked sample. */
export interface GoldenSamplePlan {
    readonly inputs: readonly GoldenPlan[];
    readonly outputs: readonly GoldenOutputPlan[];
}

/**
 * Checks all samples of a file.
 *
 * @throws QModelError `corrupt`, `unsupported` or `limit`.
 */
export function checkGolden(manifest: Manifest, around: Surroundings): GoldenSamplePlan[] {
    const { golden, graph } = manifest;
    if (golden.length > FORMAT_LIMITS.goldenSamples) {
        throw corrupt(`${golden.length} golden samples`);
    }
    return golden.map((sample) => {
        if (graph === undefined) {
            throw corrupt("golden samples of no graph");
        }
        return checkSample(sample, graph, around);
    });
}

function checkSample(sample: GoldenSample, graph: Graph, around: Surroundings): GoldenSamplePlan {
    if (sample.inputs.length !== graph.inputs.length) {
        throw corrupt(`a golden sample has ${sample.inputs.length} inputs where the graph has ${graph.inputs.length}`);
    }
    if (sample.outputs.length === 0) {
        throw corrupt("a golden sample has no outputs");
    }
    const ofInputs = new Map<string, bigint>();
    const inputs = sample.inputs.map((value, place) => checkValue(value, graph.inputs[place]!, ofInputs, around));
    const ofOutputs = new Map<string, bigint>();
    let next = 0;
    const outputs = sample.outputs.map((output) => {
        while (next < graph.outputs.length && graph.outputs[next]!.name !== output.expected?.name) {
            next++;
        }
        return checkOutput(output, graph.outputs[next++], ofOutputs, around);
    });
    return { inputs, outputs };
}

function checkOutput(
    output: GoldenOutput,
    declared: Value | undefined,
    symbols: Map<string, bigint>,
    around: Surroundings,
): GoldenOutputPlan {
    if (output.expected === undefined || declared === undefined) {
        throw corrupt("an expected output is missing, is none of the graph's, comes twice or out of order");
    }
    const plan = checkValue(output.expected, declared, symbols, around);
    const { absoluteTolerance, relativeTolerance } = output;
    const most = plan.buffer.type.typeClass === "float" ? Number.MAX_VALUE : 0;
    if (![absoluteTolerance, relativeTolerance].every((tolerance) => tolerance >= 0 && tolerance <= most)) {
        throw corrupt(`tolerances of ${quoted(plan.name)} are finite and at least 0, and 0 unless it is of floats`);
    }
    return { ...plan, absoluteTolerance, relativeTolerance };
}

function checkValue(
    value: GoldenValue,
    declared: Value,
    symbols: Map<string, bigint>,
    around: Surroundings,
): GoldenPlan {
    const what = `golden ${quoted(value.name)}`;
    if (value.name !== declared.name) {
        throw corrupt(`${what} where the graph has ${quoted(declared.name)}`);
    }
    const buffer = checkBuffer(value.values, checkedSize(value.shape, what), what, around);
    if (buffer.type.number !== declared.elementType || !fits(value.shape, declared, symbols)) {
        throw corrupt(`${what} has another type or shape than in the graph`);
    }
    return { name: value.name, lengths: value.shape, buffer };
}

function fits(shape: readonly bigint[], declared: Value, symbols: Map<string, bigint>): boolean {
    const dimensions = declared.shape?.dimensions;
    if (dimensions === undefined) {
        return true;
    }
    return (
        dimensions.length === shape.length &&
        dimensions.every(({ length }, axis) => {
            if (length.case === "size") {
                return length.value === shape[axis];
            }
            if (length.case === undefined) {
                return true;
            }
            const known = symbols.get(length.value) ?? shape[axis]!;
            symbols.set(length.value, known);
            return known === shape[axis];
        })
    );
}
