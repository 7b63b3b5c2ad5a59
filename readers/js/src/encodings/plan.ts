/** What is known of a tree once it was checked, before any payload is read. */

import type { BufferPlan } from "../buffers/plan.js";
import type { ElementTypeInfo } from "../types/element-type.js";

/** A checked node: an array of `size` elements of its result type. */
export type NodePlan =
    | PlainPlan
    | AffinePlan
    | CodebookPlan
    | SparsePlan
    | TrellisPlan
    | LowRankPlan
    | SumPlan
    | TransformPlan
    | HashedPlan
    | DeltaPlan
    | AliasPlan;

interface Node<K extends string> {
    readonly kind: K;
    /** The result type. */
    readonly type: ElementTypeInfo;
    /** Number of elements. */
    readonly size: number;
}

export interface PlainPlan extends Node<"plain"> {
    readonly buffer: BufferPlan;
}

export interface AffinePlan extends Node<"affine"> {
    readonly codes: NodePlan;
    readonly scale: NodePlan;
    readonly zeroPoint: NodePlan | undefined;
    readonly shape: readonly number[];
    /** Length of a block along each axis; empty: one block. */
    readonly blockShape: readonly number[];
}

export interface CodebookPlan extends Node<"codebook"> {
    readonly indices: BufferPlan;
    readonly entries: NodePlan;
    readonly vectorLength: number;
    readonly groups: number;
    readonly entryCount: number;
}

/** Which positions are kept. */
export type PatternPlan =
    | { readonly kind: "bitmap" | "gaps"; readonly buffer: BufferPlan }
    | { readonly kind: "positions"; readonly buffer: BufferPlan; readonly n: number; readonly m: number };

export interface SparsePlan extends Node<"sparse"> {
    readonly pattern: PatternPlan;
    readonly kept: number;
    readonly values: NodePlan;
}

export interface TrellisPlan extends Node<"trellis"> {
    readonly codes: BufferPlan;
    readonly step: number;
    readonly states: number;
    /** Elements after which runs begin anew, whatever the length of the last: those of a chunk, or all. */
    readonly stretch: number;
    readonly runLength: number;
}

export interface LowRankPlan extends Node<"lowRank"> {
    readonly left: NodePlan;
    readonly right: NodePlan;
    readonly rows: number;
    readonly rank: number;
    readonly columns: number;
}

export interface SumPlan extends Node<"sum"> {
    readonly terms: readonly NodePlan[];
}

export interface TransformPlan extends Node<"transform"> {
    readonly matrix: NodePlan;
    readonly inner: NodePlan;
    /** Length of the last axis. */
    readonly length: number;
}

export interface HashedPlan extends Node<"hashed"> {
    readonly buckets: NodePlan;
    readonly bucketCount: number;
    readonly seed: number;
}

export interface DeltaPlan extends Node<"delta"> {
    readonly digest: Uint8Array;
    readonly baseName: string;
    readonly residual: NodePlan;
    readonly operation: "add" | "xor";
    readonly baseType: ElementTypeInfo;
    readonly lengths: readonly bigint[];
}

export interface AliasPlan extends Node<"alias"> {
    /** Name of the other tensor. */
    readonly tensor: string;
}

/** The nodes right below a node. */
export function childrenOf(plan: NodePlan): readonly NodePlan[] {
    switch (plan.kind) {
        case "affine":
            return [plan.codes, plan.scale, ...(plan.zeroPoint === undefined ? [] : [plan.zeroPoint])];
        case "codebook":
            return [plan.entries];
        case "sparse":
            return [plan.values];
        case "lowRank":
            return [plan.left, plan.right];
        case "sum":
            return plan.terms;
        case "transform":
            return [plan.matrix, plan.inner];
        case "hashed":
            return [plan.buckets];
        case "delta":
            return [plan.residual];
        case "plain":
        case "trellis":
        case "alias":
            return [];
    }
}

/** A node and all nodes below it. */
export function* nodesOf(plan: NodePlan): Generator<NodePlan> {
    yield plan;
    for (const child of childrenOf(plan)) {
        yield* nodesOf(child);
    }
}

/** The buffers that a node itself holds. */
export function ownBuffers(plan: NodePlan): readonly BufferPlan[] {
    switch (plan.kind) {
        case "plain":
            return [plan.buffer];
        case "codebook":
            return [plan.indices];
        case "sparse":
            return [plan.pattern.buffer];
        case "trellis":
            return [plan.codes];
        default:
            return [];
    }
}
