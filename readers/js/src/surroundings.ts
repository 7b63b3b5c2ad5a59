/** What the rules of trees and buffers refer to beyond themselves. */

import type { ChunkEntry } from "./container/chunk-table.js";
import { beyondLimit } from "./errors.js";
import type { Limits } from "./limits.js";
import type { ElementTypeInfo } from "./types/element-type.js";
import type { Tensor } from "./v1/qmodel/v1/manifest_pb.js";

/** The file around a tree, and what checking it finds out. */
export interface Surroundings {
    readonly limits: Limits;
    readonly chunks: readonly ChunkEntry[];
    readonly tensors: ReadonlyMap<string, Tensor>;
    /** Features of all that was checked so far. */
    readonly features: Set<string>;
}

/**
 * Checks an array against the reader's limit (spec/limits.md, "Limits of a reader").
 *
 * @throws QModelError `limit`.
 */
export function checkArraySize(count: bigint, type: ElementTypeInfo, around: Surroundings): void {
    const bytes = count * BigInt(type.storageBytes);
    if (bytes > BigInt(Math.min(around.limits.maxTensorBytes, Number.MAX_SAFE_INTEGER))) {
        throw beyondLimit(`an array of ${count} ${type.name} has more than ${around.limits.maxTensorBytes} bytes`);
    }
}
