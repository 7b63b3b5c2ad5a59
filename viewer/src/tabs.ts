/** Tabs, by the pattern of the ARIA Authoring Practices: arrows move, one panel is shown. */

import { element } from "./dom.js";

/** One tab. */
export interface Tab {
    readonly id: string;
    readonly label: string;
    /** Small text behind the label. */
    readonly note?: string | undefined;
    /** Makes the panel's content, when the tab is first shown. */
    readonly content: () => HTMLElement;
}

/** A list of tabs with the panel of the one chosen; contents stay once they are made. */
export class Tabs {
    readonly node: HTMLElement;
    readonly #tabs: readonly Tab[];
    readonly #buttons: readonly HTMLButtonElement[];
    readonly #panels: readonly HTMLElement[];

    constructor(tabs: readonly Tab[], label: string) {
        this.#tabs = tabs;
        this.#buttons = tabs.map((tab, k) => this.#button(tab, k));
        this.#panels = tabs.map(({ id }) =>
            element("div", {
                id: `panel-${id}`,
                role: "tabpanel",
                "aria-labelledby": `tab-${id}`,
                class: "panel",
                tabindex: "0",
                hidden: true,
            }),
        );
        this.node = element(
            "div",
            { class: "tabs" },
            element("div", { role: "tablist", "aria-label": label, class: "tablist" }, ...this.#buttons),
            ...this.#panels,
        );
        this.show(tabs[0]?.id ?? "");
    }

    /** Shows a tab. */
    show(id: string): void {
        this.#tabs.forEach((tab, k) => {
            const isShown = tab.id === id;
            const [button, panel] = [this.#buttons[k]!, this.#panels[k]!];
            button.setAttribute("aria-selected", String(isShown));
            button.tabIndex = isShown ? 0 : -1;
            panel.hidden = !isShown;
            if (isShown && panel.childElementCount === 0) {
                panel.append(tab.content());
            }
        });
    }

    #button({ id, label, note }: Tab, k: number): HTMLButtonElement {
        return element(
            "button",
            {
                type: "button",
                id: `tab-${id}`,
                role: "tab",
                "aria-controls": `panel-${id}`,
                onclick: () => {
                    this.show(id);
                },
                onkeydown: (event: KeyboardEvent) => {
                    this.#move(event, k);
                },
            },
            label,
            note !== undefined && element("span", { class: "note" }, note),
        );
    }

    #move(event: KeyboardEvent, from: number): void {
        const last = this.#tabs.length - 1;
        const to = {
            ArrowRight: from === last ? 0 : from + 1,
            ArrowLeft: from === 0 ? last : from - 1,
            Home: 0,
            End: last,
        }[event.key];
        if (to !== undefined) {
            event.preventDefault();
            this.show(this.#tabs[to]!.id);
            this.#buttons[to]!.focus();
        }
    }
}
