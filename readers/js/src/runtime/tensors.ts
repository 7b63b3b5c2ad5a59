/** Tensors of a file as arrays of a running network. */

import type { Tensor } from "../tensor.js";
import { ElementType } from "../v1/qmodel/v1/types_pb.js";
import type { Kind, RuntimeArray } from "./array.js";
import { unsupported } from "../errors.js";

const KINDS: ReadonlyMap<ElementType, Kind> = new Map([
    [ElementType.F32, "f32"],
    [ElementType.S64, "s64"],
    [ElementType.S32, "s32"],
    [ElementType.BOOL, "bool"],
]);

/** The kind of an element type; undefined when networks with it do not run here. */
export function kindOf(elementType: ElementType): Kind | undefined {
    return KINDS.get(elementType);
}

/**
 * A decoded tensor as an array of a running network; they share memory.
 *
 * @param what - for messages.
 * @throws QModelError `unsupported`: of an element type that networks here do not compute with.
 */
export function arrayOf({ elementType, shape, storage }: Tensor, what: string): RuntimeArray {
    if (elementType === "f32" && storage instanceof Float32Array) {
        return { kind: "f32", shape, data: storage };
    }
    if (elementType === "s64" && storage instanceof BigInt64Array) {
        return { kind: "s64", shape, data: storage };
    }
    if (elementType === "s32" && storage instanceof Int32Array) {
        return { kind: "s32", shape, data: storage };
    }
    if (elementType === "bool" && storage instanceof Uint8Array) {
        return { kind: "bool", shape, data: storage };
    }
    throw unsupported(`${what} is of ${elementType}; networks run here with f32, s64, s32 and bool`);
}
