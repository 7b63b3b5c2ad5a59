/** Every operator against what the Python interpreter makes of the same inputs (operators.json). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { compare, Network, operatorNames, type Kind, type RuntimeArray } from "../../src/runtime/index.js";
import { GraphSchema } from "../../src/v1/qmodel/v1/graph_pb.js";

interface StoredArray {
    readonly kind: Kind;
    readonly shape: number[];
    readonly values: (number | string)[];
}

interface Case {
    readonly name: string;
    readonly graph: JsonValue;
    readonly tensors: Record<string, StoredArray>;
    readonly inputs: Record<string, StoredArray>;
    readonly outputs: Record<string, StoredArray>;
}

const FILE = new URL("../../../tests/runtime/operators.json", import.meta.url);
const CASES = JSON.parse(readFileSync(FILE, "utf8")) as Case[];
const TOLERANCE = 2e-6;

function arrayOf({ kind, shape, values }: StoredArray): RuntimeArray {
    switch (kind) {
        case "f32":
            return { kind, shape, data: Float32Array.from(values, numberOf) };
        case "s64":
            return { kind, shape, data: BigInt64Array.from(values, BigInt) };
        case "s32":
            return { kind, shape, data: Int32Array.from(values, numberOf) };
        case "bool":
            return { kind, shape, data: Uint8Array.from(values, numberOf) };
    }
}

/** Python spells the numbers that JSON lacks inf, -inf and nan. */
function numberOf(value: number | string): number {
    return typeof value === "number" ? value : { inf: Infinity, "-inf": -Infinity, nan: NaN }[value]!;
}

function all(arrays: Record<string, StoredArray>): Map<string, RuntimeArray> {
    return new Map(Object.entries(arrays).map(([name, array]) => [name, arrayOf(array)]));
}

for (const { name, graph, tensors, inputs, outputs } of CASES) {
    test(name, async () => {
        const stored = all(tensors);
        const network = await Network.load(
            fromJson(GraphSchema, graph),
            (tensor) => stored.has(tensor),
            (tensor) => Promise.resolve(stored.get(tensor)!),
        );
        const made = network.run(all(inputs));
        for (const [output, expected] of all(outputs)) {
            const found = made.get(output)!;
            const deviation = compare(found, {
                values: expected,
                absoluteTolerance: TOLERANCE,
                relativeTolerance: TOLERANCE,
            });
            assert.deepEqual(found.shape, expected.shape);
            assert.ok(deviation.fits, `${output}: off by ${deviation.largest} at ${deviation.worst}`);
        }
    });
}

test("every operator has a case", () => {
    const seen = new Set(CASES.map(({ name }) => name.split(":")[0]));
    assert.deepEqual(
        operatorNames().filter((name) => !seen.has(name)),
        [],
    );
});
