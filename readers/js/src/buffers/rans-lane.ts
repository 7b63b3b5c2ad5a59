/** Lanes of the coding `rans` (spec/buffers/rans.md, "Decoding a lane"): the loops that every element goes through. */

import type { Contexts } from "./rans-contexts.js";
import { LEAST_SUM } from "./rans-contexts.js";
import type { SlotTables } from "./rans-slots.js";

/** Most elements that are decoded at a time, so that what is made stays in a core's cache. */
export const BLOCK = 1 << 14;

/** All that is the same for each lane of a buffer. */
export interface LaneTables {
    readonly slots: SlotTables;
    readonly totalBits: number;
    readonly lowBits: number;
    /** Next state of the trellis, by 2 · state + parity; all 0 without a trellis. */
    readonly transitions: Uint16Array;
    /** How a magnitude is made (table of "Contexts"). */
    readonly magnitude: "value" | "point" | "symbol";
    /** The value of index 0, and the first symbol that is an escape. */
    readonly base: number;
    readonly symbols: number;
}

/** Where a lane is: changed by each block. */
export interface LaneState {
    readonly words: Uint16Array;
    word: number;
    readonly end: number;
    /** The coder's state, 32 bits, as a signed number. */
    x: number;
    trellis: number;
    /** Position in the buffer of the element that comes next. */
    element: number;
}

/** The beginning of a lane. */
export function laneStart(words: Uint16Array, start: number, end: number, element: number): LaneState {
    const lane: LaneState = { words, word: start, end, x: 1, trellis: 0, element };
    if (lane.word < end) {
        lane.x = words[lane.word++]!;
    }
    if (lane.word < end) {
        lane.x = (lane.x << 16) | words[lane.word++]!;
    }
    return lane;
}

/** Decodes the next elements of a lane, all of class 0, into their indices. */
export function decodeBlock(lane: LaneState, tables: LaneTables, indices: Int32Array, count: number): void {
    const { words, end } = lane;
    const { transitions, totalBits, lowBits } = tables;
    const { symbol, step } = tables.slots;
    const slotMask = (1 << totalBits) - 1;
    const lowMask = (1 << lowBits) - 1;
    let { word, x, trellis } = lane;
    for (let i = 0; i < count; i++) {
        const low = x & lowMask;
        x >>>= lowBits;
        const slot = ((trellis & 1) << totalBits) | (x & slotMask);
        const stepped = step[slot]!;
        x = (Math.imul((stepped >>> 16) + 1, x >>> totalBits) + (stepped & 0xffff)) | 0;
        const index = (symbol[slot]! << lowBits) | low;
        indices[i] = index;
        trellis = transitions[2 * trellis + (index & 1)]!;
        if (x >>> 16 === 0 && word < end) {
            x = (x << 16) | words[word++]!;
        }
    }
    lane.word = word;
    lane.x = x;
    lane.trellis = trellis;
    lane.element += count;
}

/**
 * Decodes two lanes side by side, as `decodeBlock` does one: what one waits for, the other fills.
 *
 * @param first The indices of lane `a`.
 * @param second Those of lane `b`, as many.
 */
export function decodePair(
    a: LaneState,
    b: LaneState,
    tables: LaneTables,
    first: Int32Array,
    second: Int32Array,
    count: number,
): void {
    const { words, end } = a;
    const endB = b.end;
    const { transitions, totalBits, lowBits } = tables;
    const { symbol, step } = tables.slots;
    const slotMask = (1 << totalBits) - 1;
    const lowMask = (1 << lowBits) - 1;
    let { word, x, trellis } = a;
    let { word: wordB, x: xB, trellis: trellisB } = b;
    for (let i = 0; i < count; i++) {
        const low = x & lowMask;
        const lowB = xB & lowMask;
        x >>>= lowBits;
        xB >>>= lowBits;
        const slot = ((trellis & 1) << totalBits) | (x & slotMask);
        const slotB = ((trellisB & 1) << totalBits) | (xB & slotMask);
        const stepped = step[slot]!;
        const steppedB = step[slotB]!;
        x = (Math.imul((stepped >>> 16) + 1, x >>> totalBits) + (stepped & 0xffff)) | 0;
        xB = (Math.imul((steppedB >>> 16) + 1, xB >>> totalBits) + (steppedB & 0xffff)) | 0;
        const index = (symbol[slot]! << lowBits) | low;
        const indexB = (symbol[slotB]! << lowBits) | lowB;
        first[i] = index;
        second[i] = indexB;
        trellis = transitions[2 * trellis + (index & 1)]!;
        trellisB = transitions[2 * trellisB + (indexB & 1)]!;
        if (x >>> 16 === 0 && word < end) {
            x = (x << 16) | words[word++]!;
        }
        if (xB >>> 16 === 0 && wordB < endB) {
            xB = (xB << 16) | words[wordB++]!;
        }
    }
    Object.assign(a, { word, x, trellis, element: a.element + count });
    Object.assign(b, { word: wordB, x: xB, trellis: trellisB, element: b.element + count });
}

/**
 * Decodes the next elements of a lane with contexts.
 *
 * @param magnitudes Those of `contexts.history` elements before, then room for those of this block.
 */
export function decodeContextBlock(
    lane: LaneState,
    tables: LaneTables,
    contexts: Contexts,
    magnitudes: Uint8Array,
    indices: Int32Array,
    count: number,
): void {
    const { words, end } = lane;
    const { transitions, totalBits, lowBits } = tables;
    const { symbol, step } = tables.slots;
    const { columns, rowScale, columnScale, cellOfSum, slotsOfCell, bucketOfNeighbours, distances, weights } = contexts;
    const slotMask = (1 << totalBits) - 1;
    const lowMask = (1 << lowBits) - 1;
    let { word, x, trellis } = lane;
    let row = Math.floor(lane.element / columns);
    let column = lane.element - row * columns;
    let ofRow = (rowScale?.[row] ?? 0) - LEAST_SUM;
    for (let i = 0; i < count; i++) {
        let sum = 0;
        const here = contexts.history + i;
        for (let j = 0; j < distances.length; j++) {
            sum += Math.imul(weights[j]!, magnitudes[here - distances[j]!]!);
        }
        const cell = cellOfSum[ofRow + columnScale[column]!]! + bucketOfNeighbours[sum]!;
        const low = x & lowMask;
        x >>>= lowBits;
        const quantizer = trellis & 1;
        const slot = slotsOfCell[cell]! + ((quantizer << totalBits) | (x & slotMask));
        const stepped = step[slot]!;
        x = (Math.imul((stepped >>> 16) + 1, x >>> totalBits) + (stepped & 0xffff)) | 0;
        const index = (symbol[slot]! << lowBits) | low;
        indices[i] = index;
        magnitudes[here] = magnitudeOf(tables, index, symbol[slot]!, quantizer);
        trellis = transitions[2 * trellis + (index & 1)]!;
        if (x >>> 16 === 0 && word < end) {
            x = (x << 16) | words[word++]!;
        }
        if (++column === columns) {
            column = 0;
            ofRow = (rowScale?.[++row] ?? 0) - LEAST_SUM;
        }
    }
    lane.word = word;
    lane.x = x;
    lane.trellis = trellis;
    lane.element += count;
}

function magnitudeOf(tables: LaneTables, index: number, symbol: number, quantizer: number): number {
    if (symbol >= tables.symbols) {
        return 255;
    }
    if (tables.magnitude === "symbol") {
        return Math.min(255, symbol);
    }
    const value = tables.base + index;
    const point = tables.magnitude === "point" ? 2 * value + quantizer : value;
    return Math.min(255, Math.floor(Math.abs(point) / 2 ** tables.lowBits));
}
