/** The operator Conv: cross-correlation, in any number of spatial axes. */

import { floatsOf, newFloats, type FloatArray, type RuntimeArray } from "../array.js";
import { productOf } from "../axes.js";
import { corrupt } from "../../errors.js";
import type { Operator } from "../operator.js";
import { tapsOf, WINDOW_ATTRIBUTES, windowsOf, type Tap } from "../windows.js";

/** Conv. */
export const convolution: readonly Operator[] = [
    {
        name: "Conv",
        inputs: [2, 3],
        attributes: { ...WINDOW_ATTRIBUTES, group: "int", kernel_shape: "ints" },
        compute: ([x, w, b], attributes) => {
            const [input, weight] = [floatsOf(x, "X"), floatsOf(w, "W")];
            const bias = b && floatsOf(b, "B");
            const groups = attributes.number("group", 1);
            check(input, weight, bias, groups, attributes.numbers("kernel_shape"));
            const windows = windowsOf(attributes, input.shape.slice(2), weight.shape.slice(2));
            const made = newFloats([input.shape[0]!, weight.shape[0]!, ...windows.outSpace]);
            convolve(input, weight, bias, made, tapsOf(windows));
            return [made];
        },
    },
];

function convolve(
    x: FloatArray,
    w: FloatArray,
    bias: FloatArray | undefined,
    made: FloatArray,
    taps: readonly Tap[],
): void {
    const [images, filters] = made.shape as [number, number];
    const [channels, perGroup] = [x.shape[1]!, w.shape[1]!];
    const perFilterGroup = (filters * perGroup) / channels;
    const [inSize, outSize] = [productOf(x.shape, 2), productOf(made.shape, 2)];
    const sums = new Float64Array(outSize);
    for (let n = 0; n < images; n++) {
        for (let m = 0; m < filters; m++) {
            sums.fill(bias ? bias.data[m]! : 0);
            const firstChannel = Math.floor(m / perFilterGroup) * perGroup;
            for (let c = 0; c < perGroup; c++) {
                const plane = x.data.subarray((n * channels + firstChannel + c) * inSize).subarray(0, inSize);
                taps.forEach((tap, t) => {
                    accumulate(sums, plane, tap, w.data[(m * perGroup + c) * taps.length + t]!);
                });
            }
            made.data.set(sums, (n * filters + m) * outSize);
        }
    }
}

function accumulate(sums: Float64Array, plane: Float32Array, { rows, step }: Tap, weight: number): void {
    for (let row = 0; row < rows.length; row += 3) {
        const out = rows[row]!;
        const count = rows[row + 2]!;
        let from = rows[row + 1]!;
        for (let k = out; k < out + count; k++) {
            sums[k]! += weight * plane[from]!;
            from += step;
        }
    }
}

function check(
    x: RuntimeArray,
    w: RuntimeArray,
    b: RuntimeArray | undefined,
    groups: number,
    kernel: readonly number[],
): void {
    const [xShape, wShape] = [x.shape, w.shape];
    if (xShape.length < 3 || wShape.length !== xShape.length) {
        throw corrupt(`X and W must have the same rank of at least 3, got ${xShape.length} and ${wShape.length}`);
    }
    const [filters, perGroup] = wShape as [number, number];
    if (groups < 1 || perGroup * groups !== xShape[1] || filters % groups || perGroup === 0) {
        throw corrupt(`W of shape (${wShape.join(", ")}) in ${groups} groups does not fit X of (${xShape.join(", ")})`);
    }
    if (kernel.length && kernel.join() !== wShape.slice(2).join()) {
        throw corrupt(`kernel_shape is (${kernel.join(", ")}), but W has shape (${wShape.join(", ")})`);
    }
    if (b && (b.shape.length !== 1 || b.shape[0] !== filters)) {
        throw corrupt(`B must have shape (${filters}), got (${b.shape.join(", ")})`);
    }
}
