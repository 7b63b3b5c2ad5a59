/** Putting together floats that were taken apart (spec/buffers/split.md). */

import type { ElementTypeInfo, Storage } from "../types/element-type.js";
import { bitsOf } from "../types/values.js";
import type { SplitPlan } from "./plan.js";

/** The decoded parts of a split. */
export interface SplitParts {
    readonly leading: Storage;
    readonly remainder: readonly Storage[];
    readonly rowShift: Storage | undefined;
    readonly columnShift: Storage | undefined;
}

/** Makes the bits of floats of their parts, into storage of the type. */
export function joinSplit(plan: SplitPlan, parts: SplitParts, type: ElementTypeInfo, target: Storage): void {
    const leadingBits = plan.leading.type.bits;
    const widths = plan.remainder.map((plane) => plane.type.bits);
    if (type.bits === 64) {
        joinWide(leadingBits, widths, parts, plan.columns, bitsOf(target) as BigUint64Array);
        return;
    }
    const leading = shifted(plan, parts);
    const made = bitsOf(target) as Uint32Array;
    let place = 0;
    for (const [number, plane] of parts.remainder.entries()) {
        addPlane(plane as Uint32Array, place, made);
        place += widths[number]!;
    }
    // The remainder's highest bit is the sign: it moves above the leading bits, which go in between.
    const low = place - 1;
    const lowMask = 2 ** low - 1;
    for (let i = 0; i < made.length; i++) {
        const remainder = made[i]!;
        made[i] = (remainder & lowMask) | (leading[i]! << low) | ((remainder >>> low) << (type.bits - 1));
    }
}

function addPlane(plane: Uint32Array, place: number, made: Uint32Array): void {
    for (let i = 0; i < made.length; i++) {
        made[i] = made[i]! | (plane[i]! << place);
    }
}

/** The leading bits with the shifts of their rows and columns, of at most 32 bits. */
function shifted(plan: SplitPlan, parts: SplitParts): Uint32Array {
    const { columns } = plan;
    const leading = parts.leading as Uint32Array;
    if (columns === 0) {
        return leading;
    }
    const mask = 2 ** plan.leading.type.bits - 1;
    const row = parts.rowShift as Int16Array | undefined;
    const column = parts.columnShift as Int16Array | undefined;
    for (let first = 0, r = 0; first < leading.length; first += columns, r++) {
        const ofRow = row?.[r] ?? 0;
        const end = Math.min(columns, leading.length - first);
        for (let c = 0; c < end; c++) {
            leading[first + c] = (leading[first + c]! + ofRow + (column?.[c] ?? 0)) & mask;
        }
    }
    return leading;
}

/** Floats of 64 bits: any part may be wider than 32. */
function joinWide(
    leadingBits: number,
    widths: readonly number[],
    parts: SplitParts,
    columns: number,
    made: BigUint64Array,
): void {
    const low = BigInt(63 - leadingBits);
    const lowMask = (1n << low) - 1n;
    const leadingMask = (1n << BigInt(leadingBits)) - 1n;
    for (let i = 0; i < made.length; i++) {
        let remainder = 0n;
        let place = 0n;
        for (const [number, plane] of parts.remainder.entries()) {
            remainder |= BigInt(plane[i]!) << place;
            place += BigInt(widths[number]!);
        }
        const shift =
            columns === 0
                ? 0
                : Number(parts.rowShift?.[Math.floor(i / columns)] ?? 0) +
                  Number(parts.columnShift?.[i % columns] ?? 0);
        const leading = (BigInt(parts.leading[i]!) + BigInt(shift)) & leadingMask;
        made[i] = (remainder & lowMask) | (leading << low) | ((remainder >> low) << 63n);
    }
}
