/** A canvas to draw a digit on, and what the network makes of it while it is drawn. */

import type { Client } from "./client.js";
import type { Classification } from "./description.js";
import { digitImage, IMAGE_EDGE } from "./digit-image.js";
import { element, refill } from "./dom.js";
import { failureView } from "./failure-view.js";
import { duration, percent } from "./figures.js";
import { Pad, PAD_EDGE } from "./pad.js";

/** The panel for drawing. */
export function digitsView(client: Client): HTMLElement {
    const seen = element("canvas", {
        class: "seen",
        width: IMAGE_EDGE,
        height: IMAGE_EDGE,
        role: "img",
        "aria-label": "The 28 × 28 pixels that the network sees",
    });
    const result = element("div", { class: "classes", "aria-live": "polite" });
    const classifier = new Classifier(client, result);
    const pad = new Pad((ink) => {
        const image = digitImage(ink, PAD_EDGE);
        paint(seen, image);
        classifier.show(image.some((pixel) => pixel > 0) ? image : undefined);
    });
    classifier.show(undefined);
    return element(
        "div",
        { class: "digits" },
        element(
            "section",
            { class: "card" },
            element("h2", {}, "Draw a digit"),
            pad.node,
            element(
                "div",
                { class: "pad-foot" },
                element(
                    "button",
                    {
                        type: "button",
                        id: "clear",
                        onclick: () => {
                            pad.clear();
                        },
                    },
                    "Clear",
                ),
                element("span", { class: "spring" }),
                element("span", { class: "quiet-text" }, "What the network sees:"),
                seen,
            ),
        ),
        element("section", { class: "card" }, element("h2", {}, "What it is"), result),
    );
}

function paint(canvas: HTMLCanvasElement, image: Uint8Array): void {
    const pixels = new ImageData(IMAGE_EDGE, IMAGE_EDGE);
    image.forEach((pixel, k) => {
        pixels.data.set([pixel, pixel, pixel, 255], 4 * k);
    });
    canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}

/** Asks the network about the newest image, one at a time. */
class Classifier {
    #newest: Uint8Array<ArrayBuffer> | undefined;
    #busy = false;

    constructor(
        private readonly client: Client,
        private readonly result: HTMLElement,
    ) {}

    /** Shows what the network makes of an image; undefined for an empty one. */
    show(image: Uint8Array<ArrayBuffer> | undefined): void {
        this.#newest = image;
        if (!this.#busy) {
            void this.#work();
        }
    }

    async #work(): Promise<void> {
        this.#busy = true;
        let done: Uint8Array | undefined;
        do {
            done = this.#newest;
            await this.#classify(this.#newest);
        } while (done !== this.#newest);
        this.#busy = false;
    }

    async #classify(image: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
        if (!image) {
            refill(this.result, bars({ probabilities: new Array<number>(10).fill(0), milliseconds: NaN }));
            return;
        }
        try {
            refill(this.result, bars(await this.client.ask("classify", image)));
        } catch (failure) {
            refill(this.result, failureView(failure));
        }
    }
}

function bars({ probabilities, milliseconds }: Classification): HTMLElement {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const isEmpty = Number.isNaN(milliseconds);
    const rows = probabilities.map((probability, digit) =>
        element(
            "li",
            { class: digit === best && !isEmpty ? "best" : "", "data-class": digit },
            element("span", { class: "class-name" }, String(digit)),
            element("span", { class: "class-bar" }, element("span", { style: `width: ${100 * probability}%` })),
            element("span", { class: "class-value" }, isEmpty ? "" : percent(probability)),
        ),
    );
    const words = isEmpty
        ? "Draw with the mouse, a pen or a finger."
        : `A ${best}, computed in ${duration(milliseconds)} from the weights in the file.`;
    return element(
        "div",
        {},
        element("ol", { class: "class-list" }, ...rows),
        element("p", { class: "quiet-text" }, words),
    );
}
