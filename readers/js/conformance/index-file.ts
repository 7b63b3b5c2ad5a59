/** The list of conformance vectors (spec/conformance/README.md). */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that a verifier accepts. */
export interface ValidEntry {
    readonly file: string;
    readonly bases?: readonly string[];
    readonly warns?: boolean;
}

/** A file that a verifier refuses. */
export interface InvalidEntry {
    readonly file: string;
    readonly kind: string;
    /** The latest moment to refuse it. */
    readonly at: "open" | "decode" | "verify";
    readonly limits?: Readonly<Record<string, number>>;
    readonly bases?: readonly string[];
}

/** `index.json`. */
export interface VectorIndex {
    readonly valid: readonly ValidEntry[];
    readonly invalid: readonly InvalidEntry[];
}

/** An expected array. */
export interface ExpectedArray {
    readonly element_type: string;
    readonly shape: readonly number[];
    /** Storage of all elements, little-endian, in hexadecimal digits. */
    readonly values: string;
    /** Where it is "any", a NaN conforms whatever its bits. */
    readonly nan?: "any";
}

/** The JSON beside a valid file. */
export interface Expected {
    readonly tensors: Readonly<Record<string, ExpectedArray>>;
    readonly metadata?: Readonly<Record<string, string>>;
    readonly golden?: readonly ExpectedSample[];
}

/** An expected golden sample. */
export interface ExpectedSample {
    readonly inputs: readonly ExpectedInput[];
    readonly outputs: readonly ExpectedOutput[];
}

/** An expected input of a golden sample. */
export interface ExpectedInput extends ExpectedArray {
    readonly name: string;
}

/** An expected output of a golden sample. */
export interface ExpectedOutput extends ExpectedInput {
    readonly absolute_tolerance: number;
    readonly relative_tolerance: number;
}

/** Reads the list of a folder of vectors. */
export function readIndex(folder: string): VectorIndex {
    return JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as VectorIndex;
}

/** Reads the expected results of a valid file. */
export function readExpected(folder: string, file: string): Expected {
    return JSON.parse(readFileSync(join(folder, file.replace(/\.qmodel$/, ".json")), "utf8")) as Expected;
}
