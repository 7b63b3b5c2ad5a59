/** Products of matrices: Gemm and MatMul, of floats. */

import { elementCount, floatsOf, newFloats, type FloatArray } from "../array.js";
import type { Attributes } from "../attributes.js";
import { corrupt } from "../../errors.js";
import type { Inputs, Operator } from "../operator.js";
import { addProduct, type Matrix } from "../products.js";
import { broadcastShape, broadcastStrides, visitRows } from "../rows.js";

/** Gemm, MatMul. */
export const matrices: readonly Operator[] = [
    {
        name: "Gemm",
        since: 7,
        inputs: [2, 3],
        attributes: { alpha: "float", beta: "float", transA: "int", transB: "int" },
        compute: (inputs, attributes) => [gemm(inputs, attributes)],
    },
    {
        name: "MatMul",
        inputs: [2, 2],
        attributes: {},
        compute: ([a, b]) => [matmul(floatsOf(a, "A"), floatsOf(b, "B"))],
    },
];

/** alpha · A' · B' + beta · C, C broadcast. */
function gemm(inputs: Inputs, attributes: Attributes): FloatArray {
    const left = matrixOf(floatsOf(inputs[0], "A"), attributes.number("transA", 0) !== 0);
    const right = matrixOf(floatsOf(inputs[1], "B"), attributes.number("transB", 0) !== 0);
    if (left.columns !== right.rows) {
        throw corrupt(`A' has ${left.columns} columns, B' ${right.rows} rows`);
    }
    const made = newFloats([left.rows, right.columns]);
    const sums = new Float64Array(made.data.length);
    addProduct(left, right, sums, left.rows, left.columns, right.columns);
    const alpha = attributes.number("alpha", 1);
    const beta = inputs[2] ? attributes.number("beta", 1) : 0;
    const c = inputs[2] && beta !== 0 ? expanded(floatsOf(inputs[2], "C"), made.shape) : undefined;
    for (let k = 0; k < sums.length; k++) {
        made.data[k] = alpha * sums[k]! + (c ? beta * c[k]! : 0);
    }
    return made;
}

function matrixOf(array: FloatArray, transposed: boolean): Matrix & { rows: number; columns: number } {
    if (array.shape.length !== 2) {
        throw corrupt(`A and B must be matrices, got shape (${array.shape.join(", ")})`);
    }
    const [rows, columns] = array.shape as [number, number];
    const { data } = array;
    return transposed
        ? { data, offset: 0, rowStride: 1, columnStride: columns, rows: columns, columns: rows }
        : { data, offset: 0, rowStride: columns, columnStride: 1, rows, columns };
}

function expanded(array: FloatArray, shape: readonly number[]): Float32Array {
    if (broadcastShape([array.shape, shape])?.join() !== shape.join()) {
        throw corrupt(`C of shape (${array.shape.join(", ")}) cannot be broadcast to (${shape.join(", ")})`);
    }
    const strides = broadcastStrides(array.shape, shape);
    const [made, length, step] = [new Float32Array(elementCount(shape)), shape.at(-1) ?? 1, strides.at(-1) ?? 0];
    let to = 0;
    visitRows(shape, [strides], ([from = 0]) => {
        for (let k = 0; k < length; k++) {
            made[to++] = array.data[from + k * step]!;
        }
    });
    return made;
}

/** The product of the last two axes; those before are broadcast, and a 1-d operand is a row or a column. */
function matmul(a: FloatArray, b: FloatArray): FloatArray {
    if (a.shape.length === 0 || b.shape.length === 0) {
        throw corrupt("A and B must have at least 1 axis");
    }
    const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
    const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
    const [rows, inner, columns] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
    const batch = broadcastShape([left.slice(0, -2), right.slice(0, -2)]);
    if (inner !== right.at(-2) || batch === undefined) {
        throw corrupt(`shapes (${a.shape.join(", ")}) and (${b.shape.join(", ")}) cannot be multiplied`);
    }
    const shape = [...batch, ...(a.shape.length === 1 ? [] : [rows]), ...(b.shape.length === 1 ? [] : [columns])];
    const made = newFloats(shape);
    const scaled = (strides: readonly number[], size: number): number[] => strides.map((stride) => stride * size);
    const aStrides = scaled(broadcastStrides(left.slice(0, -2), batch), rows * inner);
    const bStrides = scaled(broadcastStrides(right.slice(0, -2), batch), inner * columns);
    const sums = new Float64Array(rows * columns);
    let to = 0;
    visitRows(
        [...batch, 1],
        [
            [...aStrides, 0],
            [...bStrides, 0],
        ],
        ([aAt = 0, bAt = 0]) => {
            sums.fill(0);
            const one = { data: a.data, offset: aAt, rowStride: inner, columnStride: 1 };
            const other = { data: b.data, offset: bAt, rowStride: columns, columnStride: 1 };
            addProduct(one, other, sums, rows, inner, columns);
            made.data.set(sums, to);
            to += sums.length;
        },
    );
    return made;
}
