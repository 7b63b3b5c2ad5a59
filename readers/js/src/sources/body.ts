/** Bodies of HTTP responses, of which no more is read than was asked for (spec/security.md, "Files from a network"). */

import { invalidInput } from "../errors.js";

/**
 * The first bytes of a body; what follows is not fetched.
 *
 * @param limit Most bytes.
 * @returns Fewer than `limit` bytes where the body has fewer.
 * @throws QModelError `invalid_input`, when the connection breaks.
 */
export async function firstBytes(response: Response, limit: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    try {
        const reader = response.body?.getReader();
        while (reader !== undefined && size < limit) {
            const { done, value } = await reader.read();
            if (done) {
                break;
            }
            pieces.push(value.subarray(0, limit - size));
            size += Math.min(value.length, limit - size);
        }
        await reader?.cancel();
    } catch (error) {
        throw invalidInput("the connection broke", error);
    }
    return joined(pieces, size);
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) {
        return only;
    }
    const bytes = new Uint8Array(size);
    let place = 0;
    for (const piece of pieces) {
        bytes.set(piece, place);
        place += piece.length;
    }
    return bytes;
}
