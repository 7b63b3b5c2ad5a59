/** Axes as ONNX names them: negative ones count from the end. */

import { corrupt } from "../errors.js";

/**
 * An axis from 0 on.
 *
 * @throws QModelError `corrupt`: not between -rank and rank - 1.
 */
export function positiveAxis(axis: number, rank: number): number {
    if (axis < -rank || axis >= rank) {
        throw corrupt(`axis ${axis} does not exist in an array of ${rank} axes`);
    }
    return axis < 0 ? axis + rank : axis;
}

/** Axes from 0 on; refused when one repeats. */
export function positiveAxes(axes: readonly number[], rank: number): number[] {
    const positive = axes.map((axis) => positiveAxis(axis, rank));
    if (new Set(positive).size !== positive.length) {
        throw corrupt(`axes (${axes.join(", ")}) name one twice`);
    }
    return positive;
}

/** The product of the lengths from axis `start` up to and without axis `end`. */
export function productOf(shape: readonly number[], start = 0, end = shape.length): number {
    return shape.slice(start, end).reduce((product, length) => product * length, 1);
}
