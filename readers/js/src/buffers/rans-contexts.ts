/** Which table an element of the coding `rans` is coded with (spec/buffers/rans.md, "Contexts"). */

import type { NeighbourPlan, RansPlan } from "./plan.js";
import type { Alphabet } from "./rans-alphabet.js";
import { bucketsOf } from "./rans-check.js";

/** Sums of two scales are from −254 on. */
export const LEAST_SUM = -254;
const SUMS = 2 * 254 + 1;
/** The largest sum of four magnitudes of 255 with weights of 15. */
const MOST_NEIGHBOUR_SUM = 4 * 15 * 255;

/** Tables for finding tables. */
export interface Contexts {
    /** Length of a row; 1 without a separable context. */
    readonly columns: number;
    readonly rowScale: Int8Array | undefined;
    readonly columnScale: Int8Array;
    /** Cell of neighbour bucket 0, by the sum of scales less `LEAST_SUM`. */
    readonly cellOfSum: Uint16Array;
    readonly distances: Int32Array;
    readonly weights: Int32Array;
    /** Bucket of a weighted sum of neighbours. */
    readonly bucketOfNeighbours: Uint8Array;
    /** Place of the first slot of the tables of a cell's class. */
    readonly slotsOfCell: Int32Array;
    /** Elements before a lane's first that neighbours may reach, all of magnitude 0. */
    readonly history: number;
}

/** Makes the tables of a stream that has a context model. */
export function contextsOf(plan: RansPlan, alphabet: Alphabet, laneLength: number): Contexts {
    const { separable, neighbours } = plan;
    const neighbourBuckets = bucketsOf(neighbours);
    const history = Math.min(laneLength, Math.max(0, ...(neighbours?.distance ?? [])));
    return {
        columns: separable?.columns ?? 1,
        rowScale: separable?.rowScale,
        columnScale: separable?.columnScale ?? new Int8Array(separable?.columns ?? 1),
        cellOfSum: bucketTable(separable?.threshold ?? [], LEAST_SUM, new Uint16Array(SUMS)).map(
            (bucket) => bucket * neighbourBuckets,
        ),
        // A neighbour that is farther away than a lane is long is before its start.
        distances: Int32Array.from(neighbours?.distance ?? [], (distance) => Math.min(distance, history)),
        weights: Int32Array.from(neighbours?.weight ?? []),
        bucketOfNeighbours: neighbourBucketTable(neighbours),
        slotsOfCell: Int32Array.from(alphabet.classOfCell, (each) => (each * alphabet.quantizers) << plan.totalBits),
        history,
    };
}

function neighbourBucketTable(neighbours: NeighbourPlan | undefined): Uint8Array {
    return bucketTable(neighbours?.threshold ?? [], 0, new Uint8Array(MOST_NEIGHBOUR_SUM + 1));
}

/** The number of thresholds below each sum. */
function bucketTable<T extends Uint8Array | Uint16Array>(threshold: readonly number[], least: number, table: T): T {
    let bucket = 0;
    for (let place = 0; place < table.length; place++) {
        while (bucket < threshold.length && threshold[bucket]! < least + place) {
            bucket++;
        }
        table[place] = bucket;
    }
    return table;
}
