/** What the page shows before a file is open: where to drop one, an address, the sample. */

import { element } from "./dom.js";
import type { Place } from "./messages.js";

/** The sample beside the page. */
export const SAMPLE = "digits.qmodel";

/** Calls `open` with what the reader of the page chooses. */
export function landing(open: (place: Place) => void): HTMLElement {
    return element(
        "section",
        { class: "landing" },
        element("h1", {}, "Look inside a neural network file"),
        element(
            "p",
            { class: "lead" },
            "Tensors and how they are stored, the graph, golden samples. Networks that read digits run right here. ",
            "Nothing leaves this computer.",
        ),
        dropZone(open),
        addressForm(open),
        element(
            "p",
            { class: "sample" },
            "Nothing at hand? ",
            element(
                "button",
                {
                    type: "button",
                    class: "link",
                    id: "sample",
                    onclick: () => {
                        open({ url: new URL(SAMPLE, document.baseURI).href });
                    },
                },
                "Open the sample",
            ),
            ": a network of 115,562 weights that reads digits, in 43 kB.",
        ),
    );
}

function dropZone(open: (place: Place) => void): HTMLElement {
    const input = fileInput(open);
    return element(
        "label",
        { class: "drop" },
        input,
        element("span", { class: "drop-mark", "aria-hidden": "true" }, "⤓"),
        element("span", { class: "drop-text" }, "Drop a .qmodel file here"),
        element("span", { class: "drop-note" }, "or choose one from the disk"),
    );
}

/** An input that opens the file chosen. */
export function fileInput(open: (place: Place) => void): HTMLInputElement {
    const input = element("input", {
        type: "file",
        accept: ".qmodel",
        class: "unseen",
        "aria-label": "A .qmodel file",
        onchange: () => {
            const file = input.files?.[0];
            if (file) {
                open({ file });
            }
            input.value = "";
        },
    });
    return input;
}

function addressForm(open: (place: Place) => void): HTMLElement {
    const input = element("input", {
        id: "address",
        type: "url",
        required: true,
        placeholder: "https://…/network.qmodel",
        autocomplete: "off",
        spellcheck: "false",
    });
    return element(
        "form",
        {
            class: "address",
            onsubmit: (event: SubmitEvent) => {
                event.preventDefault();
                open({ url: input.value });
            },
        },
        element("label", { for: "address" }, "Address of a file"),
        input,
        element("button", { type: "submit" }, "Open"),
    );
}

/** Lets files be dropped anywhere on the page. */
export function acceptDrops(open: (place: Place) => void): void {
    const mark = (isOver: boolean): void => {
        document.body.classList.toggle("dropping", isOver);
    };
    addEventListener("dragover", (event) => {
        event.preventDefault();
        mark(true);
    });
    addEventListener("dragleave", (event) => {
        mark(event.relatedTarget !== null);
    });
    addEventListener("drop", (event) => {
        event.preventDefault();
        mark(false);
        const file = event.dataTransfer?.files[0];
        if (file) {
            open({ file });
        }
    });
}
