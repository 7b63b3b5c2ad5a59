/** Scales of rows and columns in compact form (spec/buffers/rans.md, "Scales"). */

import { corrupt } from "../errors.js";
import { BitReader, signedOf } from "./bit-reader.js";
import { readVarint } from "./varint.js";

const MOST_SCALE = 127;
const MOST_UNSIGNED = 2 * MOST_SCALE;

/**
 * The scales that bytes hold.
 *
 * @param count How many there are to be; as many zeros where there are no bytes.
 * @returns Nothing where all are 0 by being left out.
 * @throws QModelError `corrupt`.
 */
export function parseScales(bytes: Uint8Array, count: number): Int8Array | undefined {
    if (bytes.length === 0) {
        return undefined;
    }
    const header = readVarint(bytes, 0);
    const k = header.value % 8;
    if (k > 6 || Math.floor(header.value / 8) !== count) {
        throw corrupt("scales are not as many as rows or columns");
    }
    const reader = new BitReader(bytes.subarray(header.end));
    if (count > reader.left) {
        throw corrupt("scales break off");
    }
    const scales = new Int8Array(count);
    const high = new Uint8Array(count);
    for (let place = 0; place < count; place++) {
        high[place] = reader.zeros(MOST_UNSIGNED >> k);
    }
    reader.align();
    for (let place = 0; place < count; place++) {
        const number = (high[place]! << k) + reader.fixed(k);
        if (number > MOST_UNSIGNED) {
            throw corrupt("a scale is beyond ±127");
        }
        scales[place] = signedOf(number);
    }
    reader.end();
    return scales;
}
