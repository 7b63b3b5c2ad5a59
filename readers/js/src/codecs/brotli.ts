/** One Brotli stream (RFC 7932), by a decoder compiled to WebAssembly. */

import initialize, { BrotliDecStream, BrotliStreamResultCode } from "brotli-dec-wasm/web";

import { beyondLimit, corrupt } from "../errors.js";
import { MOST_MODULE_BYTES } from "./zstd.js";

let ready: Promise<unknown> | undefined;

/** Makes the decoder ready. */
export async function prepareBrotli(): Promise<void> {
    ready ??= isNode() ? moduleOfDisk().then((module) => initialize({ module_or_path: module })) : initialize();
    await ready;
}

function isNode(): boolean {
    const { process } = globalThis as { process?: { versions?: { node?: string } } };
    return process?.versions?.node !== undefined;
}

/** Node's `fetch`, by which the package loads its module, does not read files. */
async function moduleOfDisk(): Promise<Uint8Array<ArrayBuffer>> {
    // Named by a variable, so that bundlers for browsers do not look for it.
    const name = "node:fs/promises";
    const { readFile } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs/promises");
    return new Uint8Array(await readFile(new URL(import.meta.resolve("brotli-dec-wasm/web/bg.wasm"))));
}

/**
 * Decodes a stream that holds exactly `size` bytes, once the decoder is ready.
 *
 * @throws QModelError `corrupt`; `limit` for more than the decoder's memory.
 */
export function decodeBrotli(payload: Uint8Array, size: number): Uint8Array {
    if (payload.length + size > MOST_MODULE_BYTES) {
        throw beyondLimit(`a Brotli stream of ${size} bytes is more than this reader decodes at a time`);
    }
    const stream = new BrotliDecStream();
    try {
        // One byte more than is wanted: a stream that has it holds too much.
        const result = stream.dec(payload, size + 1);
        const content = result.buf;
        const isWhole = result.code === BrotliStreamResultCode.ResultSuccess && result.input_offset === payload.length;
        result.free();
        if (isWhole && content.length === size) {
            return content;
        }
    } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) {
            throw beyondLimit(`no memory for a Brotli stream of ${size} bytes`);
        }
    } finally {
        stream.free();
    }
    throw corrupt(`a payload is not one Brotli stream of ${size} bytes`);
}
