/** Rules of the message `Rans`, its `tables` apart (spec/buffers/rans.md). */

import { corrupt } from "../errors.js";
import { isTrellisStates } from "../trellis-code.js";
import { isEntropyCoded, type ElementTypeInfo } from "../types/element-type.js";
import type { ContextModel, NeighbourContext, Rans } from "../v1/qmodel/v1/buffer_pb.js";
import { parseScales } from "./rans-scales.js";
import type { NeighbourPlan, RansPlan, SeparablePlan } from "./plan.js";

const MOST_RUN = 2n ** 60n - 1n;
const MOST_TABLE_BYTES = 65_536;
const MOST_CELLS = 256;
const MOST_DISTANCE = 2n ** 20n;

/** Checks the coding of `count` elements of a type. */
export function checkRans(message: Rans, type: ElementTypeInfo, count: number, what: string): RansPlan {
    const { runLength, totalBits, tables, context, trellisStates } = message;
    if (!isEntropyCoded(type)) {
        throw corrupt(`${what}: rans is not for ${type.name}`);
    }
    if (runLength < 32n || runLength > MOST_RUN || totalBits < 10 || totalBits > 16) {
        throw corrupt(`${what}: run_length or total_bits out of range`);
    }
    if (tables.length > MOST_TABLE_BYTES) {
        throw corrupt(`${what}: tables of ${tables.length} bytes`);
    }
    if (trellisStates !== 0 && (!isTrellisStates(trellisStates) || type.typeClass !== "signed")) {
        throw corrupt(`${what}: no trellis of ${trellisStates} states of ${type.name}`);
    }
    return {
        kind: "rans",
        // Longer than any buffer's length is one run, so rounding to a double is safe.
        runLength: Number(runLength),
        totalBits,
        tables,
        trellisStates,
        ...checkContext(context, count, what),
    };
}

type Parts = Pick<RansPlan, "separable" | "neighbours">;

function checkContext(context: ContextModel | undefined, count: number, what: string): Parts {
    if (context === undefined) {
        return { separable: undefined, neighbours: undefined };
    }
    const separable = checkSeparable(context, count, what);
    const neighbours = context.neighbours === undefined ? undefined : checkNeighbours(context.neighbours, what);
    if (separable === undefined && neighbours === undefined) {
        throw corrupt(`${what}: a context model without parts`);
    }
    if (bucketsOf(separable) * bucketsOf(neighbours) > MOST_CELLS) {
        throw corrupt(`${what}: more than ${MOST_CELLS} cells`);
    }
    return { separable, neighbours };
}

/** Buckets of a part of the context model; 1 of one that is absent. */
export function bucketsOf(part: { readonly threshold: readonly number[] } | undefined): number {
    return (part?.threshold.length ?? 0) + 1;
}

function checkSeparable(context: ContextModel, count: number, what: string): SeparablePlan | undefined {
    const { separable, columns } = context;
    if (separable === undefined) {
        if (columns !== 0n) {
            throw corrupt(`${what}: columns without a separable context`);
        }
        return undefined;
    }
    if (columns < 1n || columns > BigInt(count)) {
        throw corrupt(`${what}: rows of ${columns} elements`);
    }
    checkAscending(separable.threshold, what);
    return {
        columns: Number(columns),
        rowScale: parseScales(separable.rowScale, Math.ceil(count / Number(columns))),
        columnScale: parseScales(separable.columnScale, Number(columns)),
        threshold: separable.threshold,
    };
}

function checkNeighbours(context: NeighbourContext, what: string): NeighbourPlan {
    const { distance, weight, threshold } = context;
    if (distance.length < 1 || distance.length > 4 || weight.length !== distance.length) {
        throw corrupt(`${what}: ${distance.length} neighbours with ${weight.length} weights`);
    }
    if (distance.some((each) => each < 1n || each > MOST_DISTANCE) || weight.some((each) => each < 1 || each > 15)) {
        throw corrupt(`${what}: a neighbour's distance or weight out of range`);
    }
    checkAscending(threshold, what);
    return { distance: distance.map(Number), weight, threshold };
}

function checkAscending(threshold: readonly number[], what: string): void {
    if (
        threshold.length >= MOST_CELLS ||
        threshold.some((each, place) => each <= (threshold[place - 1] ?? -Infinity))
    ) {
        throw corrupt(`${what}: thresholds do not ascend, or are too many`);
    }
}
