/** The rows of the table: the tree of names, sorting, filtering. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameTree } from "../../src/tensors/name-tree.js";
import { filtered, rowsOf, type Row } from "../../src/tensors/rows.js";
import { tensorOf } from "./tensor-samples.js";

const BY_NAME = { column: "name", descending: false } as const;
const TENSORS = [
    tensorOf("layer.10.weight", { count: 5 }),
    tensorOf("layer.2.bias", { count: 1, relativeMse: 0.5 }),
    tensorOf("layer.2.weight", { count: 7, encoding: "trellis(s8, 8 states)" }),
    tensorOf("head/w", { count: 3, elementType: "s64" }),
];

function shown(rows: readonly Row[]): string[] {
    return rows.map(({ depth, label }) => "  ".repeat(depth) + label);
}

test("sorted by name rows are a tree, numbers in their order, lone entries merged", () => {
    assert.deepEqual(shown(rowsOf(TENSORS, BY_NAME, new Set())), [
        "layer.",
        "  2.",
        "    bias",
        "    weight",
        "  10.weight",
        "head/w",
    ]);
});

test("closed groups hide what is below", () => {
    assert.deepEqual(shown(rowsOf(TENSORS, BY_NAME, new Set(["layer.2."]))), [
        "layer.",
        "  2.",
        "  10.weight",
        "head/w",
    ]);
});

test("groups have the sums of what is below", () => {
    const [group] = nameTree(TENSORS).groups;
    assert.equal(group?.tensorCount, 3);
    assert.equal(group.count, 13);
    assert.equal(group.bytes, 52);
});

test("sorted by a figure rows are a list", () => {
    const rows = rowsOf(TENSORS, { column: "bytes", descending: true }, new Set());
    assert.deepEqual(shown(rows), ["layer.2.weight", "layer.10.weight", "head/w", "layer.2.bias"]);
    const errors = rowsOf(TENSORS, { column: "error", descending: true }, new Set());
    assert.equal(errors[0]?.label, "layer.2.bias");
});

test("a filter looks for every word in name, encoding and type", () => {
    const names = (filter: string): string[] => filtered(TENSORS, filter).map(({ name }) => name);
    assert.deepEqual(names("Trellis layer"), ["layer.2.weight"]);
    assert.deepEqual(names("s64"), ["head/w"]);
    assert.deepEqual(names("nothing"), []);
    assert.equal(names("  ").length, 4);
});

test("names without parts, with empty parts and with the same beginning stay apart", () => {
    const names = ["", ".", "a", "a.", "a..b", "/x/y", "/x/z"];
    const rows = rowsOf(
        names.map((name) => tensorOf(name)),
        BY_NAME,
        new Set(),
    );
    const found = rows.flatMap(({ tensor }) => (tensor ? [tensor.name] : []));
    assert.deepEqual(found.sort(), [...names].sort());
});
