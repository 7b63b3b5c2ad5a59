/** How fields of the container are framed (spec/container.md): a tag byte and a shortest varint. */

/** The first bytes of every file: the frame and the content of field 1. */
export const SIGNATURE = Uint8Array.of(0x0a, 0x08, 0x51, 0x4d, 0x44, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a);
/** Bytes of the trailer's field. */
export const TRAILER_BYTES = 26;
/** Most bytes of a frame: a tag and a varint of 5. */
export const MOST_FRAME_BYTES = 6;

export const CHUNK_TAG = 0x12;
export const PADDING_TAG = 0x1a;
export const MANIFEST_TAG = 0x22;

const ALIGNED_FROM = 1 << 14;
const ALIGNMENT = 64;

/** The tag and the shortest varint of a size below 2^35. */
export function frame(tag: number, size: number): Uint8Array {
    const bytes = [tag];
    let rest = size;
    while (rest >= 0x80) {
        bytes.push(0x80 + (rest % 0x80));
        rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    return Uint8Array.from(bytes);
}

/** Bytes of a frame. */
export function frameLength(size: number): number {
    let length = 2;
    for (let rest = size; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
        length++;
    }
    return length;
}

/** Bytes of padding before a chunk ("Chunks and padding"). */
export function gapBefore(position: number, size: number): number {
    if (size < ALIGNED_FROM) {
        return 0;
    }
    const gap = (ALIGNMENT - ((position + frameLength(size)) % ALIGNMENT)) % ALIGNMENT;
    return gap === 1 ? gap + ALIGNMENT : gap;
}

/** Whether both have the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, place) => byte === b[place]);
}
