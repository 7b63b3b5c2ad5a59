/** Logarithms, odds and powers of the coding `arithmetic` (spec/buffers/arithmetic.md, "Tables"). */

/** Logits are from −BOUND to BOUND − 1. */
export const BOUND = 12_288;
const ONE = 65_536;
const MOST_LOGARITHM = 16_384;

/** How far something moves that was adapted n times, by n. */
export const RATE = Int32Array.from({ length: 1001 }, (_, n) => Math.floor(ONE / (n + 16)));

/** What both sides of the coding look up. */
export interface ArithmeticTables {
    /** log2 of p in 1/1,024, by p from 1 to 65,536; index 0 is not used. */
    readonly logarithm: Int32Array;
    /** Probability of a logit, at logit + BOUND. */
    readonly squash: Int32Array;
    /** Logit of a probability p, at p >> 4. */
    readonly stretch: Int32Array;
    /** log2(1 + 2^−u), by u. */
    readonly soft: Int32Array;
    /** The probability 2^−d, by d. */
    readonly power: Int32Array;
}

let tables: ArithmeticTables | undefined;

/** The tables, made when they are first wanted. */
export function arithmeticTables(): ArithmeticTables {
    tables ??= makeTables();
    return tables;
}

function makeTables(): ArithmeticTables {
    const logarithm = logarithms();
    const logits = Int32Array.from({ length: ONE }, (_, p) => (p === 0 ? 0 : logarithm[p]! - logarithm[ONE - p]!));
    const squash = leastAtOrAbove(logits, 2 * BOUND, (place) => place - BOUND);
    return {
        logarithm,
        squash,
        stretch: Int32Array.from({ length: 4096 }, (_, i) => logits[16 * i + 8]!),
        soft: Int32Array.from({ length: BOUND }, (_, u) => MOST_LOGARITHM - logarithm[squash[BOUND + u]!]!),
        power: leastAtOrAbove(logarithm.subarray(0, ONE), MOST_LOGARITHM, (d) => d + 1).reverse(),
    };
}

/** By repeated squaring, in integers below 2^52, so that no library's logarithm rounds otherwise. */
function logarithms(): Int32Array {
    return Int32Array.from({ length: ONE + 1 }, (_, p) => {
        if (p === 0) {
            return 0;
        }
        const e = 31 - Math.clz32(p);
        let y = p * 2 ** (25 - e);
        let f = 0;
        for (let bit = 0; bit < 11; bit++) {
            y = Math.floor((y * y) / 2 ** 25);
            f *= 2;
            if (y >= 2 ** 26) {
                y = Math.floor(y / 2);
                f++;
            }
        }
        return 1024 * e + ((f + 1) >> 1);
    });
}

/** For each wanted number, which ascend, the least p ≥ 1 whose number is at least that; at most 65,535. */
function leastAtOrAbove(numbers: Int32Array, length: number, wanted: (place: number) => number): Int32Array {
    let p = 1;
    return Int32Array.from({ length }, (_, place) => {
        while (p < ONE - 1 && numbers[p]! < wanted(place)) {
            p++;
        }
        return p;
    });
}
