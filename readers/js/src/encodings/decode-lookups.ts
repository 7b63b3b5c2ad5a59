/** Decoding `codebook`, `hashed` and `trellis` (their pages in spec/encodings/). */

import { corrupt } from "../errors.js";
import { transitions } from "../trellis-code.js";
import { newStorage, type Storage } from "../types/element-type.js";
import { bitsOf, type Bits, type Values } from "../types/values.js";
import type { CodebookPlan, HashedPlan, TrellisPlan } from "./plan.js";

/** The values of a node whose indices and entries were decoded. */
export function decodeCodebook(plan: CodebookPlan, indices: Storage, entries: Values): Values {
    const { vectorLength, groups, entryCount } = plan;
    const codes = indices as Uint16Array;
    if (codes.some((index) => index >= entryCount)) {
        throw corrupt("an index of a codebook is beyond its entries");
    }
    const data = newStorage(plan.type, plan.size);
    const made = bitsOf(data) as Uint32Array;
    const from = bitsOf(entries.data) as Uint32Array;
    const perGroup = codes.length / groups;
    for (let group = 0; group < groups && perGroup > 0; group++) {
        const first = group * entryCount;
        for (let vector = group * perGroup; vector < (group + 1) * perGroup; vector++) {
            const entry = (first + codes[vector]!) * vectorLength;
            for (let k = 0; k < vectorLength; k++) {
                made[vector * vectorLength + k] = from[entry + k]!;
            }
        }
    }
    return { type: plan.type, data };
}

/** The values of a node whose codes were decoded. */
export function decodeTrellis(plan: TrellisPlan, codes: Storage): Values {
    const data = newStorage(plan.type, plan.size) as Float32Array;
    const next = transitions(plan.states);
    for (let first = 0; first < plan.size; first += plan.stretch) {
        const last = Math.min(first + plan.stretch, plan.size);
        for (let start = first; start < last; start += plan.runLength) {
            decodeRun(codes as Int32Array, data, start, Math.min(start + plan.runLength, last), plan.step, next);
        }
    }
    return { type: plan.type, data };
}

function decodeRun(
    codes: Int32Array,
    values: Float32Array,
    start: number,
    end: number,
    step: number,
    next: Uint16Array,
): void {
    let state = 0;
    for (let i = start; i < end; i++) {
        const k = codes[i]!;
        values[i] = (2 * k + (state & 1)) * step;
        state = next[2 * state + (k & 1)]!;
    }
}

const GOLDEN = 0x9e3779b9;

/** The values of a node whose buckets were decoded. */
export function decodeHashed(plan: HashedPlan, buckets: Values): Values {
    const data = newStorage(plan.type, plan.size);
    const from = bitsOf(buckets.data);
    const made = bitsOf(data);
    for (let first = 0; first < plan.size; first += 2 ** 32) {
        const count = Math.min(2 ** 32, plan.size - first);
        const firstKey = mix(plan.seed ^ Math.imul(first / 2 ** 32, GOLDEN), 0);
        scatter(plan, from, made, first, count, firstKey);
    }
    return { type: plan.type, data };
}

/** Elements whose indices have the same upper 32 bits, and so the same keys. */
function scatter(plan: HashedPlan, from: Bits, made: Bits, first: number, count: number, firstKey: number): void {
    const secondKey = mix(firstKey + GOLDEN, 0);
    const { bucketCount } = plan;
    const sign = plan.type.bits - 1;
    for (let low = 0; low < count; low++) {
        const h = mix(low ^ firstKey, secondKey) >>> 0;
        const bucket = highProduct(h, bucketCount);
        if (from instanceof BigUint64Array) {
            (made as BigUint64Array)[first + low] = from[bucket]! ^ (BigInt(h & 1) << 63n);
        } else {
            (made as Uint32Array)[first + low] = from[bucket]! ^ ((h & 1) << sign);
        }
    }
}

/** The finalizer of MurmurHash3 with a key before the second multiplication. */
function mix(input: number, key: number): number {
    let x = input;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ key;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return x ^ (x >>> 16);
}

/** floor(h · count / 2^32), whose product of 64 bits is made of two of 48. */
function highProduct(h: number, count: number): number {
    return Math.floor(((h >>> 16) * count + Math.floor(((h & 0xffff) * count) / 65_536)) / 65_536);
}
