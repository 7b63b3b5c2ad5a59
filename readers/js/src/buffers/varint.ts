/** Varints of payloads: at most five bytes, in their shortest form. */

import { corrupt } from "../errors.js";

/** A varint at the start of bytes, and where it ends. */
export function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
    let value = 0;
    for (let count = 0; count < 5; count++) {
        const byte = bytes[start + count];
        if (byte === undefined || (byte === 0 && count > 0)) {
            break;
        }
        value += (byte & 0x7f) * 2 ** (7 * count);
        if (byte < 0x80) {
            return { value, end: start + count + 1 };
        }
    }
    throw corrupt("a varint breaks off, or is not shortest");
}
