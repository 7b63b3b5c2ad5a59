/** Blocks of an array, each of which has a scale of its own (spec/encodings/affine.md, "Blocks"). */

/** Axes of an array and of its blocks, as few as mean the same. */
interface Axes {
    readonly lengths: number[];
    readonly blocks: number[];
}

/** What is done with a stretch of elements that are in one block: those from `start` to before `end`. */
export type Visit = (block: number, start: number, end: number) => void;

/** Visits all elements of an array that is not empty, in order. */
export function visitBlocks(shape: readonly number[], blockShape: readonly number[], size: number, visit: Visit): void {
    if (blockShape.length === 0) {
        visit(0, 0, size);
        return;
    }
    const { lengths, blocks } = mergedAxes(shape, blockShape);
    const last = lengths.length - 1;
    const [rowLength, rowBlock] = [lengths[last]!, blocks[last]!];
    const perRow = Math.ceil(rowLength / rowBlock);
    const strides = blockStrides(lengths, blocks);
    const index = new Array<number>(last).fill(0);
    for (let start = 0; start < size; start += rowLength) {
        let block = 0;
        for (let axis = 0; axis < last; axis++) {
            block += Math.floor(index[axis]! / blocks[axis]!) * strides[axis]!;
        }
        for (let b = 0; b < perRow; b++) {
            visit(block + b, start + b * rowBlock, start + Math.min((b + 1) * rowBlock, rowLength));
        }
        advance(index, lengths);
    }
}

/** Goes on to the next index of the outer axes. */
function advance(index: number[], lengths: readonly number[]): void {
    for (let axis = index.length - 1; axis >= 0; axis--) {
        const next = index[axis]! + 1;
        index[axis] = next === lengths[axis] ? 0 : next;
        if (next !== lengths[axis]) {
            return;
        }
    }
}

/** Makes one axis of two where a block spans the inner one whole, or has length 1 along both. */
function mergedAxes(shape: readonly number[], blockShape: readonly number[]): Axes {
    const lengths: number[] = [];
    const blocks: number[] = [];
    for (const [axis, length] of shape.entries()) {
        const block = blockShape[axis]!;
        const outer = lengths.length - 1;
        const isWhole = block === length;
        if (outer >= 0 && (isWhole || (block === 1 && blocks[outer] === 1))) {
            lengths[outer]! *= length;
            blocks[outer]! *= block;
        } else {
            lengths.push(length);
            blocks.push(block);
        }
    }
    return { lengths, blocks };
}

function blockStrides(lengths: readonly number[], blocks: readonly number[]): number[] {
    const strides = new Array<number>(lengths.length);
    let stride = 1;
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= Math.ceil(lengths[axis]! / blocks[axis]!);
    }
    return strides;
}
