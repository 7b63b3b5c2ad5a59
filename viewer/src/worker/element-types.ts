/** Element types by their numbers. */

import { ElementType } from "qmodel/v1/types_pb";

/** As spec/types.md names it: f32, u4. */
export function typeName(type: ElementType): string {
    return ElementType[type].toLowerCase();
}

/** Bits of one element in a file. */
export function bitsOf(type: ElementType): number {
    const name = typeName(type);
    const digits = /^[a-z]+?(\d+)/.exec(name)?.[1];
    return name === "bool" ? 1 : name === "e8m0" ? 8 : Number(digits ?? 0);
}
