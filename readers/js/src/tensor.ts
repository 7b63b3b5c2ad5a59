/** Arrays as this reader hands them out. */

import type { ElementTypeName, Storage } from "./types/element-type.js";

/** What is known of a tensor without decoding it. */
export interface TensorInfo {
    readonly name: string;
    /** Length of each axis, outermost first; empty for 0-d. Beyond 2^53, which only empty arrays reach, rounded. */
    readonly shape: readonly number[];
    /** The same, exact. */
    readonly lengths: readonly bigint[];
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

/** A decoded array that has a name in the graph. */
export interface NamedTensor extends Tensor {
    readonly name: string;
}

/** An output that the network must give. */
export interface GoldenOutput extends NamedTensor {
    /** How far each element may be off, and how far for each unit of its magnitude; both count together. */
    readonly absoluteTolerance: number;
    readonly relativeTolerance: number;
}

/** One run of the network: what goes in, and what must come out. */
export interface GoldenRun {
    readonly inputs: readonly NamedTensor[];
    readonly outputs: readonly GoldenOutput[];
}
