/** The graph as a list of its nodes, in their order. */

import { element } from "../dom.js";
import type { Box, Flow } from "./flow.js";

/** A table of all boxes. */
export function nodeList({ boxes }: Flow, choose: (box: Box) => void): HTMLElement {
    const rows = boxes.map((box, k) => {
        const name = box.node?.name ?? "";
        const button = element(
            "button",
            {
                type: "button",
                class: "link",
                onclick: () => {
                    choose(box);
                },
            },
            box.title,
        );
        return element(
            "tr",
            {},
            element("td", { class: "number" }, String(k + 1)),
            element("td", {}, button, box.kind === "node" ? undefined : element("span", { class: "tag" }, box.kind)),
            element("td", { class: "name", title: name }, name),
            element("td", {}, box.note),
            element("td", { class: "name" }, (box.node?.inputs ?? []).filter(Boolean).join(", ")),
        );
    });
    const heads = ["#", "Operator", "Name", "", "Reads"].map((label) => element("th", { scope: "col" }, label));
    return element(
        "div",
        { class: "scroller" },
        element(
            "table",
            { class: "node-list" },
            element("thead", {}, element("tr", {}, ...heads)),
            element("tbody", {}, ...rows),
        ),
    );
}
