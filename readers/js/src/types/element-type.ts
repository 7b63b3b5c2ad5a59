/** Element types (spec/types.md): names, widths, and the arrays that hold them. */

import { corrupt, beyondLimit } from "../errors.js";
import { ElementType } from "../v1/qmodel/v1/types_pb.js";

/** The name of an element type as spec/types.md spells it: `f32`, `bf16`, `u4`, `s64`, `bool`. */
export type ElementTypeName =
    | "bool"
    | "f64"
    | "f32"
    | "f16"
    | "bf16"
    | "f8e4m3"
    | "f8e5m2"
    | "f6e2m3"
    | "f6e3m2"
    | "f4e2m1"
    | "e8m0"
    | `u${number}`
    | `s${number}`;

/** The array of a type's elements in storage: the narrowest type of 8, 16, 32 or 64 bits that holds them. */
export type Storage =
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | Float32Array
    | Float64Array
    | BigUint64Array
    | BigInt64Array;

/** What a type's elements are. */
export type TypeClass = "bool" | "float" | "unsigned" | "signed";

/** All that this reader knows of one element type. */
export interface ElementTypeInfo {
    readonly name: ElementTypeName;
    readonly number: ElementType;
    readonly typeClass: TypeClass;
    /** Bits of an element in a file. */
    readonly bits: number;
    /** Bytes of an element in storage. */
    readonly storageBytes: 1 | 2 | 4 | 8;
}

const FLOAT_BITS: Readonly<Record<string, number>> = {
    f64: 64,
    f32: 32,
    f16: 16,
    bf16: 16,
    f8e4m3: 8,
    f8e5m2: 8,
    f6e2m3: 6,
    f6e3m2: 6,
    f4e2m1: 4,
    e8m0: 8,
};

function infoOf(name: ElementTypeName, number: ElementType): ElementTypeInfo {
    const floatBits = FLOAT_BITS[name];
    const bits = floatBits ?? (name === "bool" ? 1 : Number(name.slice(1)));
    const storageBytes = bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
    const integerClass = name === "bool" ? "bool" : name.startsWith("s") ? "signed" : "unsigned";
    return { name, number, typeClass: floatBits === undefined ? integerClass : "float", bits, storageBytes };
}

const BY_NUMBER = new Map<ElementType, ElementTypeInfo>();
for (const [label, number] of Object.entries(ElementType)) {
    if (typeof number === "number" && number !== ElementType.UNSPECIFIED) {
        BY_NUMBER.set(number, infoOf(label.toLowerCase() as ElementTypeName, number));
    }
}

/**
 * The type of a number of the schema.
 *
 * @throws QModelError `corrupt`, when there is none.
 */
export function elementType(number: ElementType, where: string): ElementTypeInfo {
    const info = BY_NUMBER.get(number);
    if (info === undefined) {
        throw corrupt(`${where}: ${number} is no element type`);
    }
    return info;
}

/** Bytes. */
export const U8 = elementType(ElementType.U8, "u8");

/** Whether the type is a float or an integer of at most 32 bits: what takes part in arithmetic. */
export function isOperand(type: ElementTypeInfo): boolean {
    return type.typeClass === "float" || (type.typeClass !== "bool" && type.bits <= 32);
}

/**
 * A new array of storage, zero.
 *
 * @throws QModelError `limit`, when the machine does not give as much.
 */
export function newStorage(type: ElementTypeInfo, count: number): Storage {
    try {
        return allocated(type, count);
    } catch (error) {
        if (error instanceof RangeError) {
            throw beyondLimit(`no memory for ${count} elements of ${type.name}`);
        }
        throw error;
    }
}

function allocated(type: ElementTypeInfo, count: number): Storage {
    const isSigned = type.typeClass === "signed";
    switch (type.storageBytes) {
        case 1:
            return isSigned ? new Int8Array(count) : new Uint8Array(count);
        case 2:
            return isSigned ? new Int16Array(count) : new Uint16Array(count);
        case 4:
            return type.name === "f32"
                ? new Float32Array(count)
                : isSigned
                  ? new Int32Array(count)
                  : new Uint32Array(count);
        case 8:
            return type.name === "f64"
                ? new Float64Array(count)
                : isSigned
                  ? new BigInt64Array(count)
                  : new BigUint64Array(count);
    }
}

/** Whether the codings `rans` and `arithmetic` are for the type: storage holds a number or bits of at most 32. */
export function isEntropyCoded(type: ElementTypeInfo): boolean {
    return type.typeClass === "float" ? type.bits <= 16 && type.name !== "f16" : type.bits <= 32;
}

/** The least and the greatest value of a type of at most 32 bits, of the integer or of the bits. */
export function boundsOf(type: ElementTypeInfo): readonly [least: number, greatest: number] {
    return type.typeClass === "signed" ? [-(2 ** (type.bits - 1)), 2 ** (type.bits - 1) - 1] : [0, 2 ** type.bits - 1];
}
