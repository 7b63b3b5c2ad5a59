/** Arrays as this reader hands them out. */

import type { ElementTypeName, Storage } from "./types/element-type.js";

/** What is known of a tensor without decoding it. */
export interface TensorInfo {
    readonly name: string;
    /** Length of each axis, outermost first; empty for 0-d. */
    readonly shape: readonly number[];
    readonly elementType: ElementTypeName;
    /** Number of elements: the product of the lengths. */
    readonly size: number;
}

/** A decoded tensor. */
export interface Tensor {
    readonly elementType: ElementTypeName;
    /** Length of each axis, outermost first; empty for 0-d. */
    readonly shape: readonly number[];
    /**
     * All elements in row-major order, in the narrowest type of 8, 16, 32 or 64 bits that holds them: signed integers
     * with their sign, `bool` as 0 or 1, `f16`, `bf16` and the small floats as the unsigned integers of their bits.
     */
    readonly storage: Storage;
}
