/** Decoding `low_rank`, `transform` and `sum` (their pages in spec/encodings/). */

import { F32, F64, floatsOf, type FloatStorage } from "../types/convert.js";
import { newStorage, type ElementTypeInfo } from "../types/element-type.js";
import type { Values } from "../types/values.js";

/**
 * The product of matrices of shapes (rows, inner) and (inner, columns), in a type.
 *
 * Sums are made in binary64, in order, and rounded to the type once: within the tolerance of
 * spec/encodings/low-rank.md, "Arithmetic".
 */
export function product(
    left: Values,
    right: Values,
    type: ElementTypeInfo,
    [rows, inner, columns]: readonly [number, number, number],
): Values {
    const made = newStorage(type, rows * columns) as FloatStorage;
    if (made.length > 0) {
        const a = floatsOf(left, type);
        const b = floatsOf(right, type);
        const sums = new Float64Array(columns);
        for (let row = 0; row < rows; row++) {
            sums.fill(0);
            for (let k = 0; k < inner; k++) {
                addMultiple(sums, a[row * inner + k]!, b, k * columns);
            }
            made.set(sums, row * columns);
        }
    }
    return { type, data: made };
}

function addMultiple(sums: Float64Array, factor: number, row: FloatStorage, start: number): void {
    for (let column = 0; column < sums.length; column++) {
        sums[column] = sums[column]! + factor * row[start + column]!;
    }
}

/** The sum of arrays in order, each partial sum rounded to f32, and to f64 from the first term of f64 on. */
export function sum(terms: readonly Values[]): Values {
    let type = F32;
    let total: FloatStorage | undefined;
    for (const term of terms) {
        type = term.type === F64 ? F64 : type;
        total =
            total === undefined
                ? floatsOf(term, type)
                : added(floatsOf({ type: typeOf(total), data: total }, type), floatsOf(term, type));
    }
    return { type, data: total ?? newStorage(type, 0) };
}

function typeOf(data: FloatStorage): ElementTypeInfo {
    return data instanceof Float64Array ? F64 : F32;
}

/** Adds in place; in f32 a sum rounded to binary64 first rounds to the same binary32. */
export function added(total: FloatStorage, term: FloatStorage): FloatStorage {
    for (let i = 0; i < total.length; i++) {
        total[i] = total[i]! + term[i]!;
    }
    return total;
}
