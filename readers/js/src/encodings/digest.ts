/** The digest by which a delta knows its base (spec/encodings/delta.md, "Digest"). */

import { pack } from "../buffers/bits.js";
import { unsupported } from "../errors.js";
import type { Values } from "../types/values.js";

/**
 * SHA-256 of an array's type, shape and elements.
 *
 * @throws QModelError `unsupported`, where the machine has no SHA-256: a page that did not come by https.
 */
export async function digestOf(values: Values, lengths: readonly bigint[]): Promise<Uint8Array> {
    const name = new TextEncoder().encode(values.type.name);
    const elements = pack(values.data, values.type);
    const bytes = new Uint8Array(1 + name.length + 4 + 8 * lengths.length + elements.length);
    const view = new DataView(bytes.buffer);
    let place = 1 + name.length;
    bytes[0] = name.length;
    bytes.set(name, 1);
    view.setUint32(place, lengths.length, true);
    place += 4;
    for (const length of lengths) {
        view.setBigUint64(place, length, true);
        place += 8;
    }
    bytes.set(elements, place);
    const { subtle } = globalThis.crypto as Partial<Crypto>;
    if (subtle === undefined) {
        throw unsupported("deltas need SHA-256, which this page does not have: load it by https, or from localhost");
    }
    return new Uint8Array(await subtle.digest("SHA-256", bytes));
}
