/** The parts of a payload of the coding `rans` (spec/buffers/rans.md, "Payload"). */

import { corrupt } from "../errors.js";
import { BitReader } from "./bit-reader.js";
import { readVarint } from "./varint.js";

/** A payload taken apart. */
export interface RansPayload {
    /** Words of all lanes, one after another. */
    readonly words: Uint16Array;
    /** Where each lane's words end. */
    readonly laneEnds: Uint32Array;
    readonly exceptionCount: number;
    /** The exceptions' bytes. */
    readonly exceptions: Uint8Array;
}

/** Takes a payload of so many lanes apart. */
export function parsePayload(
    payload: Uint8Array,
    lanes: number,
    hasEscapes: boolean,
    exceptionBytes: number,
): RansPayload {
    let place = 0;
    let exceptionCount = 0;
    if (hasEscapes) {
        ({ value: exceptionCount, end: place } = readVarint(payload, 0));
    }
    const end = payload.length - exceptionCount * exceptionBytes;
    const laneEnds = new Uint32Array(lanes);
    if (lanes > 1) {
        place = readLaneEnds(payload.subarray(0, Math.max(end, 0)), place, laneEnds);
    }
    const wordBytes = end - place;
    if (wordBytes < 0 || wordBytes % 2 !== 0) {
        throw corrupt("a payload of rans breaks off");
    }
    const count = wordBytes / 2;
    if (lanes > 1 && laneEnds[lanes - 2]! > count) {
        throw corrupt("lanes of rans have more words than there are");
    }
    laneEnds[lanes - 1] = count;
    return {
        words: new Uint16Array(payload.slice(place, end).buffer),
        laneEnds,
        exceptionCount,
        exceptions: payload.subarray(end),
    };
}

/** Reads the numbers of words of all lanes but the last; where the words begin. */
function readLaneEnds(payload: Uint8Array, start: number, laneEnds: Uint32Array): number {
    const width = payload[start];
    if (width === undefined || width > 31) {
        throw corrupt("lanes of rans have no lengths");
    }
    const { value: least, end } = readVarint(payload, start + 1);
    const counted = laneEnds.length - 1;
    const stop = end + Math.ceil((counted * width) / 8);
    if (stop > payload.length) {
        throw corrupt("lengths of lanes break off");
    }
    const reader = new BitReader(payload.subarray(end, stop));
    let sum = 0;
    for (let lane = 0; lane < counted; lane++) {
        sum += least + reader.fixed(width);
        if (sum > payload.length) {
            throw corrupt("lanes of rans have more words than there are");
        }
        laneEnds[lane] = sum;
    }
    reader.end();
    return stop;
}
