/** Walks several strided arrays of one shape together, a row of the last axis at a time. */

/**
 * Calls `visit` for each row with the offset of its first element in every array.
 *
 * @param shape - lengths of the axes that all arrays share; a row is one step of all but the last.
 * @param strides - for each array, elements between neighbours along each axis; 0 repeats.
 * @param visit - gets the offsets, which it must not keep.
 */
export function visitRows(
    shape: readonly number[],
    strides: readonly (readonly number[])[],
    visit: (offsets: readonly number[]) => void,
): void {
    if (shape.includes(0)) {
        return;
    }
    const outer = Math.max(0, shape.length - 1);
    const index = new Array<number>(outer).fill(0);
    const offsets = new Array<number>(strides.length).fill(0);
    for (;;) {
        visit(offsets);
        let axis = outer - 1;
        for (; axis >= 0; axis--) {
            const length = shape[axis]!;
            const at = index[axis]! + 1;
            if (at < length) {
                index[axis] = at;
                strides.forEach((stride, k) => (offsets[k]! += stride[axis]!));
                break;
            }
            index[axis] = 0;
            strides.forEach((stride, k) => (offsets[k]! -= (length - 1) * stride[axis]!));
        }
        if (axis < 0) {
            return;
        }
    }
}

/** The shape that arrays are broadcast to, or undefined when they cannot be (ONNX, multidirectional broadcasting). */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] | undefined {
    const rank = Math.max(...shapes.map((shape) => shape.length));
    const made = new Array<number>(rank).fill(1);
    for (const shape of shapes) {
        for (let k = 0; k < shape.length; k++) {
            const axis = rank - shape.length + k;
            const length = shape[k]!;
            if (made[axis] === 1) {
                made[axis] = length;
            } else if (length !== 1 && length !== made[axis]) {
                return undefined;
            }
        }
    }
    return made;
}

/** The strides by which an array of `shape` is read as one of `wider`: 0 along axes that repeat. */
export function broadcastStrides(shape: readonly number[], wider: readonly number[]): number[] {
    const strides = new Array<number>(wider.length).fill(0);
    let stride = 1;
    for (let k = shape.length - 1; k >= 0; k--) {
        const length = shape[k]!;
        strides[wider.length - shape.length + k] = length === 1 ? 0 : stride;
        stride *= length;
    }
    return strides;
}
