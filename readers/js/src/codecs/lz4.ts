/** One block of the LZ4 block format (spec/buffers/packed.md, "Byte codecs"). */

import { corrupt } from "../errors.js";

const SHORTEST_MATCH = 4;

/**
 * Decodes a block that holds exactly `size` bytes; nothing is written or read beyond either end.
 *
 * @throws QModelError `corrupt`.
 */
export function decodeLz4(block: Uint8Array, size: number): Uint8Array {
    const output = new Uint8Array(size);
    let read = 0;
    let written = 0;
    const length = (field: number): number => {
        let sum = field;
        for (let more = 255; field === 15 && more === 255; sum += more) {
            if (read >= block.length) {
                throw corrupt("an LZ4 block breaks off");
            }
            more = block[read++]!;
        }
        return sum;
    };
    for (;;) {
        if (read >= block.length) {
            throw corrupt("an LZ4 block breaks off");
        }
        const token = block[read++]!;
        const literals = length(token >> 4);
        if (literals > block.length - read || literals > size - written) {
            throw corrupt("literals of an LZ4 block are beyond its end, or that of what it holds");
        }
        output.set(block.subarray(read, read + literals), written);
        read += literals;
        written += literals;
        if (read === block.length) {
            break;
        }
        if (block.length - read < 2) {
            throw corrupt("an LZ4 block breaks off");
        }
        const offset = block[read]! | (block[read + 1]! << 8);
        read += 2;
        const matched = length(token & 15) + SHORTEST_MATCH;
        if (offset === 0 || offset > written || matched > size - written) {
            throw corrupt("a match of an LZ4 block is beyond what it holds");
        }
        copyMatch(output, written, offset, matched);
        written += matched;
    }
    if (written !== size) {
        throw corrupt(`an LZ4 block holds ${written} bytes where ${size} are needed`);
    }
    return output;
}

/** Repeats bytes of the output, which may overlap what they make. */
export function copyMatch(output: Uint8Array, written: number, distance: number, length: number): void {
    if (distance >= length) {
        output.copyWithin(written, written - distance, written - distance + length);
        return;
    }
    for (let place = written; place < written + length; place++) {
        output[place] = output[place - distance]!;
    }
}
