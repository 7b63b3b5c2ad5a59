/** The tensors: a filter, the table, and beside it the one that is chosen. */

import type { Client } from "../client.js";
import type { FileDescription } from "../description.js";
import { element } from "../dom.js";
import { count, plural } from "../figures.js";
import { TensorDetail } from "./tensor-detail.js";
import { TensorTable } from "./tensor-table.js";

/** The panel of the tensors. */
export class TensorsView {
    readonly node: HTMLElement;
    readonly #table: TensorTable;
    readonly #detail: TensorDetail;

    constructor(file: FileDescription, client: Client) {
        const shown = element("output", { class: "shown", "aria-live": "polite" });
        this.#detail = new TensorDetail(file, client);
        this.#table = new TensorTable(
            file,
            (name) => {
                this.#detail.show(name);
            },
            (number) => {
                const total = plural(file.tensors.length, "tensor");
                shown.textContent = number === file.tensors.length ? total : `${count(number)} of ${total}`;
            },
        );
        this.node = element(
            "div",
            { class: "tensors" },
            element("div", { class: "toolbar" }, this.#filter(), shown),
            element("div", { class: "split" }, this.#table.node, this.#detail.node),
        );
    }

    /** Shows a tensor, as if it had been clicked. */
    select(name: string): void {
        this.#table.mark(name);
        this.#detail.show(name);
    }

    #filter(): HTMLElement {
        const input = element("input", {
            type: "search",
            placeholder: "Filter by name, encoding or type",
            "aria-label": "Filter tensors by name, encoding or type",
            autocomplete: "off",
            spellcheck: "false",
            oninput: () => {
                this.#table.filter(input.value);
            },
        });
        return input;
    }
}
