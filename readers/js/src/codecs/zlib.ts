/** One zlib stream (RFC 1950), by pako, a port of zlib. */

import { Z_FINISH, Z_OK, Z_STREAM_END, zlibInflate, zlibInflateInit2, ZStream } from "pako";

import { corrupt } from "../errors.js";

/** The largest window of RFC 1950, and the sign that gzip's header is none. */
const WINDOW_BITS = 15;

/**
 * Decodes a stream that holds exactly `size` bytes; its ADLER32 is checked.
 *
 * @throws QModelError `corrupt`.
 */
export function decodeZlib(stream: Uint8Array, size: number): Uint8Array {
    const state = new ZStream();
    state.input = stream;
    state.next_in = 0;
    state.avail_in = stream.length;
    state.output = new Uint8Array(size);
    state.next_out = 0;
    state.avail_out = size;
    if (zlibInflateInit2(state, WINDOW_BITS) !== Z_OK) {
        throw corrupt("a payload is no zlib stream");
    }
    // A dictionary, damage, and what breaks off or does not fit all end otherwise than at the stream's end.
    if (zlibInflate(state, Z_FINISH) !== Z_STREAM_END) {
        throw corrupt(`a payload is no zlib stream of ${size} bytes`);
    }
    if (state.avail_in !== 0 || state.avail_out !== 0) {
        throw corrupt(`a payload is not one zlib stream of ${size} bytes`);
    }
    return state.output;
}
