/** Decoding `affine` (spec/encodings/affine.md, "Arithmetic"). */

import { floatsOf, type FloatStorage } from "../types/convert.js";
import { newStorage } from "../types/element-type.js";
import type { Values } from "../types/values.js";
import { visitBlocks } from "./blocks.js";
import type { AffinePlan } from "./plan.js";

/** The values of a node whose children were decoded. */
export function decodeAffine(plan: AffinePlan, codes: Values, scale: Values, zeroPoint: Values | undefined): Values {
    if (plan.size === 0) {
        return { type: plan.type, data: newStorage(plan.type, 0) };
    }
    const scales = floatsOf(scale, plan.type);
    const made = differences(plan, codes, zeroPoint);
    visitBlocks(plan.shape, plan.blockShape, plan.size, (block, start, end) => {
        multiply(made, scales[block]!, start, end);
    });
    return { type: plan.type, data: made };
}

/** Codes less zero points, in the type of the result (steps 2 to 4). */
function differences(plan: AffinePlan, codes: Values, zeroPoint: Values | undefined): FloatStorage {
    if (zeroPoint === undefined) {
        return floatsOf(codes, plan.type);
    }
    const areIntegers = codes.type.typeClass !== "float" && zeroPoint.type.typeClass !== "float";
    if (!areIntegers) {
        const made = floatsOf(codes, plan.type);
        const zeros = floatsOf(zeroPoint, plan.type);
        visitBlocks(plan.shape, plan.blockShape, plan.size, (block, start, end) => {
            subtract(made, zeros[block]!, start, end);
        });
        return made;
    }
    const made = newStorage(plan.type, plan.size) as FloatStorage;
    const zeros = zeroPoint.data as Int32Array;
    const integers = codes.data as Int32Array;
    visitBlocks(plan.shape, plan.blockShape, plan.size, (block, start, end) => {
        const zero = zeros[block]!;
        for (let i = start; i < end; i++) {
            // Exact in binary64; storing rounds it once.
            made[i] = integers[i]! - zero;
        }
    });
    return made;
}

/** In f32 the product of two binary32 is exact in binary64, so that storing it is the one rounding. */
function multiply(made: FloatStorage, factor: number, start: number, end: number): void {
    for (let i = start; i < end; i++) {
        made[i] = made[i]! * factor;
    }
}

/** In f32 a difference rounded to binary64 first rounds to the same binary32: 53 ≥ 2 · 24 + 2 bits. */
function subtract(made: FloatStorage, subtrahend: number, start: number, end: number): void {
    for (let i = start; i < end; i++) {
        made[i] = made[i]! - subtrahend;
    }
}
