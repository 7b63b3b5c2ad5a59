/** Levels of the tables of the coding `rans` (spec/buffers/rans.md, "Levels"). */

import { corrupt } from "../errors.js";
import { signedOf, type BitReader } from "./bit-reader.js";
import type { SymbolRange } from "./rans-alphabet.js";

const MOST_LEVEL = 4095;
const MOST_DIFFERENCE = 8190;
/** k of a table without differences. */
const NO_DIFFERENCES = 7;

const Prediction = { line: 0, mirror: 1, classBefore: 2, partner: 3 } as const;

interface Head {
    readonly prediction: number;
    readonly k: number;
    readonly expected: Int32Array | undefined;
    readonly first: number;
    readonly last: number;
}

/** Reads the tables of all classes and quantizers. */
export class LevelReader {
    readonly #reader: BitReader;
    readonly #range: SymbolRange;
    readonly #tables: Uint16Array[] = [];

    constructor(reader: BitReader, range: SymbolRange) {
        this.#reader = reader;
        this.#range = range;
    }

    /** The levels of each table, those of the escapes behind the others. */
    all(classes: number): Uint16Array[] {
        const { quantizers, escapes, symbols } = this.#range;
        for (let number = 0; number < classes * quantizers; number++) {
            const table = new Uint16Array(symbols + escapes);
            this.#fill(table, this.#head(number), number % quantizers);
            if (table.every((level) => level === 0)) {
                throw corrupt("a table of rans has no level");
            }
            if (escapes > 0) {
                table.fill(this.#reader.golomb(1, MOST_LEVEL), symbols);
            }
            this.#tables.push(table);
        }
        return this.#tables;
    }

    #head(number: number): Head {
        const reader = this.#reader;
        const { quantizers, symbols } = this.#range;
        const quantizer = number % quantizers;
        const before = this.#tables[number - quantizers];
        const partner = quantizer === 1 ? this.#tables[number - 1] : undefined;
        const prediction = reader.fixed(2);
        const k = reader.fixed(3);
        const expected = this.#expected(prediction, before, partner);
        if (k === NO_DIFFERENCES && expected === undefined) {
            throw corrupt("a table of rans has neither levels nor others to take them from");
        }
        const [firstBefore, lastBefore] = this.#ends(partner ?? before);
        const first = firstBefore + signedOf(reader.golomb(0, 2 * symbols));
        const last = lastBefore - signedOf(reader.golomb(0, 2 * symbols));
        if (first < 0 || first > last || last >= symbols) {
            throw corrupt("a table of rans begins or ends beyond its symbols");
        }
        return { prediction, k, expected, first, last };
    }

    /** The first and the last symbol whose level is not 0. */
    #ends(known: Uint16Array | undefined): readonly [number, number] {
        const levels = known?.subarray(0, this.#range.symbols);
        if (levels === undefined) {
            return [0, this.#range.symbols - 1];
        }
        return [levels.findIndex((level) => level > 0), levels.findLastIndex((level) => level > 0)];
    }

    #expected(
        prediction: number,
        before: Uint16Array | undefined,
        partner: Uint16Array | undefined,
    ): Int32Array | undefined {
        const { symbols, lowBits } = this.#range;
        if (prediction === Prediction.classBefore) {
            if (before === undefined) {
                throw corrupt("the first class of rans is predicted from the class before");
            }
            return rescaled(before.subarray(0, symbols), this.#reader.fixed(5));
        }
        if (prediction === Prediction.partner) {
            if (partner === undefined) {
                throw corrupt("a table of rans is predicted from a partner that it does not have");
            }
            return halfWay(partner.subarray(0, symbols), lowBits + 1);
        }
        return undefined;
    }

    #fill(table: Uint16Array, head: Head, quantizer: number): void {
        const { lowest, lowBits } = this.#range;
        const mirror = -2 * lowest - (lowBits > 0 || quantizer === 1 ? 1 : 0);
        for (let j = head.first; j <= head.last; j++) {
            const level = head.k === NO_DIFFERENCES ? head.expected![j]! : this.#level(table, head, j, mirror);
            table[j] = head.k === NO_DIFFERENCES ? Math.min(Math.max(level, 1), MOST_LEVEL) : level;
        }
    }

    #level(table: Uint16Array, head: Head, j: number, mirror: number): number {
        const one = table[j - 1] ?? 0;
        const two = table[j - 2] ?? 0;
        let guess: number;
        if (head.expected !== undefined) {
            guess = clamped(head.expected[j]! + (j > 0 ? (one - head.expected[j - 1]!) >> 1 : 0));
        } else if (head.prediction === Prediction.mirror && mirror - j >= 0 && mirror - j < j) {
            guess = table[mirror - j]!;
        } else {
            guess = clamped(one + ((one - two) >> 1));
        }
        const level = guess + signedOf(this.#reader.rice(head.k, MOST_DIFFERENCE));
        if (level < 0 || level > MOST_LEVEL) {
            throw corrupt("a level of rans is out of range");
        }
        return level;
    }
}

function clamped(level: number): number {
    return Math.min(Math.max(level, 0), MOST_LEVEL);
}

/** Prediction 2: levels of the class before, their squares scaled to 2^(scale + 2). */
function rescaled(levels: Uint16Array, scale: number): Int32Array {
    const squares = BigInt(levels.reduce((sum, level) => sum + level * level, 0));
    return Int32Array.from(levels, (level) => {
        // Below 2^24 · 2^33: beyond what doubles divide exactly.
        const quotient = (BigInt(level * level) << BigInt(scale + 2)) / squares;
        return Math.floor((integerRoot(Number(quotient)) + 1) / 2);
    });
}

/** floor(√n) of an integer below 2^53. */
function integerRoot(n: number): number {
    const root = Math.floor(Math.sqrt(n));
    return root * root > n ? root - 1 : root;
}

/** Prediction 3: levels half a code away. */
function halfWay(levels: Uint16Array, shift: number): Int32Array {
    return Int32Array.from(
        levels,
        (level, j) => level + (((levels[j + 1] ?? 0) - level + (1 << (shift - 1))) >> shift),
    );
}
