/** Decoding `sparse` (spec/encodings/sparse.md). */

import { corrupt } from "../errors.js";
import { newStorage, type Storage } from "../types/element-type.js";
import { bitsOf, type Values } from "../types/values.js";
import type { PatternPlan, SparsePlan } from "./plan.js";

/** The values of a node whose pattern and values were decoded. */
export function decodeSparse(plan: SparsePlan, pattern: Storage, values: Values): Values {
    const positions = keptPositions(plan.pattern, pattern, plan.kept, plan.size);
    const data = newStorage(plan.type, plan.size);
    const made = bitsOf(data) as Uint32Array;
    const from = bitsOf(values.data) as Uint32Array;
    for (let k = 0; k < positions.length; k++) {
        made[positions[k]!] = from[k]!;
    }
    return { type: plan.type, data };
}

/** The kept positions, ascending; checked before the result is allocated. */
function keptPositions(plan: PatternPlan, pattern: Storage, kept: number, size: number): Float64Array {
    switch (plan.kind) {
        case "bitmap":
            return ofBitmap(pattern as Uint8Array, kept);
        case "gaps":
            return ofGaps(pattern, size);
        case "positions":
            return ofPlaces(pattern, plan.n, plan.m);
    }
}

function ofBitmap(bitmap: Uint8Array, kept: number): Float64Array {
    const set = bitmap.reduce((sum, bit) => sum + bit, 0);
    if (set !== kept) {
        throw corrupt(`a bitmap keeps ${set} elements where ${kept} are kept`);
    }
    const positions = new Float64Array(kept);
    let k = 0;
    for (let place = 0; place < bitmap.length; place++) {
        if (bitmap[place] === 1) {
            positions[k++] = place;
        }
    }
    return positions;
}

function ofGaps(gaps: Storage, size: number): Float64Array {
    const positions = new Float64Array(gaps.length);
    let last = -1;
    for (let k = 0; k < gaps.length; k++) {
        // A gap beyond 2^53 is rounded, and beyond any array either way.
        last += Number(gaps[k]!) + 1;
        if (last >= size) {
            throw corrupt("gaps lead beyond the array");
        }
        positions[k] = last;
    }
    return positions;
}

function ofPlaces(places: Storage, n: number, m: number): Float64Array {
    const positions = new Float64Array(places.length);
    for (let k = 0; k < places.length; k++) {
        const place = Number(places[k]!);
        if (place >= m || (k % n !== 0 && place <= Number(places[k - 1]!))) {
            throw corrupt("places of a group do not ascend, or are beyond it");
        }
        positions[k] = Math.floor(k / n) * m + place;
    }
    return positions;
}
