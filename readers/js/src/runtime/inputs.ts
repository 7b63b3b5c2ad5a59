/** What the caller gives to a run, held against the graph's inputs (spec/graph.md, Value, Shape, Dimension). */

import type { Value } from "../v1/qmodel/v1/graph_pb.js";
import type { RuntimeArray } from "./array.js";
import { invalidInput } from "../errors.js";
import { kindOf } from "./tensors.js";

/**
 * Checks the inputs of one run.
 *
 * @throws QModelError `invalid_input`: one is missing or unexpected, has another element type, number of axes or fixed
 *     length, or two axes of one symbol differ.
 */
export function checkInputs(declared: readonly Value[], given: ReadonlyMap<string, RuntimeArray>): void {
    const wanted = new Set(declared.map(({ name }) => name));
    const unexpected = [...given.keys()].find((name) => !wanted.has(name));
    if (unexpected !== undefined) {
        throw invalidInput(`the graph has no input ${JSON.stringify(unexpected)}`);
    }
    const symbols = new Map<string, number>();
    for (const value of declared) {
        const array = given.get(value.name);
        const place = `input ${JSON.stringify(value.name)}`;
        if (!array) {
            throw invalidInput(`${place} is missing`);
        }
        if (array.kind !== kindOf(value.elementType)) {
            throw invalidInput(`${place}: wanted ${kindOf(value.elementType) ?? "another type"}, got ${array.kind}`);
        }
        checkShape(value, array.shape, symbols, place);
    }
}

function checkShape(value: Value, shape: readonly number[], symbols: Map<string, number>, place: string): void {
    if (!value.shape) {
        return;
    }
    const { dimensions } = value.shape;
    if (shape.length !== dimensions.length) {
        throw invalidInput(`${place}: wanted ${dimensions.length} axes, got (${shape.join(", ")})`);
    }
    dimensions.forEach(({ length }, axis) => {
        const got = shape[axis]!;
        if (length.case === "size" && Number(length.value) !== got) {
            throw invalidInput(`${place}, axis ${axis}: wanted length ${length.value}, got ${got}`);
        }
        if (length.case === "symbol") {
            const before = symbols.get(length.value) ?? got;
            if (before !== got) {
                throw invalidInput(`${place}, axis ${axis}: ${JSON.stringify(length.value)} is ${before}, got ${got}`);
            }
            symbols.set(length.value, got);
        }
    });
}
