/** Products of matrices: sums in binary64, rounded once. */

/** A matrix inside an array: element (i, k) is at `offset + i * rowStride + k * columnStride`. */
export interface Matrix {
    readonly data: Float32Array;
    readonly offset: number;
    readonly rowStride: number;
    readonly columnStride: number;
}

/**
 * Adds left · right to `sums`, (rows, columns) row-major.
 *
 * @param left - (rows, inner).
 * @param right - (inner, columns).
 */
export function addProduct(
    left: Matrix,
    right: Matrix,
    sums: Float64Array,
    rows: number,
    inner: number,
    columns: number,
): void {
    for (let i = 0; i < rows; i++) {
        const from = left.offset + i * left.rowStride;
        const to = i * columns;
        if (right.rowStride === 1) {
            addDots(left, from, right, sums, to, inner, columns);
        } else {
            addRows(left, from, right, sums, to, inner, columns);
        }
    }
}

/** For a right matrix whose columns lie in one piece. */
function addDots(
    { data: left, columnStride }: Matrix,
    from: number,
    right: Matrix,
    sums: Float64Array,
    to: number,
    inner: number,
    columns: number,
): void {
    const { data } = right;
    for (let j = 0; j < columns; j++) {
        const column = right.offset + j * right.columnStride;
        let sum = 0;
        for (let k = 0; k < inner; k++) {
            sum += left[from + k * columnStride]! * data[column + k]!;
        }
        sums[to + j]! += sum;
    }
}

/** For any right matrix, best where its rows lie in one piece. */
function addRows(
    { data: left, columnStride }: Matrix,
    from: number,
    right: Matrix,
    sums: Float64Array,
    to: number,
    inner: number,
    columns: number,
): void {
    const { data, columnStride: step } = right;
    for (let k = 0; k < inner; k++) {
        const factor = left[from + k * columnStride]!;
        const row = right.offset + k * right.rowStride;
        for (let j = 0; j < columns; j++) {
            sums[to + j]! += factor * data[row + j * step]!;
        }
    }
}
