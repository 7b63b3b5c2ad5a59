/** Opening from the end (spec/container.md, steps 1 to 5). */

import { beyondLimit, corrupt } from "../errors.js";
import { FORMAT_LIMITS, type Limits } from "../limits.js";
import type { Source } from "../sources/source.js";
import { crc32c } from "./checksum.js";
import { equalBytes, frame, MANIFEST_TAG, SIGNATURE, TRAILER_BYTES } from "./frames.js";

const MAGIC = 0x4c444d51;

/** A file whose ends have been read. */
export class FileBytes {
    readonly size: number;
    readonly worthwhileGap: number;
    readonly #source: Source;
    readonly #tail: Uint8Array;

    constructor(source: Source, size: number, tail: Uint8Array) {
        this.size = size;
        this.worthwhileGap = source.worthwhileGap;
        this.#source = source;
        this.#tail = tail;
    }

    /** Bytes that are within the file: from the tail where it has them. */
    async read(offset: number, length: number): Promise<Uint8Array> {
        const inTail = offset - (this.size - this.#tail.length);
        return inTail >= 0 ? this.#tail.subarray(inTail, inTail + length) : await this.#source.read(offset, length);
    }
}

/** What the ends of a file say. */
export interface OpenedBytes {
    readonly file: FileBytes;
    /** The manifest's content, of the right checksum. */
    readonly manifest: Uint8Array;
    /** Where the manifest's field begins: the end of the last chunk. */
    readonly manifestStart: number;
}

/**
 * Reads both ends of a file and its manifest's bytes.
 *
 * @throws QModelError `corrupt`, `limit`; `invalid_input` where the source cannot be read.
 */
export async function openBytes(source: Source, limits: Limits): Promise<OpenedBytes> {
    const { size, bytes: tail } = await source.tail(source.worthwhileTail);
    if (size < SIGNATURE.length + 2 + TRAILER_BYTES) {
        throw corrupt(`a file has at least 38 bytes, this one ${size}`);
    }
    const file = new FileBytes(source, size, tail);
    const trailer = parseTrailer(tail.subarray(-TRAILER_BYTES));
    if (!equalBytes(await file.read(0, SIGNATURE.length), SIGNATURE)) {
        throw corrupt("the signature is missing: not a .qmodel file, or its start is damaged");
    }
    const { offset, length } = locateManifest(trailer, size, limits);
    const header = frame(MANIFEST_TAG, length);
    const manifestStart = offset - header.length;
    if (manifestStart < SIGNATURE.length) {
        throw corrupt("the manifest overlaps the signature");
    }
    const field = await file.read(manifestStart, header.length + length);
    if (!equalBytes(field.subarray(0, header.length), header)) {
        throw corrupt("the manifest's frame does not stand before it");
    }
    const manifest = field.subarray(header.length);
    if (crc32c(manifest) !== trailer.checksum) {
        throw corrupt("the manifest's CRC-32C is not that of the trailer");
    }
    return { file, manifest, manifestStart };
}

interface Trailer {
    readonly manifestOffset: bigint;
    readonly manifestSize: number;
    readonly checksum: number;
}

function parseTrailer(bytes: Uint8Array): Trailer {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const isTrailer =
        view.getUint16(0) === 0x7a18 &&
        view.getUint8(2) === 0x09 &&
        view.getUint8(11) === 0x15 &&
        view.getUint8(16) === 0x1d &&
        view.getUint8(21) === 0x25 &&
        view.getUint32(22, true) === MAGIC;
    if (!isTrailer) {
        throw corrupt("the trailer is missing: the file is truncated, or something follows it");
    }
    return {
        manifestOffset: view.getBigUint64(3, true),
        manifestSize: view.getUint32(12, true),
        checksum: view.getUint32(17, true),
    };
}

function locateManifest(trailer: Trailer, size: number, limits: Limits): { offset: number; length: number } {
    const length = trailer.manifestSize;
    const offset = size - TRAILER_BYTES - length;
    if (trailer.manifestOffset !== BigInt(offset)) {
        throw corrupt("the manifest does not end where the trailer starts");
    }
    const most = Math.min(limits.maxManifestBytes, FORMAT_LIMITS.manifestBytes);
    if (length > most) {
        throw beyondLimit(`the manifest has ${length} bytes, more than ${most}`);
    }
    return { offset, length };
}
