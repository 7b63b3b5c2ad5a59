/** Files of a disk, in Node. */

import { open, type FileHandle } from "node:fs/promises";

import { invalidInput } from "../errors.js";
import type { Source, Tail } from "./source.js";

/** A file of a disk, read piece by piece. */
export class FileSource implements Source {
    readonly worthwhileGap = 1 << 16;
    readonly worthwhileTail = 1 << 16;
    readonly #path: string | URL;

    constructor(path: string | URL) {
        this.#path = path;
    }

    async tail(length: number): Promise<Tail> {
        return await this.#opened(async (file) => {
            const { size } = await file.stat();
            const start = Math.max(0, size - length);
            return { size, bytes: await readFully(file, start, size - start) };
        });
    }

    async read(offset: number, length: number): Promise<Uint8Array> {
        return await this.#opened((file) => readFully(file, offset, length));
    }

    /** Opened for each read: a source that holds nothing need not be closed. */
    async #opened<T>(use: (file: FileHandle) => Promise<T>): Promise<T> {
        try {
            const file = await open(this.#path, "r");
            try {
                return await use(file);
            } finally {
                await file.close();
            }
        } catch (error) {
            throw invalidInput(`${String(this.#path)} cannot be read`, error);
        }
    }
}

async function readFully(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) {
            throw new Error(`it ends ${length - done} bytes early`);
        }
        done += bytesRead;
    }
    return bytes;
}
