/** Whether an output is near enough to what it must be (spec/golden.md, Comparing). */

import type { RuntimeArray } from "./array.js";

/** An expected output with its tolerances. */
export interface Expected {
    readonly values: RuntimeArray;
    readonly absoluteTolerance: number;
    readonly relativeTolerance: number;
}

/** How far an output is off. */
export interface Deviation {
    /** Whether every element is within its tolerance. */
    readonly fits: boolean;
    /** Largest |found - expected|; infinite where only one is NaN or infinite, NaN where element types or shapes differ. */
    readonly largest: number;
    /** Position of the element that is farthest beyond its tolerance, or nearest to it; -1 without elements. */
    readonly worst: number;
}

/** Compares in binary64; integers as they are. +0 and -0 are equal, and NaN is what NaN must be. */
export function compare(found: RuntimeArray, expected: Expected): Deviation {
    const { values } = expected;
    if (found.kind !== values.kind || found.shape.join() !== values.shape.join()) {
        return { fits: false, largest: NaN, worst: -1 };
    }
    let [largest, worst, mostExcess] = [0, -1, -Infinity];
    for (let k = 0; k < values.data.length; k++) {
        const [f, e] = [found.data[k], values.data[k]] as [number | bigint, number | bigint];
        const difference = distance(f, e);
        largest = Math.max(largest, difference);
        const excess = difference === 0 ? -Infinity : difference - toleranceFor(Number(e), expected);
        if (worst < 0 || excess > mostExcess) {
            [worst, mostExcess] = [k, excess];
        }
    }
    return { fits: !(mostExcess > 0), largest, worst };
}

function distance(f: number | bigint, e: number | bigint): number {
    if (f === e || (f !== f && e !== e)) {
        return 0;
    }
    const difference = Math.abs(typeof f === "bigint" ? Number(f - BigInt(e)) : f - Number(e));
    return Number.isFinite(Number(f)) && Number.isFinite(Number(e)) ? difference : Infinity;
}

function toleranceFor(e: number, { absoluteTolerance, relativeTolerance }: Expected): number {
    return Number.isFinite(e) ? absoluteTolerance + relativeTolerance * Math.abs(e) : absoluteTolerance;
}
