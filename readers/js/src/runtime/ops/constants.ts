/** Operators that make arrays from nothing, and Cast. */

import { elementCount, integersOf, longs, newLike, type Kind, type RuntimeArray } from "../array.js";
import type { Attributes } from "../attributes.js";
import { corrupt, unsupported } from "../../errors.js";
import type { Operator } from "../operator.js";

/** Constant, ConstantOfShape, Cast. */
export const constants: readonly Operator[] = [
    {
        name: "Constant",
        inputs: [0, 0],
        attributes: {
            value: "tensor",
            value_float: "float",
            value_floats: "floats",
            value_int: "int",
            value_ints: "ints",
        },
        compute: (_, attributes) => [constant(attributes)],
    },
    {
        name: "ConstantOfShape",
        since: 9,
        inputs: [1, 1],
        attributes: { value: "tensor" },
        compute: ([shape], attributes) => [
            filled(
                integersOf(shape, "the shape"),
                attributes.tensor("value") ?? { kind: "f32", shape: [1], data: new Float32Array(1) },
            ),
        ],
    },
    {
        name: "Cast",
        since: 6,
        inputs: [1, 1],
        attributes: { to: "int!", saturate: "int", round_mode: "string" },
        compute: ([x], attributes) => [cast(x!, attributes.number("to", 0))],
    },
];

function constant(attributes: Attributes): RuntimeArray {
    const floats = (shape: number[], values: readonly number[]): RuntimeArray => ({
        kind: "f32",
        shape,
        data: Float32Array.from(values),
    });
    const made: RuntimeArray[] = [];
    const tensor = attributes.tensor("value");
    if (tensor) {
        made.push(tensor);
    }
    if (attributes.has("value_float")) {
        made.push(floats([], [attributes.number("value_float", 0)]));
    }
    if (attributes.has("value_floats")) {
        const values = attributes.numbers("value_floats");
        made.push(floats([values.length], values));
    }
    if (attributes.has("value_int")) {
        made.push({ ...longs([attributes.number("value_int", 0)]), shape: [] });
    }
    if (attributes.has("value_ints")) {
        made.push(longs(attributes.numbers("value_ints")));
    }
    if (made.length !== 1) {
        throw corrupt(`exactly one value must be given, got ${made.length}`);
    }
    return made[0]!;
}

function filled(shape: readonly number[], value: RuntimeArray): RuntimeArray {
    if (value.data.length !== 1 || shape.some((length) => length < 0)) {
        throw corrupt(`an array of shape (${shape.join(", ")}) cannot be filled with ${value.data.length} values`);
    }
    const made = newLike(value, shape);
    (made.data as Uint8Array).fill((value.data as Uint8Array)[0]!);
    return made;
}

/** ONNX's numbers of element types (TensorProto.DataType). */
const TARGETS: Readonly<Record<number, Kind>> = { 1: "f32", 6: "s32", 7: "s64", 9: "bool" };

/** The values in another element type: floats become integers by truncation, and wrap. */
function cast(x: RuntimeArray, to: number): RuntimeArray {
    const kind = TARGETS[to];
    const count = elementCount(x.shape);
    switch (kind) {
        case "f32":
            return { kind, shape: x.shape, data: Float32Array.from(x.data as Iterable<number | bigint>, Number) };
        case "s32":
            return { kind, shape: x.shape, data: Int32Array.from({ length: count }, (_, k) => Number(asLong(x, k))) };
        case "s64":
            return { kind, shape: x.shape, data: BigInt64Array.from({ length: count }, (_, k) => asLong(x, k)) };
        case "bool":
            return { kind, shape: x.shape, data: Uint8Array.from({ length: count }, (_, k) => (x.data[k] ? 1 : 0)) };
        default:
            throw unsupported(`casting to ONNX's type ${to} is not implemented`);
    }
}

function asLong(x: RuntimeArray, k: number): bigint {
    const value = x.data[k]!;
    return typeof value === "bigint" ? value : BigInt(Math.trunc(Number.isFinite(value) ? value : 0));
}
