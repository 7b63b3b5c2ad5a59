/** The graph: drawn in layers or as a list, and beside it the node that is chosen. */

import type { FileDescription, GraphDescription } from "../description.js";
import { element, refill } from "../dom.js";
import { count, plural } from "../figures.js";
import { Drawing } from "./drawing.js";
import { flowOf, type Box } from "./flow.js";
import { nodeList } from "./node-list.js";
import { layOut } from "./layout.js";
import { boxPanel } from "./node-panel.js";

/** Larger graphs are shown as a list at first. */
const MOST_DRAWN = 3000;

/** The panel of the graph. */
export function graphView(
    file: FileDescription,
    graph: GraphDescription,
    showTensor: (name: string) => void,
): HTMLElement {
    const flow = flowOf(graph, new Map(file.tensors.map((tensor) => [tensor.name, tensor])));
    const aside = element("aside", { class: "detail", "aria-label": "The node chosen", "aria-live": "polite" });
    const stage = element("div", { class: "stage" });
    const choose = (box: Box): void => {
        refill(aside, boxPanel(box, flow, choose, showTensor));
    };
    refill(
        aside,
        element("p", { class: "quiet-text" }, "Choose a node to see what it reads and makes."),
        operators(graph),
    );
    const draw = (): void => {
        const layout = layOut(flow.boxes.length, flow.arrows);
        const tooLarge = element(
            "p",
            { class: "stage-note" },
            "The graph is too large to be drawn; the list has it all.",
        );
        refill(stage, layout ? new Drawing(flow, layout, choose).node : tooLarge);
    };
    const list = (): void => {
        refill(stage, nodeList(flow, choose));
    };
    const isDrawn = flow.boxes.length <= MOST_DRAWN;
    (isDrawn ? draw : list)();
    return element(
        "div",
        { class: "graph" },
        element(
            "div",
            { class: "toolbar" },
            switcher(isDrawn, draw, list),
            element("output", { class: "shown" }, `${plural(graph.nodes.length, "node")}, opset ${graph.opset}`),
        ),
        element("div", { class: "split" }, stage, aside),
    );
}

function switcher(isDrawn: boolean, draw: () => void, list: () => void): HTMLElement {
    const option = (label: string, checked: boolean, show: () => void): HTMLElement =>
        element(
            "label",
            {},
            element("input", { type: "radio", name: "graph-form", checked, onchange: show }),
            element("span", {}, label),
        );
    return element(
        "div",
        { class: "switch", role: "radiogroup", "aria-label": "Form of the graph" },
        option("Drawing", isDrawn, draw),
        option("List", !isDrawn, list),
    );
}

/** How often each operator is used. */
function operators({ nodes }: GraphDescription): HTMLElement {
    const counts = new Map<string, number>();
    nodes.forEach(({ operator }) => counts.set(operator, (counts.get(operator) ?? 0) + 1));
    const rows = [...counts].sort(([, one], [, other]) => other - one);
    return element(
        "section",
        {},
        element("h3", {}, "Operators"),
        element(
            "dl",
            { class: "facts" },
            ...rows.flatMap(([name, number]) => [element("dt", {}, name), element("dd", {}, count(number))]),
        ),
    );
}
