/** Fetching chunks: neighbours in one read, each checked before it is used (spec/container.md, end of "Opening"). */

import { corrupt } from "../errors.js";
import { crc32c } from "./checksum.js";
import type { ChunkEntry } from "./chunk-table.js";
import { CHUNK_TAG, equalBytes, frame, frameLength } from "./frames.js";
import type { FileBytes } from "./opening.js";

/** Most bytes of one read, a single larger chunk apart. */
const MOST_AT_ONCE = 1 << 26;
/** Reads that are under way at a time. */
const MOST_READS = 6;

interface Span {
    readonly start: number;
    end: number;
    readonly indices: number[];
}

/**
 * The payloads of chunks, by their index in the table.
 *
 * @throws QModelError `corrupt`, when a chunk's frame or checksum is wrong.
 */
export async function readChunks(
    file: FileBytes,
    table: readonly ChunkEntry[],
    indices: Iterable<number>,
): Promise<Map<number, Uint8Array>> {
    const spans = spansOf(table, indices, file.worthwhileGap);
    const payloads = new Map<number, Uint8Array>();
    let next = 0;
    const worker = async (): Promise<void> => {
        for (let span = spans[next++]; span !== undefined; span = spans[next++]) {
            const bytes = await file.read(span.start, span.end - span.start);
            for (const index of span.indices) {
                payloads.set(index, checkedPayload(bytes, span.start, index, table[index]!));
            }
        }
    };
    await Promise.all(Array.from({ length: Math.min(MOST_READS, spans.length) }, worker));
    return payloads;
}

function spansOf(table: readonly ChunkEntry[], indices: Iterable<number>, worthwhileGap: number): Span[] {
    const spans: Span[] = [];
    for (const index of [...new Set(indices)].sort((a, b) => a - b)) {
        const { offset, size } = table[index]!;
        const start = offset - frameLength(size);
        const end = offset + size;
        const last = spans.at(-1);
        if (last !== undefined && start - last.end <= worthwhileGap && end - last.start <= MOST_AT_ONCE) {
            last.end = end;
            last.indices.push(index);
        } else {
            spans.push({ start, end, indices: [index] });
        }
    }
    return spans;
}

function checkedPayload(bytes: Uint8Array, start: number, index: number, entry: ChunkEntry): Uint8Array {
    const header = frame(CHUNK_TAG, entry.size);
    const place = entry.offset - start;
    if (!equalBytes(bytes.subarray(place - header.length, place), header)) {
        throw corrupt(`chunk ${index}: its frame does not stand before it`);
    }
    const payload = bytes.subarray(place, place + entry.size);
    if (crc32c(payload) !== entry.crc32c) {
        throw corrupt(`chunk ${index}: its CRC-32C is not that of the table`);
    }
    return payload;
}
