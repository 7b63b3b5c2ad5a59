/** A table of thousands of tensors: only the rows in sight are elements (ARIA treegrid). */

import type { FileDescription } from "../description.js";
import { element, refill } from "../dom.js";
import { rowView } from "./row-view.js";
import { filtered, rowsOf, type Column, type Order, type Row } from "./rows.js";

const ROW_HEIGHT = 34;
const MARGIN = 12;

const COLUMNS: readonly { readonly column: Column; readonly label: string; readonly isNumber?: boolean }[] = [
    { column: "name", label: "Tensor" },
    { column: "shape", label: "Shape" },
    { column: "type", label: "Type" },
    { column: "encoding", label: "Encoding" },
    { column: "bytes", label: "Bytes", isNumber: true },
    { column: "bits", label: "Bits/w", isNumber: true },
    { column: "error", label: "Rel. MSE", isNumber: true },
    { column: "share", label: "Share of file" },
];

/** The table; calls `choose` with the name of a tensor that is chosen. */
export class TensorTable {
    readonly node: HTMLElement;
    readonly #body: HTMLElement;
    readonly #space: HTMLElement;
    readonly #heads: ReadonlyMap<Column, HTMLElement>;
    readonly #closed = new Set<string>();
    #filter = "";
    #order: Order = { column: "name", descending: false };
    #rows: readonly Row[] = [];
    #fullShare = 1;
    #active = 0;
    #chosen = "";

    constructor(
        private readonly file: FileDescription,
        private readonly choose: (name: string) => void,
        private readonly counted: (shown: number) => void,
    ) {
        this.#space = element("div", { class: "row-space", role: "presentation" });
        this.#body = element(
            "div",
            {
                class: "table-body",
                role: "rowgroup",
                onscroll: () => {
                    this.#paint();
                },
            },
            this.#space,
        );
        this.#heads = new Map(
            COLUMNS.map(({ column, label, isNumber }) => [column, this.#head(column, label, isNumber)]),
        );
        this.node = element(
            "div",
            {
                class: "table",
                role: "treegrid",
                tabindex: "0",
                "aria-label": "Tensors",
                "aria-colcount": COLUMNS.length,
                onkeydown: (event: KeyboardEvent) => {
                    this.#press(event);
                },
            },
            element("div", { class: "table-head row", role: "row", "aria-rowindex": "1" }, ...this.#heads.values()),
            this.#body,
        );
        new ResizeObserver(() => {
            this.#paint();
        }).observe(this.#body);
        this.#arrange();
    }

    /** Shows only tensors that have every word of the filter. */
    filter(text: string): void {
        this.#filter = text;
        this.#active = 0;
        this.#body.scrollTop = 0;
        this.#arrange();
    }

    /** Marks a tensor and scrolls to it; groups around it are opened. */
    mark(name: string): void {
        this.#chosen = name;
        for (const path of [...this.#closed].filter((each) => name.startsWith(each))) {
            this.#closed.delete(path);
        }
        this.#arrange();
        const at = this.#rows.findIndex(({ tensor }) => tensor?.name === name);
        if (at >= 0) {
            this.#activate(at);
        }
    }

    #head(column: Column, label: string, isNumber = false): HTMLElement {
        const button = element(
            "button",
            {
                type: "button",
                tabindex: "-1",
                onclick: () => {
                    this.#sort(column);
                },
            },
            label,
        );
        return element("div", { role: "columnheader", class: `cell ${column}${isNumber ? " number" : ""}` }, button);
    }

    #sort(column: Column): void {
        const isSame = this.#order.column === column;
        const startsDescending = !["name", "type", "encoding"].includes(column);
        this.#order = { column, descending: isSame ? !this.#order.descending : startsDescending };
        this.#active = 0;
        this.#body.scrollTop = 0;
        this.#arrange();
    }

    /** Works the rows out anew. */
    #arrange(): void {
        const tensors = filtered(this.file.tensors, this.#filter);
        const closed = this.#filter ? new Set<string>() : this.#closed;
        this.#rows = rowsOf(tensors, this.#order, closed);
        this.#fullShare = tensors.reduce((most, { share }) => Math.max(most, share), 1e-9);
        this.counted(tensors.length);
        this.node.setAttribute("aria-rowcount", String(this.#rows.length + 1));
        this.#space.style.height = `${this.#rows.length * ROW_HEIGHT}px`;
        for (const [column, head] of this.#heads) {
            const isSorted = this.#order.column === column;
            head.setAttribute("aria-sort", isSorted ? (this.#order.descending ? "descending" : "ascending") : "none");
        }
        this.#paint();
    }

    /** Makes the rows in sight. */
    #paint(): void {
        const first = Math.max(0, Math.floor(this.#body.scrollTop / ROW_HEIGHT) - MARGIN);
        const count = Math.ceil((this.#body.clientHeight || 600) / ROW_HEIGHT) + 2 * MARGIN;
        const shown = this.#rows.slice(first, first + count).map((row, k) => this.#row(row, first + k));
        refill(this.#space, ...shown);
        this.node.setAttribute("aria-activedescendant", `row-${this.#active}`);
    }

    #row(row: Row, at: number): HTMLElement {
        return rowView(row, {
            id: `row-${at}`,
            index: at + 2,
            top: at * ROW_HEIGHT,
            isActive: at === this.#active,
            isChosen: row.tensor?.name === this.#chosen,
            isOpen: row.group ? this.#filter !== "" || !this.#closed.has(row.group.path) : undefined,
            fullShare: this.#fullShare,
            click: () => {
                this.#active = at;
                this.#use(row);
            },
        });
    }

    #use({ tensor, group }: Row): void {
        if (tensor) {
            this.#chosen = tensor.name;
            this.choose(tensor.name);
            this.#paint();
        } else if (group) {
            this.#toggle(group.path, this.#closed.has(group.path));
        }
    }

    #toggle(path: string, isOpen: boolean): void {
        if (isOpen) {
            this.#closed.delete(path);
        } else {
            this.#closed.add(path);
        }
        this.#arrange();
    }

    #press(event: KeyboardEvent): void {
        const page = Math.max(1, Math.floor(this.#body.clientHeight / ROW_HEIGHT) - 1);
        const moves: Readonly<Record<string, number>> = {
            ArrowDown: 1,
            ArrowUp: -1,
            PageDown: page,
            PageUp: -page,
            Home: -this.#rows.length,
            End: this.#rows.length,
        };
        const move = moves[event.key];
        const row = this.#rows[this.#active];
        if (event.target !== this.node || !row) {
            return;
        }
        if (move !== undefined) {
            this.#activate(this.#active + move);
        } else if (event.key === "Enter" || event.key === " ") {
            this.#use(row);
        } else if (row.group && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
            this.#toggle(row.group.path, event.key === "ArrowRight");
        } else {
            return;
        }
        event.preventDefault();
    }

    /** Moves to a row and brings it into sight. */
    #activate(at: number): void {
        this.#active = Math.min(this.#rows.length - 1, Math.max(0, at));
        const [top, height] = [this.#active * ROW_HEIGHT, this.#body.clientHeight];
        if (top < this.#body.scrollTop) {
            this.#body.scrollTop = top;
        } else if (height && top + ROW_HEIGHT > this.#body.scrollTop + height) {
            this.#body.scrollTop = top + ROW_HEIGHT - height;
        }
        this.#paint();
    }
}
