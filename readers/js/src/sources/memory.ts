/** Files in memory, and those that a page is given. */

import { invalidInput } from "../errors.js";
import type { Source, Tail } from "./source.js";

/** A whole file in memory. The bytes must not change while the file is used. */
export class BytesSource implements Source {
    readonly worthwhileGap = 0;
    readonly worthwhileTail = 1 << 16;
    readonly #bytes: Uint8Array;

    constructor(bytes: Uint8Array | ArrayBuffer) {
        // A plain Uint8Array also of Node's Buffer, whose methods of the same names do other things.
        this.#bytes =
            bytes instanceof Uint8Array
                ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
                : new Uint8Array(bytes);
    }

    tail(length: number): Promise<Tail> {
        const size = this.#bytes.length;
        return Promise.resolve({ size, bytes: this.#bytes.subarray(Math.max(0, size - length)) });
    }

    read(offset: number, length: number): Promise<Uint8Array> {
        return Promise.resolve(this.#bytes.subarray(offset, offset + length));
    }
}

/** A `Blob` or `File`, as a page gets one that is dropped on it: read piece by piece. */
export class BlobSource implements Source {
    readonly worthwhileGap = 1 << 16;
    readonly worthwhileTail = 1 << 16;
    readonly #blob: Blob;

    constructor(blob: Blob) {
        this.#blob = blob;
    }

    async tail(length: number): Promise<Tail> {
        const { size } = this.#blob;
        const start = Math.max(0, size - length);
        return { size, bytes: await this.read(start, size - start) };
    }

    async read(offset: number, length: number): Promise<Uint8Array> {
        let bytes: Uint8Array;
        try {
            bytes = new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
        } catch (error) {
            throw invalidInput("the file cannot be read", error);
        }
        if (bytes.length !== length) {
            throw invalidInput(`the file gave ${bytes.length} bytes for ${length}`);
        }
        return bytes;
    }
}
