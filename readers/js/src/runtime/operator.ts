/** What the interpreter knows of one operator for a range of versions of the operator set. */

import type { RuntimeArray } from "./array.js";
import type { Attributes, Declaration } from "./attributes.js";

/** What an operator reads; undefined for an optional input left out. */
export type Inputs = readonly (RuntimeArray | undefined)[];

/** Computes the outputs, in order; may leave away those at the end that were not asked for. */
export type Compute = (inputs: Inputs, attributes: Attributes, outputCount: number) => readonly RuntimeArray[];

/** One meaning of an operator. */
export interface Operator {
    /** As in ONNX. */
    readonly name: string;
    /** First opset of this meaning; 1 when absent. */
    readonly since?: number;
    /** Last opset of this meaning; absent while it is current. */
    readonly until?: number;
    /** Fewest and most inputs. */
    readonly inputs: readonly [least: number, most: number];
    /** Most outputs; 1 when absent. */
    readonly outputs?: number;
    readonly attributes: Declaration;
    readonly compute: Compute;
}
