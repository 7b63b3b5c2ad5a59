/** What `tables` of the coding `rans` says: symbols, classes of cells, levels (spec/buffers/rans.md, "Tables"). */

import { corrupt } from "../errors.js";
import { boundsOf, type ElementTypeInfo } from "../types/element-type.js";
import { BitReader, signedOf } from "./bit-reader.js";
import { bucketsOf } from "./rans-check.js";
import { LevelReader } from "./rans-levels.js";
import type { RansPlan } from "./plan.js";

const MOST_SYMBOLS = 4096;
const MOST_INDICES = 65_536;

/** The symbols of a stream and the levels of its tables. */
export interface Alphabet {
    /** The value of index 0. */
    readonly base: number;
    readonly lowBits: number;
    /** Symbols, escapes apart. */
    readonly symbols: number;
    /** 0, 1 or 2. */
    readonly escapes: number;
    readonly quantizers: 1 | 2;
    readonly classOfCell: Uint8Array;
    /** Levels of each table, of class · quantizers + quantizer; escapes behind the other symbols. */
    readonly levels: readonly Uint16Array[];
}

/** Parses `tables`. */
export function parseAlphabet(plan: RansPlan, type: ElementTypeInfo): Alphabet {
    const reader = new BitReader(plan.tables);
    const quantizers = plan.trellisStates === 0 ? 1 : 2;
    const lowest = signedOf(reader.golomb(4, 2 ** 33));
    const lowBits = reader.fixed(3);
    const symbols = reader.golomb(4, MOST_SYMBOLS - 1) + 1;
    const hasEscapes = reader.fixed(1) === 1;
    const escapes = hasEscapes ? (quantizers === 2 && lowBits === 0 ? 2 : 1) : 0;
    checkSymbols({ lowest, lowBits, symbols, escapes, quantizers }, plan.totalBits, type);
    const classOfCell = parseClasses(reader, bucketsOf(plan.separable) * bucketsOf(plan.neighbours));
    const levels = new LevelReader(reader, { lowest, lowBits, symbols, escapes, quantizers }).all(
        Math.max(...classOfCell) + 1,
    );
    reader.end();
    return { base: lowest * 2 ** lowBits, lowBits, symbols, escapes, quantizers, classOfCell, levels };
}

/** The numbers that say which values have symbols. */
export interface SymbolRange {
    readonly lowest: number;
    readonly lowBits: number;
    readonly symbols: number;
    readonly escapes: number;
    readonly quantizers: 1 | 2;
}

/** The rules of "Symbols". */
function checkSymbols(range: SymbolRange, totalBits: number, type: ElementTypeInfo): void {
    const { lowest, lowBits, symbols, escapes } = range;
    const step = 2 ** lowBits;
    const base = lowest * step;
    const [least, greatest] = boundsOf(type);
    if (lowBits > 6 || base < least || base + symbols * step - 1 > greatest) {
        throw corrupt("symbols of rans are beyond the element type");
    }
    if ((symbols + escapes) * step > MOST_INDICES || totalBits + lowBits > 16) {
        throw corrupt("rans has too many symbols, or too many bits");
    }
    if (range.quantizers === 2 && lowBits === 0 && (lowest % 2 !== 0 || (escapes === 2 && symbols % 2 !== 0))) {
        throw corrupt("with a trellis the lowest symbol is even, and so is the number of symbols with escapes");
    }
    if (escapes > 0 && greatest - least + 1 - symbols * step < Math.max(step, escapes)) {
        throw corrupt("rans has escapes and too few values without a symbol");
    }
}

function parseClasses(reader: BitReader, cells: number): Uint8Array {
    const classOfCell = new Uint8Array(cells);
    if (cells === 1) {
        return classOfCell;
    }
    const classes = reader.fixed(4) + 1;
    if (classes > cells) {
        throw corrupt("rans has more classes than cells");
    }
    if (classes === cells) {
        return classOfCell.map((_, cell) => cell);
    }
    const width = 32 - Math.clz32(classes - 1);
    let before = 0;
    for (let cell = 0; cell < cells; cell++) {
        before = reader.fixed(1) === 1 ? before : reader.fixed(width);
        classOfCell[cell] = before;
    }
    if (new Set(classOfCell).size !== classes || classOfCell.some((each) => each >= classes)) {
        throw corrupt("rans has a class that no cell has, or a cell of no class");
    }
    return classOfCell;
}
