/** Golden samples: run here, and compared with what they must give. */

import type { Client } from "./client.js";
import type { FileDescription, ReplayedDescription } from "./description.js";
import { element, refill } from "./dom.js";
import { failureView } from "./failure-view.js";
import { duration, error, plural } from "./figures.js";

/** The panel of the golden samples. */
export function goldenView(file: FileDescription, client: Client): HTMLElement {
    const result = element("div", { class: "result", "aria-live": "polite" });
    const button = element("button", { type: "button", class: "primary" }, "Run and compare");
    button.addEventListener("click", () => {
        button.disabled = true;
        void run(client, result).finally(() => {
            button.disabled = false;
        });
    });
    return element(
        "div",
        { class: "golden" },
        element(
            "section",
            { class: "card" },
            element("h2", {}, plural(file.golden.length, "golden sample")),
            element(
                "p",
                {},
                "The file holds inputs of its network with the outputs they must give. Running them here shows that this ",
                "page decodes the weights and computes the network rightly.",
            ),
            samples(file),
            button,
            result,
        ),
    );
}

function samples(file: FileDescription): HTMLElement {
    const items = file.golden.slice(0, 8).map(({ inputs, outputs }, k) => {
        const named = (values: typeof inputs): string =>
            values.map(({ name, elementType, shape }) => `${name} (${elementType} ${shape})`).join(", ");
        return element("li", {}, `Sample ${k + 1}: ${named(inputs)} → ${named(outputs)}`);
    });
    return element("ul", { class: "sample-list" }, ...items);
}

async function run(client: Client, result: HTMLElement): Promise<void> {
    refill(result, element("p", { class: "loading" }, "Running …"));
    const started = performance.now();
    try {
        const outputs = await client.ask("replay", null);
        refill(result, verdict(outputs, performance.now() - started), comparison(outputs));
    } catch (failure) {
        refill(result, failureView(failure));
    }
}

function verdict(outputs: readonly ReplayedDescription[], milliseconds: number): HTMLElement {
    const wrong = outputs.filter(({ fits }) => !fits).length;
    return wrong
        ? element("p", { class: "verdict bad" }, `✗ ${wrong} of ${plural(outputs.length, "output")} are too far off.`)
        : element(
              "p",
              { class: "verdict good" },
              `✓ ${plural(outputs.length, "output")} as expected, in ${duration(milliseconds)}.`,
          );
}

function comparison(outputs: readonly ReplayedDescription[]): HTMLElement {
    const rows = outputs.map((output) =>
        element(
            "tr",
            {},
            element("td", { class: output.fits ? "good" : "bad" }, output.fits ? "✓" : "✗"),
            element("td", {}, String(output.sample + 1)),
            element("td", {}, output.output),
            element("td", { class: "number" }, error(output.largest)),
            element(
                "td",
                { class: "number" },
                `${error(output.absoluteTolerance)} + ${error(output.relativeTolerance)} · |e|`,
            ),
            element(
                "td",
                { class: "values" },
                element("span", {}, `expected ${output.expected.join("  ")}`),
                element("span", {}, `found ${output.found.join("  ")}`),
            ),
        ),
    );
    const heads = ["", "Sample", "Output", "Largest difference", "Tolerance", "First numbers"];
    const isNumber = (label: string): boolean => ["Largest difference", "Tolerance"].includes(label);
    return element(
        "div",
        { class: "scroller" },
        element(
            "table",
            {},
            element(
                "thead",
                {},
                element(
                    "tr",
                    {},
                    ...heads.map((label) =>
                        element("th", { scope: "col", class: isNumber(label) ? "number" : "" }, label),
                    ),
                ),
            ),
            element("tbody", {}, ...rows),
        ),
    );
}
