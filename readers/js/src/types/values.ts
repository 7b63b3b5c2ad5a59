/** Decoded arrays inside the reader. */

import type { ElementTypeInfo, Storage } from "./element-type.js";

/** A flat array of one element type in storage. */
export interface Values {
    readonly type: ElementTypeInfo;
    readonly data: Storage;
}

/** Arrays of the bits of elements: what moves them without a change, NaN payloads included. */
export type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** The bits of storage, as a view of the same memory. */
export function bitsOf(data: Storage): Bits {
    const { buffer, byteOffset, length } = data;
    switch (data.BYTES_PER_ELEMENT) {
        case 1:
            return new Uint8Array(buffer, byteOffset, length);
        case 2:
            return new Uint16Array(buffer, byteOffset, length);
        case 4:
            return new Uint32Array(buffer, byteOffset, length);
        default:
            return new BigUint64Array(buffer, byteOffset, length);
    }
}

/** The bytes of storage, as a view of the same memory. */
export function bytesOf(data: Storage): Uint8Array {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
