/** The runner of spec/conformance/README.md. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
    BytesSource,
    QModelError,
    QModelFile,
    verify,
    type GoldenRun,
    type Limits,
    type OpenOptions,
} from "../src/index.js";
import { difference } from "./compare.js";
import {
    readExpected,
    readIndex,
    type Expected,
    type ExpectedSample,
    type InvalidEntry,
    type ValidEntry,
} from "./index-file.js";

/** What became of one vector: what went wrong, or nothing. */
export interface Outcome {
    readonly file: string;
    readonly failures: readonly string[];
}

/** Runs all vectors of a folder. */
export async function runConformance(folder: string): Promise<Outcome[]> {
    const index = readIndex(folder);
    const outcomes: Outcome[] = [];
    for (const entry of index.valid) {
        outcomes.push({ file: entry.file, failures: await runValid(folder, entry) });
    }
    for (const entry of index.invalid) {
        outcomes.push({ file: entry.file, failures: await runInvalid(folder, entry) });
    }
    return outcomes;
}

async function runValid(folder: string, entry: ValidEntry): Promise<string[]> {
    const source = new BytesSource(readFileSync(join(folder, entry.file)));
    const options = await optionsOf(folder, entry);
    const failures: string[] = [];
    try {
        const file = await QModelFile.open(source, options);
        if (file.warnings.length > 0 !== (entry.warns ?? false)) {
            failures.push(`warnings: ${JSON.stringify(file.warnings)}`);
        }
        failures.push(...(await compareFile(file, readExpected(folder, entry.file))));
    } catch (error) {
        failures.push(described(error));
    }
    const findings = await verify(source, options);
    failures.push(...findings.map((finding) => `verify: ${finding.kind}: ${finding.message}`));
    return failures;
}

async function compareFile(file: QModelFile, expected: Expected): Promise<string[]> {
    const failures: string[] = [];
    const names = Object.keys(expected.tensors);
    const others = [...file.tensors.keys()].filter((name) => !names.includes(name));
    failures.push(...others.map((name) => `tensor ${name} is not expected`));
    for (const name of names) {
        const differs = difference(await file.tensor(name), expected.tensors[name]!);
        if (differs !== undefined) {
            failures.push(`tensor ${name}: ${differs}`);
        }
    }
    const sorted = (entries: Iterable<readonly [string, string]>): string => JSON.stringify([...entries].sort());
    if (sorted(file.metadata) !== sorted(Object.entries(expected.metadata ?? {}))) {
        failures.push("other metadata");
    }
    failures.push(...(await compareGolden(file, expected)));
    return failures;
}

async function compareGolden(file: QModelFile, expected: Expected): Promise<string[]> {
    const runs = await file.golden();
    const samples = expected.golden ?? [];
    if (runs.length !== samples.length) {
        return [`${runs.length} golden samples, not ${samples.length}`];
    }
    return runs.flatMap((run, place) =>
        compareRun(run, samples[place]!).map((each) => `golden sample ${place}: ${each}`),
    );
}

function compareRun(run: GoldenRun, sample: ExpectedSample): string[] {
    const namesOf = (values: readonly { readonly name: string }[]): string =>
        JSON.stringify(values.map(({ name }) => name));
    if (namesOf(run.inputs) !== namesOf(sample.inputs) || namesOf(run.outputs) !== namesOf(sample.outputs)) {
        return ["other names"];
    }
    const failures: string[] = [];
    for (const [place, value] of [...run.inputs, ...run.outputs].entries()) {
        const differs = difference(value, [...sample.inputs, ...sample.outputs][place]!);
        failures.push(...(differs === undefined ? [] : [`${value.name}: ${differs}`]));
    }
    for (const [place, { name, absoluteTolerance, relativeTolerance }] of run.outputs.entries()) {
        const wanted = sample.outputs[place]!;
        if (absoluteTolerance !== wanted.absolute_tolerance || relativeTolerance !== wanted.relative_tolerance) {
            failures.push(`${name}: other tolerances`);
        }
    }
    return failures;
}

const MOMENTS = ["open", "decode", "verify"] as const;

async function runInvalid(folder: string, entry: InvalidEntry): Promise<string[]> {
    const source = new BytesSource(readFileSync(join(folder, entry.file)));
    const options = await optionsOf(folder, entry);
    const failures: string[] = [];
    const refusals = await refusalsOf(source, options);
    const latest = MOMENTS.indexOf(entry.at);
    if (!refusals.some(({ moment }) => MOMENTS.indexOf(moment) <= latest) && latest < 2) {
        failures.push(`is not refused at ${entry.at}`);
    }
    failures.push(
        ...refusals
            .filter(({ error }) => !isOfKind(error, entry.kind))
            .map(({ moment, error }) => `at ${moment}, not ${entry.kind}: ${described(error)}`),
    );
    const findings = await verify(source, options);
    if (findings.length === 0) {
        failures.push("is not refused by verify");
    }
    const others = findings.filter((finding) => finding.kind !== entry.kind);
    failures.push(...others.map(({ kind, message }) => `verify, not ${entry.kind}: ${kind}: ${message}`));
    return failures;
}

interface Refusal {
    readonly moment: "open" | "decode";
    readonly error: unknown;
}

/** Every error of opening a file, or of decoding its tensors. */
async function refusalsOf(source: BytesSource, options: OpenOptions): Promise<Refusal[]> {
    let file: QModelFile;
    try {
        file = await QModelFile.open(source, options);
    } catch (error) {
        return [{ moment: "open", error }];
    }
    const refusals: Refusal[] = [];
    for (const name of file.tensors.keys()) {
        try {
            await file.tensor(name);
        } catch (error) {
            refusals.push({ moment: "decode", error });
        }
    }
    return refusals;
}

function isOfKind(error: unknown, kind: string): boolean {
    return error instanceof QModelError && error.kind === kind;
}

function described(error: unknown): string {
    return error instanceof QModelError
        ? `${error.kind}: ${error.message}`
        : `not the library's own error: ${error instanceof Error ? String(error.stack) : String(error)}`;
}

/** Opens the bases, each of which may need those after it, and translates the limits. */
async function optionsOf(folder: string, entry: ValidEntry | InvalidEntry): Promise<OpenOptions> {
    let bases: QModelFile[] = [];
    for (const name of [...(entry.bases ?? [])].reverse()) {
        const base = await QModelFile.open(new BytesSource(readFileSync(join(folder, name))), { bases });
        bases = [base, ...bases];
    }
    return "limits" in entry ? { bases, limits: limitsOf(entry.limits) } : { bases };
}

function limitsOf(given: Readonly<Record<string, number>>): Partial<Limits> {
    const camel = (name: string): string => name.replace(/_[a-z]/g, (part) => part[1]!.toUpperCase());
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]));
}
