/** The operator BatchNormalization, as networks that are trained use it. */

import { floatsOf, newFloats, type FloatArray, type RuntimeArray } from "../array.js";
import { productOf } from "../axes.js";
import { corrupt, unsupported } from "../../errors.js";
import type { Inputs, Operator } from "../operator.js";
import type { Attributes } from "../attributes.js";

const ATTRIBUTES = { epsilon: "float", momentum: "float" } as const;

/** BatchNormalization. */
export const normalization: readonly Operator[] = [
    {
        name: "BatchNormalization",
        since: 9,
        until: 13,
        inputs: [5, 5],
        attributes: ATTRIBUTES,
        compute: (inputs, attributes) => [normalized(inputs, attributes)],
    },
    {
        name: "BatchNormalization",
        since: 14,
        inputs: [5, 5],
        attributes: { ...ATTRIBUTES, training_mode: "int" },
        compute: (inputs, attributes) => {
            if (attributes.number("training_mode", 0)) {
                throw unsupported("training_mode is not implemented");
            }
            return [normalized(inputs, attributes)];
        },
    },
];

/** (x - mean) / sqrt(variance + epsilon) * scale + bias for each channel. */
function normalized(inputs: Inputs, attributes: Attributes): FloatArray {
    const x = floatsOf(inputs[0], "X");
    const channels = x.shape[1] ?? 1;
    const [scale, bias, mean, variance] = PARAMETERS.map((name, k) => parameter(inputs[k + 1], name, channels));
    const epsilon = attributes.number("epsilon", 1e-5);
    const size = productOf(x.shape, 2);
    const made = newFloats(x.shape);
    for (let k = 0; k < made.data.length; k += size) {
        const channel = (k / size) % channels;
        const factor = scale![channel]! / Math.sqrt(variance![channel]! + epsilon);
        const shift = bias![channel]! - mean![channel]! * factor;
        for (let i = k; i < k + size; i++) {
            made.data[i] = x.data[i]! * factor + shift;
        }
    }
    return made;
}

const PARAMETERS = ["scale", "B", "mean", "var"];

function parameter(array: RuntimeArray | undefined, name: string, channels: number): Float32Array {
    const { data, shape } = floatsOf(array, name);
    if (shape.length !== 1 || shape[0] !== channels) {
        throw corrupt(`${name} must have shape (${channels}), got (${shape.join(", ")})`);
    }
    return data;
}
