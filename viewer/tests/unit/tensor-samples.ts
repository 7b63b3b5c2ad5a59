/** Tensors for tests of the table. */

import type { TensorDescription } from "../../src/description.js";

/** A tensor of 4 bytes a value; whatever is not given is the same for all. */
export function tensorOf(name: string, changes: Partial<TensorDescription> = {}): TensorDescription {
    const count = changes.count ?? 10;
    return {
        name,
        shape: [count],
        elementType: "f32",
        count,
        encoding: "plain f32",
        kind: "plain",
        bytes: 4 * count,
        bitsPerWeight: 32,
        share: 0.1,
        relativeMse: undefined,
        maxAbsError: undefined,
        ...changes,
    };
}
