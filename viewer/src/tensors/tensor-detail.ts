/** What is known of one tensor: at once what the manifest says, then what its values show. */

import type { Client } from "../client.js";
import type { EncodingPart, FileDescription, Statistics, TensorDescription, TensorValues } from "../description.js";
import { element, refill } from "../dom.js";
import { failureView } from "../failure-view.js";
import { bits, bytes, count, decibels, duration, error, percent, shape, significant, UNKNOWN } from "../figures.js";
import { encodingView } from "./encoding-view.js";
import { heatMapView } from "./heat-map-view.js";
import { HistogramView } from "./histogram-view.js";

/** The panel beside the table. */
export class TensorDetail {
    readonly node = element("aside", { class: "detail", "aria-label": "The tensor chosen", "aria-live": "polite" });
    #wanted = "";
    #busy = false;

    constructor(
        private readonly file: FileDescription,
        private readonly client: Client,
    ) {
        this.node.append(element("p", { class: "quiet-text" }, "Choose a tensor to see its values."));
    }

    /** Shows a tensor. While one is decoded, only the last of those asked for meanwhile is decoded next. */
    show(name: string): void {
        this.#wanted = name;
        const tensor = this.file.tensors.find((each) => each.name === name);
        if (tensor) {
            refill(this.node, heading(tensor), facts(tensor), element("p", { class: "loading" }, "Decoding …"));
        }
        if (!this.#busy) {
            void this.#work();
        }
    }

    async #work(): Promise<void> {
        this.#busy = true;
        let done = "";
        while (done !== this.#wanted) {
            done = this.#wanted;
            await this.#decode(done);
        }
        this.#busy = false;
    }

    async #decode(name: string): Promise<void> {
        const tensor = this.file.tensors.find((each) => each.name === name);
        if (!tensor) {
            return;
        }
        let content: HTMLElement[];
        try {
            const encoding = await this.client.ask("encoding", name);
            const values = await this.client.ask("values", name);
            content = sections(encoding, values);
        } catch (failure) {
            content = [failureView(failure)];
        }
        if (name === this.#wanted) {
            refill(this.node, heading(tensor), facts(tensor), ...content);
        }
    }
}

function heading({ name, elementType, shape: lengths, count: values }: TensorDescription): HTMLElement {
    return element(
        "header",
        {},
        element("h2", {}, name),
        element("p", {}, `${shape(lengths)} of ${elementType} · ${count(values)} values`),
    );
}

function facts(tensor: TensorDescription): HTMLElement {
    const rows: [string, string][] = [
        ["Stored", `${bytes(tensor.bytes)}, ${percent(tensor.share)} of the file`],
        ["Bits per weight", bits(tensor.bitsPerWeight)],
        ["Relative MSE", error(tensor.relativeMse)],
        ["Signal to noise", decibels(tensor.relativeMse)],
        ["Largest error", error(tensor.maxAbsError)],
    ];
    return list(rows);
}

function list(rows: readonly (readonly [string, string])[]): HTMLElement {
    return element(
        "dl",
        { class: "facts" },
        ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
    );
}

function sections(encoding: EncodingPart, values: TensorValues): HTMLElement[] {
    const { statistics, histogram, heatMap, firstValues, milliseconds } = values;
    return [
        element("section", {}, element("h3", {}, "Encoding"), encodingView(encoding)),
        ...(histogram ? [new HistogramView(histogram).node] : []),
        element("section", {}, element("h3", {}, "Values"), list(figures(statistics))),
        ...(heatMap ? [heatMapView(heatMap)] : []),
        element(
            "section",
            {},
            element("h3", {}, "First values"),
            element("p", { class: "values" }, firstValues.join("  ")),
            element("p", { class: "quiet-text" }, `Fetched, decoded and counted in ${duration(milliseconds)}.`),
        ),
    ];
}

function figures(statistics: Statistics): [string, string][] {
    const { count: total, zeros, notFinite, distinct } = statistics;
    return [
        ["Least", significant(statistics.least, 5)],
        ["Most", significant(statistics.most, 5)],
        ["Mean", significant(statistics.mean, 5)],
        ["Standard deviation", significant(statistics.deviation, 5)],
        ["Zeros", total ? `${count(zeros)}, ${percent(zeros / total)}` : UNKNOWN],
        ["Different values", distinct === undefined ? "more than 65,536" : count(distinct)],
        ...(notFinite ? [["Not finite", count(notFinite)] as [string, string]] : []),
    ];
}
