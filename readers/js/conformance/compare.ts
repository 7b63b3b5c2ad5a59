/** Whether an array is the one expected. */

import { bytesOf } from "../src/types/values.js";
import type { Tensor } from "../src/tensor.js";
import type { ExpectedArray } from "./index-file.js";

/** What differs; nothing where the array is as expected. */
export function difference(found: Tensor, expected: ExpectedArray): string | undefined {
    if (found.elementType !== expected.element_type) {
        return `element type ${found.elementType}, not ${expected.element_type}`;
    }
    if (found.shape.join() !== expected.shape.join()) {
        return `shape (${found.shape.join(", ")}), not (${expected.shape.join(", ")})`;
    }
    const bytes = bytesOf(found.storage);
    const wanted = Buffer.from(expected.values, "hex");
    if (bytes.length !== wanted.length) {
        return `${bytes.length} bytes of values, not ${wanted.length}`;
    }
    const width = found.storage.BYTES_PER_ELEMENT;
    for (let place = 0; place < bytes.length; place += width) {
        const [here, there] = [bytes.subarray(place, place + width), wanted.subarray(place, place + width)];
        const isSame = Buffer.compare(here, there) === 0;
        const isAnyNaN = expected.nan === "any" && [here, there].every((bits) => isNaNOf(bits, found.elementType));
        if (!isSame && !isAnyNaN) {
            return `element ${place / width} is ${Buffer.from(here).toString("hex")}, not ${there.toString("hex")}`;
        }
    }
    return undefined;
}

const EXPONENT_AND_FRACTION: Readonly<Record<string, readonly [exponent: bigint, fraction: bigint]>> = {
    f64: [0x7ffn << 52n, (1n << 52n) - 1n],
    f32: [0xffn << 23n, (1n << 23n) - 1n],
    f16: [0x1fn << 10n, (1n << 10n) - 1n],
    bf16: [0xffn << 7n, (1n << 7n) - 1n],
};

function isNaNOf(bytes: Uint8Array, type: string): boolean {
    const [exponent, fraction] = EXPONENT_AND_FRACTION[type] ?? [0n, 0n];
    const bits = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return exponent !== 0n && (bits & exponent) === exponent && (bits & fraction) !== 0n;
}
