/** Filters of packed bytes, undone (spec/buffers/packed.md, "Filters"). */

import { corrupt } from "../errors.js";
import type { ElementTypeInfo, Storage } from "../types/element-type.js";
import { bytesOf } from "../types/values.js";
import { hasCleanEnd, unpack } from "./bits.js";

/** Puts elements together of byte-shuffled bytes. */
export function unshuffle(
    bytes: Uint8Array,
    type: ElementTypeInfo,
    target: Storage,
    start: number,
    count: number,
): void {
    const width = type.storageBytes;
    const made = bytesOf(target);
    for (let plane = 0; plane < width; plane++) {
        spread(bytes, plane * count, made, start * width + plane, width, count);
    }
}

/** Puts the bytes of a plane at every `width`-th place. */
function spread(bytes: Uint8Array, from: number, made: Uint8Array, to: number, width: number, count: number): void {
    for (let i = 0, place = to; i < count; i++, place += width) {
        made[place] = bytes[from + i]!;
    }
}

/** Puts elements together of bit planes; the last up to 7 are packed. */
export function mergeBitPlanes(
    bytes: Uint8Array,
    type: ElementTypeInfo,
    target: Storage,
    start: number,
    count: number,
): void {
    const groups = Math.floor(count / 8);
    const rest = count - 8 * groups;
    const packedRest = bytes.subarray(type.bits * groups);
    if (!hasCleanEnd(packedRest, rest, type.bits)) {
        throw corrupt("unused bits behind bit planes are not 0");
    }
    if (rest > 0) {
        unpack(packedRest, type, target, start + 8 * groups, rest);
    }
    if (type.storageBytes === 8) {
        mergeWidePlanes(bytes, target, start, groups);
    } else {
        mergeNarrowPlanes(bytes, type, target as Int32Array, start, groups);
    }
}

function mergeNarrowPlanes(
    bytes: Uint8Array,
    type: ElementTypeInfo,
    target: Int32Array,
    start: number,
    groups: number,
): void {
    const { bits } = type;
    const unused = type.typeClass === "signed" ? 32 - bits : 0;
    const made = type.name === "f32" ? new Uint32Array(target.buffer, target.byteOffset, target.length) : target;
    for (let group = 0; group < groups; group++) {
        for (let i = 0; i < 8; i++) {
            let code = 0;
            for (let plane = 0; plane < bits; plane++) {
                code |= ((bytes[plane * groups + group]! >>> i) & 1) << plane;
            }
            made[start + 8 * group + i] = (code << unused) >> unused;
        }
    }
}

/** 64 bits: as two halves of 32. */
function mergeWidePlanes(bytes: Uint8Array, target: Storage, start: number, groups: number): void {
    const halves = new Uint32Array(target.buffer, target.byteOffset, 2 * target.length);
    for (let group = 0; group < groups; group++) {
        for (let i = 0; i < 8; i++) {
            let low = 0;
            let high = 0;
            for (let plane = 0; plane < 32; plane++) {
                low |= ((bytes[plane * groups + group]! >>> i) & 1) << plane;
                high |= ((bytes[(plane + 32) * groups + group]! >>> i) & 1) << plane;
            }
            const place = 2 * (start + 8 * group + i);
            halves[place] = low;
            halves[place + 1] = high;
        }
    }
}

/** Puts floats together of exponent bytes and planes of the rest, the highest byte first. */
export function mergeFloatPlanes(
    bytes: Uint8Array,
    type: ElementTypeInfo,
    target: Storage,
    start: number,
    count: number,
): void {
    if (type.storageBytes === 2) {
        merge16(bytes, target, start, count);
    } else if (type.storageBytes === 4) {
        merge32(bytes, target, start, count);
    } else {
        merge64(bytes, target, start, count);
    }
}

/** bf16 and f16: the exponent byte is bits 7 to 14, the sign above it, seven bits below. */
function merge16(bytes: Uint8Array, target: Storage, start: number, count: number): void {
    const made = new Uint16Array(target.buffer, target.byteOffset, target.length);
    for (let i = 0; i < count; i++) {
        const rest = bytes[count + i]!;
        made[start + i] = ((rest & 0x80) << 8) | (bytes[i]! << 7) | (rest & 0x7f);
    }
}

/** f32: the exponent byte is bits 23 to 30. */
function merge32(bytes: Uint8Array, target: Storage, start: number, count: number): void {
    const made = new Uint32Array(target.buffer, target.byteOffset, target.length);
    for (let i = 0; i < count; i++) {
        const highest = bytes[count + i]!;
        const low = ((highest & 0x7f) << 16) | (bytes[2 * count + i]! << 8) | bytes[3 * count + i]!;
        made[start + i] = ((highest & 0x80) << 24) | (bytes[i]! << 23) | low;
    }
}

/** f64: the exponent byte is bits 52 to 59; of the remainder, the highest byte has four bits above it and four below. */
function merge64(bytes: Uint8Array, target: Storage, start: number, count: number): void {
    const halves = new Uint32Array(target.buffer, target.byteOffset, 2 * target.length);
    const byte = (plane: number, i: number): number => bytes[plane * count + i]!;
    for (let i = 0; i < count; i++) {
        const highest = byte(1, i);
        const place = 2 * (start + i);
        halves[place] = (byte(4, i) << 24) | (byte(5, i) << 16) | (byte(6, i) << 8) | byte(7, i);
        halves[place + 1] =
            ((highest & 0xf0) << 24) | (byte(0, i) << 20) | ((highest & 0x0f) << 16) | (byte(2, i) << 8) | byte(3, i);
    }
}
