/** Values of any tensor as numbers to look at. */

import type { QModelFile, Tensor } from "qmodel";

/** The values in order; 64-bit integers beyond 2^53 are rounded. */
export async function numbersOf(file: QModelFile, tensor: Tensor, name: string): Promise<ArrayLike<number>> {
    const { elementType, storage } = tensor;
    if (storage instanceof BigInt64Array || storage instanceof BigUint64Array) {
        return Float64Array.from(storage as Iterable<bigint>, Number);
    }
    const isNumber = /^(f32|f64|bool|[us]\d+)$/.test(elementType);
    return isNumber ? storage : await file.floats(name);
}
