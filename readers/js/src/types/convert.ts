/** Conversions that a file may imply (spec/types.md, "Conversion"). */

import { elementType, newStorage, type ElementTypeInfo, type Storage } from "./element-type.js";
import { ElementType } from "../v1/qmodel/v1/types_pb.js";
import { numbersOf, roundedBits } from "./small-floats.js";
import type { Values } from "./values.js";

export const F32 = elementType(ElementType.F32, "f32");
export const F64 = elementType(ElementType.F64, "f64");

/** Types of floats in which nodes compute. */
export type FloatStorage = Float32Array | Float64Array;

/** Whether a file may imply the conversion. */
export function isConvertible(from: ElementTypeInfo, to: ElementTypeInfo): boolean {
    if (from === to) {
        return true;
    }
    if (from.typeClass === "float") {
        return to.typeClass === "float" && to.bits >= 16;
    }
    if (from.typeClass === "bool" || to.typeClass === "bool" || to.typeClass === "float") {
        return false;
    }
    if (from.typeClass === to.typeClass) {
        return from.bits <= to.bits;
    }
    return from.typeClass === "unsigned" && from.bits < to.bits;
}

/** Values in another type that they are convertible to. */
export function converted(values: Values, to: ElementTypeInfo): Storage {
    if (values.type === to) {
        return values.data;
    }
    if (values.type.typeClass !== "float") {
        return convertedIntegers(values, to);
    }
    if (to === F32 || to === F64) {
        return floatsOf(values, to);
    }
    return roundedTo16(values, to.name === "f16" ? "f16" : "bf16", to);
}

function convertedIntegers(values: Values, to: ElementTypeInfo): Storage {
    const { data } = values;
    if (data.BYTES_PER_ELEMENT === to.storageBytes && values.type.typeClass === to.typeClass) {
        return data;
    }
    const made = newStorage(to, data.length);
    if (made instanceof BigInt64Array || made instanceof BigUint64Array) {
        for (let place = 0; place < data.length; place++) {
            made[place] = BigInt(data[place]!);
        }
    } else {
        made.set(data as Int32Array);
    }
    return made;
}

function roundedTo16(values: Values, name: "f16" | "bf16", to: ElementTypeInfo): Storage {
    const numbers = floatsOf(values, values.type === F64 ? F64 : F32);
    const made = newStorage(to, numbers.length);
    for (let place = 0; place < numbers.length; place++) {
        made[place] = roundedBits(numbers[place]!, name);
    }
    return made;
}

/**
 * Numbers of any float type or integers of at most 32 bits, each rounded once to f32 or f64.
 *
 * The array itself, where it is of that type.
 */
export function floatsOf(values: Values, to: ElementTypeInfo): FloatStorage {
    if (values.type === to) {
        return values.data as FloatStorage;
    }
    const made = newStorage(to, values.data.length) as FloatStorage;
    if (values.type.typeClass === "float" && values.type.bits <= 16) {
        lookUp(values.data as Uint16Array, numbersOf(values.type), made);
    } else {
        made.set(values.data as Float64Array);
    }
    return made;
}

function lookUp(codes: Uint8Array | Uint16Array, numbers: Float32Array, made: FloatStorage): void {
    for (let place = 0; place < codes.length; place++) {
        made[place] = numbers[codes[place]!]!;
    }
}

/**
 * Elements as binary32 for a caller who wants plain numbers: floats and integers of every type, each rounded once;
 * `bool` as 0 and 1.
 */
export function asFloat32(values: Values): Float32Array {
    const { data } = values;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
        return Float32Array.from(data, nearestFloat32);
    }
    return floatsOf(values, F32) as Float32Array;
}

/** A 64-bit integer to binary32, in one rounding: what binary64 loses is kept in its last bit. */
function nearestFloat32(value: bigint): number {
    const magnitude = value < 0n ? -value : value;
    const dropped = BigInt(Math.max(0, magnitude.toString(2).length - 50));
    const kept = magnitude >> dropped;
    const isExact = kept << dropped === magnitude;
    const rounded = Math.fround(Number(isExact ? kept : kept | 1n)) * 2 ** Number(dropped);
    return value < 0n ? -rounded : rounded;
}
