/** The file at a glance: figures, where its bytes are, what the writer said of it. */

import { byteMap } from "./byte-map.js";
import type { FileDescription } from "./description.js";
import { element, type Child } from "./dom.js";
import { bits, bytes, count, decibels, duration, error, percent, plural, significant, UNKNOWN } from "./figures.js";
import { kindClass } from "./kinds.js";

/** Entries of metadata that are shown. */
const MOST_ENTRIES = 200;

/** All cards of the overview. */
export function overview(file: FileDescription, showTensor: (name: string) => void): HTMLElement {
    return element(
        "div",
        { class: "overview" },
        figures(file),
        card("Where the bytes are", byteMap(file, showTensor), kindBars(file)),
        element("div", { class: "cards" }, about(file), quality(file), metadata(file), network(file)),
    );
}

function figures(file: FileDescription): HTMLElement {
    const ratio = file.decodedBytes / Math.max(1, file.size);
    return element(
        "dl",
        { class: "figures" },
        figure("Size", bytes(file.size), `${count(file.size)} bytes`),
        figure("Weights", count(file.weights), plural(file.tensors.length, "tensor")),
        figure("Bits per weight", bits(file.bitsPerWeight), "of the whole file"),
        figure("Smaller by", `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`, `decoded: ${bytes(file.decodedBytes)}`),
        figure("Signal to noise", decibels(file.relativeMse), `relative MSE ${error(file.relativeMse)}`),
    );
}

function figure(name: string, value: string, note: string): HTMLElement {
    return element(
        "div",
        { class: "figure" },
        element("dt", {}, name),
        element("dd", { class: "value" }, value),
        element("dd", { class: "figure-note" }, note),
    );
}

/** A titled box. */
function card(title: string, ...children: Child[]): HTMLElement {
    return element("section", { class: "card" }, element("h2", {}, title), ...children);
}

/** Kinds of encodings by the bytes they take, and what is no tensor. */
function kindBars(file: FileDescription): HTMLElement {
    const sums = new Map<string, { bytes: number; tensors: number }>();
    for (const { kind, bytes: size } of file.tensors) {
        const before = sums.get(kind) ?? { bytes: 0, tensors: 0 };
        sums.set(kind, { bytes: before.bytes + size, tensors: before.tensors + 1 });
    }
    const rows = [...sums].sort(([, one], [, other]) => other.bytes - one.bytes);
    return element(
        "ul",
        { class: "legend" },
        ...rows.map(([kind, sum]) =>
            element(
                "li",
                {},
                element("span", { class: `${kindClass(kind)} swatch` }),
                element("strong", {}, kind),
                ` ${bytes(sum.bytes)}, ${percent(sum.bytes / file.size)} in ${plural(sum.tensors, "tensor")}`,
            ),
        ),
        element(
            "li",
            {},
            element("span", { class: "kind kind-other swatch" }),
            element("strong", {}, "the rest"),
            ` ${bytes(Math.max(0, file.size - file.payloadBytes))}: table of contents, graph, tables of codes, padding`,
        ),
    );
}

function about(file: FileDescription): HTMLElement {
    return card(
        "File",
        facts([
            ["Format", file.version],
            ["Written by", file.producer || UNKNOWN],
            ["Recipe", file.recipe || UNKNOWN],
            ["Chunks", count(file.chunks)],
            ["Needs", file.features.join(", ") || "nothing special"],
            ["Opened in", duration(file.milliseconds)],
        ]),
    );
}

function quality(file: FileDescription): HTMLElement {
    const lossy = file.tensors.filter(({ relativeMse }) => relativeMse !== undefined).length;
    const measured: [string, string][] = file.evaluations.flatMap(({ dataset, samples, metrics }) =>
        metrics.map(([name, value]): [string, string] => [
            `${name} on ${dataset}`,
            `${significant(value, 4)} of ${plural(samples, "sample")}`,
        ]),
    );
    return card(
        "Quality",
        facts([
            ["Relative MSE", error(file.relativeMse)],
            ["Signal to noise", decibels(file.relativeMse)],
            ["Stored with loss", `${count(lossy)} of ${plural(file.tensors.length, "tensor")}`],
            ["Golden samples", count(file.golden.length)],
            ...measured,
        ]),
    );
}

function metadata({ metadata: entries }: FileDescription): HTMLElement {
    if (entries.length === 0) {
        return card("Metadata", element("p", { class: "quiet-text" }, "The file has none."));
    }
    const rest = entries.length - MOST_ENTRIES;
    return card(
        "Metadata",
        facts(entries.slice(0, MOST_ENTRIES), "stacked"),
        rest > 0 && element("p", { class: "quiet-text" }, `${count(rest)} more entries are not shown.`),
    );
}

function network({ graph }: FileDescription): HTMLElement {
    if (!graph) {
        return card("Network", element("p", { class: "quiet-text" }, "The file has no graph: it holds weights alone."));
    }
    return card(
        "Network",
        facts([
            ["Nodes", count(graph.nodes.length)],
            ["Opset", String(graph.opset)],
            ...graph.inputs.map(({ name, elementType, shape }): [string, string] => [
                "Input",
                `${name}: ${elementType} ${shape}`,
            ]),
            ...graph.outputs.map(({ name, elementType, shape }): [string, string] => [
                "Output",
                `${name}: ${elementType} ${shape}`,
            ]),
            ...graph.imageInputs.map((text): [string, string] => ["Image input", text]),
        ]),
    );
}

function facts(rows: readonly (readonly [name: string, value: string])[], form = ""): HTMLElement {
    return element(
        "dl",
        { class: `facts ${form}` },
        ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
    );
}
