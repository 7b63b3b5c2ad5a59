/** Numbers of the float types of 16 bits and fewer, and rounding to those of 16 (spec/types.md). */

import type { ElementTypeInfo } from "./element-type.js";

interface Format {
    readonly exponentBits: number;
    readonly fractionBits: number;
    /** Whether the highest exponent means infinities and NaN. */
    readonly hasInfinities: boolean;
    /** Whether the highest pattern of each sign alone means NaN. */
    readonly hasLoneNaN: boolean;
}

const FORMATS: Readonly<Record<string, Format>> = {
    f16: { exponentBits: 5, fractionBits: 10, hasInfinities: true, hasLoneNaN: false },
    bf16: { exponentBits: 8, fractionBits: 7, hasInfinities: true, hasLoneNaN: false },
    f8e4m3: { exponentBits: 4, fractionBits: 3, hasInfinities: false, hasLoneNaN: true },
    f8e5m2: { exponentBits: 5, fractionBits: 2, hasInfinities: true, hasLoneNaN: false },
    f6e2m3: { exponentBits: 2, fractionBits: 3, hasInfinities: false, hasLoneNaN: false },
    f6e3m2: { exponentBits: 3, fractionBits: 2, hasInfinities: false, hasLoneNaN: false },
    f4e2m1: { exponentBits: 2, fractionBits: 1, hasInfinities: false, hasLoneNaN: false },
};

const tables = new Map<string, Float32Array>();

/** The number of every bit pattern of a float type of 16 bits or fewer; all are numbers of binary32. */
export function numbersOf(type: ElementTypeInfo): Float32Array {
    let table = tables.get(type.name);
    if (table === undefined) {
        table = new Float32Array(2 ** type.bits);
        const format = FORMATS[type.name];
        for (let bits = 0; bits < table.length; bits++) {
            table[bits] = format === undefined ? powerOfTwo(bits) : numberOf(bits, format);
        }
        tables.set(type.name, table);
    }
    return table;
}

/** e8m0, the one type without a sign. */
function powerOfTwo(bits: number): number {
    return bits === 0xff ? NaN : 2 ** (bits - 127);
}

function numberOf(bits: number, format: Format): number {
    const { exponentBits, fractionBits } = format;
    const isNegative = bits >>> (exponentBits + fractionBits) === 1;
    const exponent = (bits >>> fractionBits) & ((1 << exponentBits) - 1);
    const fraction = bits & ((1 << fractionBits) - 1);
    const magnitude = magnitudeOf(exponent, fraction, format);
    return isNegative ? -magnitude : magnitude;
}

function magnitudeOf(exponent: number, fraction: number, format: Format): number {
    const highest = (1 << format.exponentBits) - 1;
    if (exponent === highest && format.hasInfinities) {
        return fraction === 0 ? Infinity : NaN;
    }
    if (exponent === highest && format.hasLoneNaN && fraction === (1 << format.fractionBits) - 1) {
        return NaN;
    }
    const bias = (1 << (format.exponentBits - 1)) - 1;
    const significand = exponent === 0 ? fraction : fraction + (1 << format.fractionBits);
    return significand * 2 ** (Math.max(exponent, 1) - bias - format.fractionBits);
}

const scratch = new DataView(new ArrayBuffer(8));

/**
 * The bits of the nearest number of f16 or bf16, ties to the even one, in one rounding from a binary64
 * ("Conversion", the steps in integers).
 */
export function roundedBits(value: number, name: "f16" | "bf16"): number {
    const fractionBits = name === "f16" ? 10 : 7;
    const [least, greatest] = name === "f16" ? [-14, 15] : [-126, 127];
    scratch.setFloat64(0, value);
    const high = scratch.getUint32(0);
    const sign = (high >>> 31) << 15;
    const infinity = (greatest - least + 2) << fractionBits;
    if (Number.isNaN(value)) {
        return sign | infinity | (1 << (fractionBits - 1)) | ((high & 0xfffff) >>> (20 - fractionBits));
    }
    const magnitude = Math.abs(value);
    if (magnitude === 0 || magnitude === Infinity) {
        return sign | (magnitude === 0 ? 0 : infinity);
    }
    const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, least);
    // The quotient is exact; adding and taking 2^52 rounds it to an integer, ties to even.
    const units = magnitude / 2 ** (exponent - fractionBits) + 2 ** 52 - 2 ** 52;
    const bits = ((exponent - least) << fractionBits) + units;
    return sign | Math.min(bits, infinity);
}
