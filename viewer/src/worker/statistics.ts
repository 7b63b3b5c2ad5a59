/** Figures of all values of a tensor, and how often they lie where. */

import type { Histogram, Statistics } from "../description.js";

const MOST_DISTINCT = 65536;

/** Counts over all values; those that are not finite are counted apart and in nothing else. */
export function statisticsOf(values: ArrayLike<number>): Statistics {
    let [least, most, sum, zeros, finite] = [Infinity, -Infinity, 0, 0, 0];
    for (let k = 0; k < values.length; k++) {
        const value = values[k]!;
        if (Number.isFinite(value)) {
            least = value < least ? value : least;
            most = value > most ? value : most;
            sum += value;
            zeros += value === 0 ? 1 : 0;
            finite++;
        }
    }
    const mean = sum / finite;
    return {
        count: values.length,
        least: finite ? least : NaN,
        most: finite ? most : NaN,
        mean,
        deviation: deviationOf(values, mean, finite),
        zeros,
        notFinite: values.length - finite,
        distinct: distinctOf(values),
    };
}

/** Equal bins from the least to the most finite value; undefined without any. */
export function histogramOf(
    values: ArrayLike<number>,
    { least, most }: Statistics,
    bins: number,
): Histogram | undefined {
    if (Number.isNaN(least)) {
        return undefined;
    }
    const counts = new Array<number>(least === most ? 1 : bins).fill(0);
    const scale = least === most ? 0 : bins / (most - least);
    for (let k = 0; k < values.length; k++) {
        const value = values[k]!;
        if (Number.isFinite(value)) {
            const bin = Math.min(counts.length - 1, Math.floor((value - least) * scale));
            counts[bin] = counts[bin]! + 1;
        }
    }
    return { least, most, counts };
}

function deviationOf(values: ArrayLike<number>, mean: number, finite: number): number {
    let sum = 0;
    for (let k = 0; k < values.length; k++) {
        const difference = values[k]! - mean;
        if (Number.isFinite(difference)) {
            sum += difference * difference;
        }
    }
    return Math.sqrt(sum / finite);
}

function distinctOf(values: ArrayLike<number>): number | undefined {
    const seen = new Set<number>();
    for (let k = 0; k < values.length && seen.size <= MOST_DISTINCT; k++) {
        seen.add(values[k]!);
    }
    return seen.size > MOST_DISTINCT ? undefined : seen.size;
}
