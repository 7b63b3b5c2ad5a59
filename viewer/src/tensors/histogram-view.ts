/** A histogram with a linear or a logarithmic scale. */

import type { Histogram } from "../description.js";
import { drawn, element, refill } from "../dom.js";
import { count, significant } from "../figures.js";

const WIDTH = 480;
const HEIGHT = 150;
const FOOT = 18;

/** The section with the histogram. */
export class HistogramView {
    readonly node: HTMLElement;
    readonly #histogram: Histogram;
    readonly #picture: HTMLElement;

    constructor(histogram: Histogram) {
        this.#histogram = histogram;
        this.#picture = element("div");
        const box = element("input", {
            type: "checkbox",
            onchange: () => {
                this.#draw(box.checked);
            },
        });
        this.node = element(
            "section",
            {},
            element(
                "div",
                { class: "section-head" },
                element("h3", {}, "Distribution"),
                element("label", { class: "check" }, box, "logarithmic"),
            ),
            this.#picture,
        );
        this.#draw(false);
    }

    #draw(isLogarithmic: boolean): void {
        const { counts, least, most } = this.#histogram;
        const heights = counts.map((number) => (isLogarithmic ? Math.log1p(number) : number));
        const highest = Math.max(...heights, Number.MIN_VALUE);
        const step = WIDTH / counts.length;
        const bars = heights.map((height, k) => {
            const tall = height === 0 ? 0 : Math.max(1, (height / highest) * HEIGHT);
            const from = least + ((most - least) * k) / counts.length;
            const to = least + ((most - least) * (k + 1)) / counts.length;
            const title = `${significant(from, 3)} to ${significant(to, 3)}: ${count(counts[k]!)}`;
            return drawn(
                "g",
                {},
                drawn("title", {}, title),
                drawn("rect", { class: "bin-room", x: k * step, y: 0, width: step, height: HEIGHT }),
                drawn("rect", {
                    class: "bin",
                    x: k * step + 0.4,
                    y: HEIGHT - tall,
                    width: Math.max(0.5, step - 0.8),
                    height: tall,
                }),
            );
        });
        const label = `Histogram of the values from ${significant(least, 3)} to ${significant(most, 3)}`;
        refill(
            this.#picture,
            drawn(
                "svg",
                { class: "histogram", viewBox: `0 0 ${WIDTH} ${HEIGHT + FOOT}`, role: "img", "aria-label": label },
                ...bars,
                ...this.#axis(),
            ),
        );
    }

    /** The ends, and zero where it is well inside. */
    #axis(): SVGElement[] {
        const { least, most } = this.#histogram;
        const zero = -least / (most - least);
        const y = HEIGHT + FOOT - 4;
        return [
            drawn("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
            drawn("text", { x: 0, y }, significant(least, 3)),
            drawn("text", { x: WIDTH, y, "text-anchor": "end" }, significant(most, 3)),
            ...(zero > 0.15 && zero < 0.85
                ? [
                      drawn("line", { class: "axis", x1: zero * WIDTH, x2: zero * WIDTH, y1: 0, y2: HEIGHT + 3 }),
                      drawn("text", { x: zero * WIDTH, y, "text-anchor": "middle" }, "0"),
                  ]
                : []),
        ];
    }
}
