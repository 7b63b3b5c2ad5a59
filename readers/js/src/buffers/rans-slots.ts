/** Frequencies of the coding `rans` and the symbols of their slots (spec/buffers/rans.md, "Frequencies"). */

import { corrupt } from "../errors.js";

/** What a decoder looks up, of all tables: at table · 2^total_bits + slot. */
export interface SlotTables {
    /** The symbol that a slot belongs to. */
    readonly symbol: Uint16Array;
    /** In the upper half the symbol's frequency less 1, in the lower the slot's place among the symbol's. */
    readonly step: Uint32Array;
}

/** Makes the slots of all tables from their levels. */
export function slotTables(levels: readonly Uint16Array[], totalBits: number): SlotTables {
    const total = 2 ** totalBits;
    const symbol = new Uint16Array(levels.length * total);
    const step = new Uint32Array(levels.length * total);
    for (const [table, row] of levels.entries()) {
        let slot = table * total;
        for (const [j, frequency] of frequenciesOf(row, total).entries()) {
            symbol.fill(j, slot, slot + frequency);
            for (let place = 0; place < frequency; place++) {
                step[slot++] = (frequency - 1) * 0x10000 + place;
            }
        }
    }
    return { symbol, step };
}

/** Shares of the total, proportional to squares of levels, at least 1 where a level is not 0. */
function frequenciesOf(levels: Uint16Array, total: number): Uint32Array {
    const present = levels.reduce((count, level) => count + (level > 0 ? 1 : 0), 0);
    if (present > total) {
        throw corrupt("a table of rans has more symbols than its total");
    }
    const squares = levels.reduce((sum, level) => sum + level * level, 0);
    const rest = total - present;
    let before = 0;
    let shareBefore = 0;
    return Uint32Array.from(levels, (level) => {
        before += level * level;
        // Products are below 2^52 and quotients below 2^17: no quotient rounds up to an integer.
        const share = Math.floor((before * rest) / squares);
        const frequency = (level > 0 ? 1 : 0) + share - shareBefore;
        shareBefore = share;
        return frequency;
    });
}
