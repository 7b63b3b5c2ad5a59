/** Headers of Zstandard frames (RFC 8878, section 3.1.1), which say what a decoder must not find out by allocating. */

import { corrupt } from "../errors.js";

const MAGIC = 0xfd2fb528;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const RESERVED_BLOCK = 3;
const RLE_BLOCK = 1;

/**
 * Checks that a payload is one frame without a dictionary that declares `size` bytes, and nothing else
 * (spec/buffers/packed.md, "Byte codecs").
 *
 * @throws QModelError `corrupt`.
 */
export function checkZstdFrame(payload: Uint8Array, size: number): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    if (payload.length < 6 || view.getUint32(0, true) !== MAGIC) {
        throw corrupt("a payload is no zstd frame");
    }
    const descriptor = view.getUint8(4);
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const dictionaryBytes = DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
    const sizeFlag = (descriptor >>> 6) as 0 | 1 | 2 | 3;
    const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag];
    const dictionary = 5 + (isSingleSegment ? 0 : 1);
    const content = dictionary + dictionaryBytes;
    const blocks = content + sizeBytes;
    if (payload.length < blocks || sizeBytes === 0) {
        throw corrupt("a zstd frame breaks off, or does not say how much it holds");
    }
    if (littleEndian(payload, dictionary, dictionaryBytes) !== 0) {
        throw corrupt("a zstd frame needs a dictionary");
    }
    const declared = littleEndian(payload, content, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
    if (declared !== size) {
        throw corrupt(`a zstd frame declares ${declared} bytes where ${size} are needed`);
    }
    const hasChecksum = (descriptor & 4) !== 0;
    if (endOfBlocks(payload, blocks) + (hasChecksum ? 4 : 0) !== payload.length) {
        throw corrupt("a zstd frame breaks off, or something follows it");
    }
}

function endOfBlocks(payload: Uint8Array, start: number): number {
    let place = start;
    for (let isLast = false; !isLast;) {
        if (payload.length - place < 3) {
            throw corrupt("a zstd frame breaks off");
        }
        const header = littleEndian(payload, place, 3);
        const type = (header >>> 1) & 3;
        if (type === RESERVED_BLOCK) {
            throw corrupt("a zstd frame has a block of a reserved type");
        }
        isLast = (header & 1) === 1;
        place += 3 + (type === RLE_BLOCK ? 1 : header >>> 3);
    }
    return place;
}

/** An unsigned number; one beyond 2^53 is rounded, and no size that is needed is so large. */
function littleEndian(bytes: Uint8Array, start: number, length: number): number {
    let number = 0;
    for (let place = start + length - 1; place >= start; place--) {
        number = number * 256 + bytes[place]!;
    }
    return number;
}
