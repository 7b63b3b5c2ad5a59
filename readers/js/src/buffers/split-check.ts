/** Rules of the message `Split` (spec/buffers/split.md). */

import { corrupt } from "../errors.js";
import type { ElementTypeInfo } from "../types/element-type.js";
import type { Buffer, Split } from "../v1/qmodel/v1/buffer_pb.js";
import { storedBuffers, type BufferPlan, type SplitPlan } from "./plan.js";

const SPLIT_TYPES: ReadonlySet<string> = new Set(["f64", "f32", "f16", "bf16", "f8e4m3", "f8e5m2"]);

/** Checks one part of a split: a buffer of so many elements. */
export type CheckPart = (part: Buffer | undefined, count: bigint, name: string) => BufferPlan;

/** Checks the coding of `count` elements of a type. */
export function checkSplit(
    message: Split,
    type: ElementTypeInfo,
    count: bigint,
    what: string,
    checkPart: CheckPart,
): SplitPlan {
    if (!SPLIT_TYPES.has(type.name)) {
        throw corrupt(`${what}: split is not for ${type.name}`);
    }
    const planes = message.remainder.length;
    if (planes < 1 || planes > 8) {
        throw corrupt(`${what}: a remainder of ${planes} planes`);
    }
    const leading = checkPart(message.leading, count, "leading");
    const remainder = message.remainder.map((plane) => checkPart(plane, count, "remainder"));
    const parts = [leading, ...remainder];
    if (parts.some((part) => part.type.typeClass !== "unsigned")) {
        throw corrupt(`${what}: parts are unsigned integers`);
    }
    if (parts.reduce((sum, part) => sum + part.type.bits, 0) !== type.bits) {
        throw corrupt(`${what}: the widths of the parts are not that of ${type.name}`);
    }
    const shifts = checkShifts(message, count, what, checkPart);
    const all = [...parts, shifts.rowShift, shifts.columnShift].filter((part) => part !== undefined);
    checkChunkLengths(all, what);
    return { kind: "split", leading, remainder, ...shifts };
}

type Shifts = Pick<SplitPlan, "columns" | "rowShift" | "columnShift">;

function checkShifts(message: Split, count: bigint, what: string, checkPart: CheckPart): Shifts {
    const { columns, rowShift, columnShift } = message;
    const hasShifts = rowShift !== undefined || columnShift !== undefined;
    if (hasShifts !== columns > 0n || columns > count) {
        throw corrupt(`${what}: rows of ${columns} elements`);
    }
    const rows = hasShifts ? (count + columns - 1n) / columns : 0n;
    const plans = {
        columns: Number(columns),
        rowShift: rowShift === undefined ? undefined : checkPart(rowShift, rows, "row_shift"),
        columnShift: columnShift === undefined ? undefined : checkPart(columnShift, columns, "column_shift"),
    };
    for (const shift of [plans.rowShift, plans.columnShift]) {
        if (shift !== undefined && (shift.type.typeClass !== "signed" || shift.type.bits > 16)) {
            throw corrupt(`${what}: shifts are signed integers of at most 16 bits`);
        }
    }
    return plans;
}

function checkChunkLengths(parts: readonly BufferPlan[], what: string): void {
    const lengths = new Set<number>();
    for (const part of parts.flatMap((each) => [...storedBuffers(each)])) {
        if (part.location?.kind === "chunks" && part.location.indices.length > 1) {
            lengths.add(part.location.perChunk);
        }
    }
    if (lengths.size > 1) {
        throw corrupt(`${what}: parts have chunks of different lengths`);
    }
}
