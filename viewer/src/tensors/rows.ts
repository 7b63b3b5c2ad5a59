/** The rows of the table: which tensors and groups are shown, in which order. */

import type { TensorDescription } from "../description.js";
import { inOrder, nameTree, type Group } from "./name-tree.js";

/** What rows can be sorted by. */
export type Column = "name" | "shape" | "type" | "encoding" | "bytes" | "bits" | "error" | "share";

/** How rows are sorted. */
export interface Order {
    readonly column: Column;
    readonly descending: boolean;
}

/** A line of the table. */
export interface Row {
    readonly depth: number;
    readonly label: string;
    /** The tensor; undefined for a group. */
    readonly tensor: TensorDescription | undefined;
    readonly group: Group | undefined;
}

/** The tensors whose name, encoding or type has every word of the filter in it. */
export function filtered(tensors: readonly TensorDescription[], filter: string): readonly TensorDescription[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    return words.length === 0
        ? tensors
        : tensors.filter(({ name, encoding, elementType }) => {
              const text = `${name} ${encoding} ${elementType}`.toLowerCase();
              return words.every((word) => text.includes(word));
          });
}

/** Sorted by name rows are a tree, whose closed groups hide what is below; by anything else they are a list. */
export function rowsOf(
    tensors: readonly TensorDescription[],
    order: Order,
    closed: ReadonlySet<string>,
): readonly Row[] {
    if (order.column === "name" && !order.descending) {
        return treeRows(nameTree(tensors), 0, closed);
    }
    const sign = order.descending ? -1 : 1;
    return tensors
        .map((tensor) => ({ depth: 0, label: tensor.name, tensor, group: undefined }))
        .sort(
            (one, other) => sign * compared(one.tensor, other.tensor, order.column) || inOrder(one.label, other.label),
        );
}

function treeRows(group: Group, depth: number, closed: ReadonlySet<string>): Row[] {
    return [
        ...group.groups.flatMap((below) => [
            { depth, label: below.label, tensor: undefined, group: below },
            ...(closed.has(below.path) ? [] : treeRows(below, depth + 1, closed)),
        ]),
        ...group.tensors.map(({ label, tensor }) => ({ depth, label, tensor, group: undefined })),
    ];
}

function compared(one: TensorDescription, other: TensorDescription, column: Column): number {
    switch (column) {
        case "name":
            return inOrder(one.name, other.name);
        case "shape":
            return one.count - other.count;
        case "type":
            return inOrder(one.elementType, other.elementType);
        case "encoding":
            return inOrder(one.encoding, other.encoding);
        case "bits":
            return one.bitsPerWeight - other.bitsPerWeight;
        case "error":
            return (one.relativeMse ?? -1) - (other.relativeMse ?? -1);
        case "bytes":
        case "share":
            return one.bytes - other.bytes;
    }
}
