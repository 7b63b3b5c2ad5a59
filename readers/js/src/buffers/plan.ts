/** What is known of a buffer once it was checked, before any payload is read. */

import type { ByteCodec, Filter } from "../v1/qmodel/v1/buffer_pb.js";
import type { ElementTypeInfo } from "../types/element-type.js";

/** A checked buffer: `count` elements of one type. */
export interface BufferPlan {
    readonly type: ElementTypeInfo;
    readonly count: number;
    readonly coding: PackedPlan | RansPlan | ArithmeticPlan | SplitPlan;
    /** Absent for a buffer without elements, and for `split`. */
    readonly location: Location | undefined;
}

/** Where a payload is. */
export type Location =
    | { readonly kind: "inline"; readonly bytes: Uint8Array }
    | {
          readonly kind: "chunks";
          /** Positions in the chunk table. */
          readonly indices: readonly number[];
          /** Elements of every chunk but the last. */
          readonly perChunk: number;
      };

/** Coding `packed`. */
export interface PackedPlan {
    readonly kind: "packed";
    readonly filter: Filter;
    readonly codec: ByteCodec;
}

/** Coding `rans`; its tables are parsed when it is decoded. */
export interface RansPlan {
    readonly kind: "rans";
    readonly runLength: number;
    readonly totalBits: number;
    readonly tables: Uint8Array;
    readonly trellisStates: number;
    readonly separable: SeparablePlan | undefined;
    readonly neighbours: NeighbourPlan | undefined;
}

/** Buckets of sums of a row's and a column's scale. */
export interface SeparablePlan {
    readonly columns: number;
    /** Scale of each row; absent: all 0. */
    readonly rowScale: Int8Array | undefined;
    /** Scale of each column; absent: all 0. */
    readonly columnScale: Int8Array | undefined;
    readonly threshold: readonly number[];
}

/** Buckets of weighted sums of magnitudes before an element. */
export interface NeighbourPlan {
    readonly distance: readonly number[];
    readonly weight: readonly number[];
    readonly threshold: readonly number[];
}

/** Coding `arithmetic`. */
export interface ArithmeticPlan {
    readonly kind: "arithmetic";
    readonly columns: number;
    readonly period: number;
    readonly distances: readonly number[];
    readonly trellisStates: number;
    readonly center: number;
}

/** Coding `split`. */
export interface SplitPlan {
    readonly kind: "split";
    readonly leading: BufferPlan;
    readonly remainder: readonly BufferPlan[];
    readonly columns: number;
    readonly rowShift: BufferPlan | undefined;
    readonly columnShift: BufferPlan | undefined;
}

/** One piece of a buffer: the elements of one payload. */
export interface Piece {
    /** Position of its first element in the buffer. */
    readonly start: number;
    readonly count: number;
    /** The payload, or the index of the chunk that is it. */
    readonly payload: Uint8Array | number;
}

/** The payloads of a buffer, in order. */
export function* piecesOf({ location, count }: BufferPlan): Generator<Piece> {
    if (location === undefined) {
        return;
    }
    if (location.kind === "inline") {
        yield { start: 0, count, payload: location.bytes };
        return;
    }
    const { indices, perChunk } = location;
    for (const [place, index] of indices.entries()) {
        const start = place * perChunk;
        yield { start, count: Math.min(perChunk, count - start), payload: index };
    }
}

/** All buffers that a buffer is made of: itself, or the parts of a `split`. */
export function* storedBuffers(plan: BufferPlan): Generator<BufferPlan> {
    if (plan.coding.kind !== "split") {
        yield plan;
        return;
    }
    const { leading, remainder, rowShift, columnShift } = plan.coding;
    for (const part of [leading, ...remainder, rowShift, columnShift]) {
        if (part !== undefined) {
            yield* storedBuffers(part);
        }
    }
}
