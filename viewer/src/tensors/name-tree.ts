/** Tensors as a tree by their names: "encoder.layer.0.weight" is below "encoder", "layer" and "0". */

import type { TensorDescription } from "../description.js";

/** A group of tensors whose names begin alike. */
export interface Group {
    /** The whole beginning, unique in the tree. */
    readonly path: string;
    /** What it adds to the group above. */
    readonly label: string;
    readonly groups: readonly Group[];
    readonly tensors: readonly { readonly label: string; readonly tensor: TensorDescription }[];
    /** Of all tensors below. */
    readonly tensorCount: number;
    readonly bytes: number;
    readonly count: number;
    readonly share: number;
}

interface Growing {
    readonly groups: Map<string, Growing>;
    readonly tensors: TensorDescription[];
}

/** What ends a part of a name; it stays with the part before. */
const PARTS = /[^./]*[./]+|[^./]+$/g;

/**
 * The tree of some tensors, in their order; a group that would hold one entry alone is merged with it.
 *
 * Runs of digits are compared as numbers: layer 2 comes before layer 10.
 */
export function nameTree(tensors: readonly TensorDescription[]): Group {
    const root: Growing = { groups: new Map(), tensors: [] };
    for (const tensor of tensors) {
        let at = root;
        const parts = tensor.name.match(PARTS) ?? [];
        for (const part of parts.slice(0, -1)) {
            const next = at.groups.get(part) ?? { groups: new Map<string, Growing>(), tensors: [] };
            at.groups.set(part, next);
            at = next;
        }
        at.tensors.push(tensor);
    }
    return grown(root, "", "");
}

function grown(growing: Growing, path: string, label: string): Group {
    const groups = [...growing.groups].map(([part, below]) => merged(grown(below, path + part, part)));
    const singles = groups.flatMap((group) => onlyTensor(group));
    const kept = groups.filter((group) => group.tensorCount > 1);
    const own = growing.tensors.map((tensor) => ({ label: tensor.name.slice(path.length) || tensor.name, tensor }));
    const tensors = [...own, ...singles].sort((one, other) => inOrder(one.label, other.label));
    const sum = (of: (item: { bytes: number; count: number; share: number }) => number): number =>
        tensors.reduce((total, item) => total + of(item.tensor), 0) +
        kept.reduce((total, group) => total + of(group), 0);
    return {
        path,
        label,
        groups: kept.sort((one, other) => inOrder(one.label, other.label)),
        tensors,
        tensorCount: tensors.length + kept.reduce((total, group) => total + group.tensorCount, 0),
        bytes: sum((item) => item.bytes),
        count: sum((item) => item.count),
        share: sum((item) => item.share),
    };
}

/** A group whose only entry is a group becomes that, with both labels. */
function merged(group: Group): Group {
    const [only] = group.groups;
    return only && group.groups.length === 1 && group.tensors.length === 0
        ? { ...only, label: group.label + only.label }
        : group;
}

function onlyTensor(group: Group): Group["tensors"][number][] {
    const [only] = group.tensors;
    return only && group.tensorCount === 1 ? [{ label: group.label + only.label, tensor: only.tensor }] : [];
}

const collator = new Intl.Collator("en", { numeric: true });

/** The order of names for people. */
export function inOrder(one: string, other: string): number {
    return collator.compare(one, other);
}
