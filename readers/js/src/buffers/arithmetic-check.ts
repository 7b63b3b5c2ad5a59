/** Rules of the message `Arithmetic` (spec/buffers/arithmetic.md). */

import { corrupt } from "../errors.js";
import { isTrellisStates } from "../trellis-code.js";
import { boundsOf, isEntropyCoded, type ElementTypeInfo } from "../types/element-type.js";
import type { Arithmetic } from "../v1/qmodel/v1/buffer_pb.js";
import type { ArithmeticPlan } from "./plan.js";

const MOST = 2n ** 60n - 1n;

/** Checks the coding of elements of a type. */
export function checkArithmetic(message: Arithmetic, type: ElementTypeInfo, what: string): ArithmeticPlan {
    const { columns, period, distance, center, trellisStates } = message;
    if (!isEntropyCoded(type)) {
        throw corrupt(`${what}: arithmetic is not for ${type.name}`);
    }
    if (columns > MOST || period > 256) {
        throw corrupt(`${what}: columns or period out of range`);
    }
    if (distance.length > 16 || distance.some((each, place) => each > MOST || each <= (distance[place - 1] ?? 0n))) {
        throw corrupt(`${what}: distances are at most 16, ascending, 1 to 2^60 − 1`);
    }
    const [least, greatest] = boundsOf(type);
    if (center < least || center > greatest || (trellisStates !== 0 && center !== 0n)) {
        throw corrupt(`${what}: the center is no value of ${type.name}, or not 0 with a trellis`);
    }
    if (trellisStates !== 0 && (!isTrellisStates(trellisStates) || type.typeClass !== "signed")) {
        throw corrupt(`${what}: no trellis of ${trellisStates} states of ${type.name}`);
    }
    const width = columns === 0n ? 1n : columns;
    const distances = distance.length > 0 ? distance : [1n, 2n, ...(width > 2n ? [width] : [])];
    return {
        kind: "arithmetic",
        // Beyond any buffer's length a number changes nothing, so rounding to a double is safe.
        columns: Number(width),
        period: period === 0 ? 1 : period,
        distances: distances.map(Number),
        trellisStates,
        center: Number(center),
    };
}
