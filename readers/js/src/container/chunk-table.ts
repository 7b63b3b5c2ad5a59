/** The chunk table, and where chunks stand (spec/container.md, "Chunks and padding"; step 7 of opening). */

import { corrupt, nonCanonical } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";
import type { Chunk } from "../v1/qmodel/v1/manifest_pb.js";
import { CHUNK_TAG, frame, frameLength, gapBefore, PADDING_TAG, SIGNATURE } from "./frames.js";

/** Where one chunk is. */
export interface ChunkEntry {
    /** Offset of the first byte of its data. */
    readonly offset: number;
    readonly size: number;
    readonly crc32c: number;
}

/**
 * Checks that every offset follows from the sizes, and that the last chunk ends where the manifest's field starts.
 *
 * @throws QModelError `corrupt`; `non_canonical` for something between chunks and manifest.
 */
export function checkedChunkTable(chunks: readonly Chunk[], manifestStart: number): ChunkEntry[] {
    let position = SIGNATURE.length;
    const entries: ChunkEntry[] = [];
    for (const [index, { offset, size, crc32c }] of chunks.entries()) {
        if (size < 1 || size > FORMAT_LIMITS.chunkBytes) {
            throw corrupt(`chunk ${index} has ${size} bytes`);
        }
        const place = position + gapBefore(position, size) + frameLength(size);
        if (offset !== BigInt(place)) {
            throw corrupt(`chunk ${index} is at ${offset}, and ${place} follows from the sizes`);
        }
        position = place + size;
        if (position > manifestStart) {
            throw corrupt(`chunk ${index} reaches into the manifest`);
        }
        entries.push({ offset: place, size, crc32c });
    }
    if (position < manifestStart) {
        throw nonCanonical("there is something between the chunks and the manifest");
    }
    return entries;
}

/** The bytes that must stand between the end of what is before a chunk and the chunk's data. */
export function bytesBefore(position: number, size: number): Uint8Array {
    const gap = gapBefore(position, size);
    const header = frame(CHUNK_TAG, size);
    const bytes = new Uint8Array(gap + header.length);
    if (gap > 0) {
        bytes[0] = PADDING_TAG;
        bytes[1] = gap - 2;
    }
    bytes.set(header, gap);
    return bytes;
}
