/** One box of the graph: what it reads, makes, and how it is set. */

import { element } from "../dom.js";
import { bits, shape } from "../figures.js";
import type { Box, Flow } from "./flow.js";

/** The panel of a box, with links to its tensors and neighbours. */
export function boxPanel(
    box: Box,
    flow: Flow,
    choose: (box: Box) => void,
    showTensor: (name: string) => void,
): DocumentFragment {
    const panel = document.createDocumentFragment();
    const at = flow.boxes.indexOf(box);
    const note = box.node ? box.node.name || "without a name" : `${box.kind} of the network: ${box.note}`;
    panel.append(element("header", {}, element("h2", {}, box.title), element("p", {}, note)));
    if (box.node) {
        const { inputs, outputs, attributes } = box.node;
        panel.append(
            section("Reads", ...inputs.filter(Boolean).map((name) => valueLink(name, box, flow, choose, showTensor))),
            section("Makes", ...outputs.filter(Boolean).map((name) => element("li", {}, name))),
        );
        if (attributes.length) {
            const rows = attributes.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
            panel.append(
                element("section", {}, element("h3", {}, "Attributes"), element("dl", { class: "facts" }, ...rows)),
            );
        }
    }
    const readers = flow.arrows.filter(({ from }) => from === at).map(({ to }) => flow.boxes[to]!);
    if (readers.length) {
        panel.append(section("Read by", ...readers.map((reader) => element("li", {}, boxLink(reader, choose)))));
    }
    return panel;
}

function section(title: string, ...items: HTMLElement[]): HTMLElement {
    return element("section", {}, element("h3", {}, title), element("ul", { class: "values-list" }, ...items));
}

function valueLink(
    name: string,
    box: Box,
    flow: Flow,
    choose: (box: Box) => void,
    showTensor: (name: string) => void,
): HTMLElement {
    const tensor = box.tensors.find((each) => each.name === name);
    if (tensor) {
        const text = `${shape(tensor.shape)} of ${tensor.elementType}, ${bits(tensor.bitsPerWeight)} bits per weight`;
        const show = (): void => {
            showTensor(name);
        };
        const link = element("button", { type: "button", class: "link", onclick: show }, name);
        return element("li", {}, link, element("span", { class: "quiet-text" }, text));
    }
    const at = flow.boxes.indexOf(box);
    const arrow = flow.arrows.find(({ to, value }) => to === at && value === name);
    const maker = arrow && flow.boxes[arrow.from];
    return element(
        "li",
        {},
        name,
        maker && element("span", { class: "quiet-text" }, "made by ", boxLink(maker, choose)),
    );
}

function boxLink(box: Box, choose: (box: Box) => void): HTMLElement {
    const use = (): void => {
        choose(box);
    };
    return element("button", { type: "button", class: "link", onclick: use }, box.title);
}
