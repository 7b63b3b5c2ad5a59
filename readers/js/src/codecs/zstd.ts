/** One Zstandard frame (RFC 8878), by the reference decoder compiled to WebAssembly. */

import { ZSTDDecoder } from "zstddec";

import { beyondLimit, corrupt } from "../errors.js";
import { checkZstdFrame } from "./zstd-frame.js";

/** What a module of WebAssembly may be asked to hold: payload and content together, of the 2 GiB it can have. */
export const MOST_MODULE_BYTES = 1.5 * 2 ** 30;

const decoder = new ZSTDDecoder();

/** Makes the decoder ready. */
export async function prepareZstd(): Promise<void> {
    await decoder.init();
}

/**
 * Decodes a frame that holds exactly `size` bytes, once the decoder is ready.
 *
 * @throws QModelError `corrupt`; `limit` for more than the decoder's memory.
 */
export function decodeZstd(payload: Uint8Array, size: number): Uint8Array {
    checkZstdFrame(payload, size);
    if (payload.length + size > MOST_MODULE_BYTES) {
        throw beyondLimit(`a zstd frame of ${size} bytes is more than this reader decodes at a time`);
    }
    let content: Uint8Array;
    try {
        content = decoder.decode(payload, size);
    } catch {
        throw beyondLimit(`no memory for a zstd frame of ${size} bytes`);
    }
    // The decoder answers an error with no bytes.
    if (content.length !== size) {
        throw corrupt(`a payload is no zstd frame of ${size} bytes`);
    }
    return content;
}
