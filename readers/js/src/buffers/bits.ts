/** Elements as fixed-width bits (spec/buffers/packed.md, "Bits"). */

import { corrupt } from "../errors.js";
import { newStorage, U8, type ElementTypeInfo, type Storage } from "../types/element-type.js";
import { bytesOf } from "../types/values.js";

/** Bytes of elements as packed bits. Exact for what limits allow: products below 2^53. */
export function packedSize(count: number, bits: number): number {
    return Math.ceil((count * bits) / 8);
}

/** Whether the unused bits of the last byte are zero. */
export function hasCleanEnd(bytes: Uint8Array, count: number, bits: number): boolean {
    const used = (count * bits) % 8;
    return used === 0 || bytes[bytes.length - 1]! >>> used === 0;
}

/**
 * Unpacks elements into storage.
 *
 * @param bytes Exactly the packed size.
 * @param target Storage of the type.
 * @param start Where in the storage the first element goes.
 * @throws QModelError `corrupt`, when unused bits are set.
 */
export function unpack(bytes: Uint8Array, type: ElementTypeInfo, target: Storage, start: number, count: number): void {
    if (!hasCleanEnd(bytes, count, type.bits)) {
        throw corrupt("unused bits of packed elements are not 0");
    }
    if (type.bits % 8 === 0 && type.bits === 8 * type.storageBytes) {
        bytesOf(target).set(bytes, start * type.storageBytes);
        return;
    }
    unpackNarrow(bytes, type, target as Int32Array, start, count);
}

function unpackNarrow(
    bytes: Uint8Array,
    type: ElementTypeInfo,
    target: Int32Array | Uint8Array,
    start: number,
    count: number,
): void {
    if (type.bits === 4) {
        unpackNibbles(bytes, type.typeClass === "signed", target, start, count);
        return;
    }
    const { bits } = type;
    // Elements of up to 32 bits span at most five bytes: those above 25 bits are put together from two halves.
    if (bits > 25) {
        unpackWide(bytes, type, target, start, count);
        return;
    }
    const mask = 2 ** bits - 1;
    const unused = type.typeClass === "signed" ? 32 - bits : 0;
    let held = 0;
    let heldBits = 0;
    let place = 0;
    for (let element = start; element < start + count; element++) {
        while (heldBits < bits) {
            held |= bytes[place++]! << heldBits;
            heldBits += 8;
        }
        target[element] = ((held & mask) << unused) >> unused;
        held >>>= bits;
        heldBits -= bits;
    }
}

function unpackNibbles(
    bytes: Uint8Array,
    isSigned: boolean,
    target: Int32Array | Uint8Array,
    start: number,
    count: number,
): void {
    const unused = isSigned ? 28 : 0;
    const pairs = count >> 1;
    for (let pair = 0; pair < pairs; pair++) {
        const byte = bytes[pair]!;
        target[start + 2 * pair] = ((byte & 15) << unused) >> unused;
        target[start + 2 * pair + 1] = ((byte >> 4) << unused) >> unused;
    }
    if (count % 2 === 1) {
        target[start + count - 1] = ((bytes[pairs]! & 15) << unused) >> unused;
    }
}

function unpackWide(
    bytes: Uint8Array,
    type: ElementTypeInfo,
    target: Int32Array | Uint8Array,
    start: number,
    count: number,
): void {
    const { bits } = type;
    const isSigned = type.typeClass === "signed";
    const mask = 2 ** (bits - 16) - 1;
    for (let i = 0; i < count; i++) {
        const low = bitsAt(bytes, i * bits) & 0xffff;
        const high = bitsAt(bytes, i * bits + 16) & mask;
        const code = (low | (high << 16)) >>> 0;
        target[start + i] = isSigned ? (code << (32 - bits)) >> (32 - bits) : code;
    }
}

/** At least 17 bits from a bit on; zeros behind the end. */
function bitsAt(bytes: Uint8Array, bit: number): number {
    const byte = Math.floor(bit / 8);
    const read = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    return read >>> (bit % 8);
}

/** Packs storage without filter and codec, in one piece, unused bits 0 (spec/encodings/delta.md, "Digest"). */
export function pack(data: Storage, type: ElementTypeInfo): Uint8Array {
    if (type.bits === 8 * type.storageBytes) {
        return bytesOf(data);
    }
    const packed = newStorage(U8, packedSize(data.length, type.bits)) as Uint8Array;
    const codes = data as Int32Array;
    let bit = 0;
    for (let i = 0; i < codes.length; i++) {
        let rest = codes[i]!;
        let left = type.bits;
        while (left > 0) {
            const inByte = bit % 8;
            const taken = Math.min(8 - inByte, left);
            packed[Math.floor(bit / 8)]! |= (rest & ((1 << taken) - 1)) << inByte;
            rest >>= taken;
            bit += taken;
            left -= taken;
        }
    }
    return packed;
}
