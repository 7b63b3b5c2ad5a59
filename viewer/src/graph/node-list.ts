/** The graph as a list of its nodes, in their order. */

import { element } from "../dom.js";
import { count } from "../figures.js";
import type { Box, Flow } from "./flow.js";

/** Rows that are made at a time. */
const PAGE = 2000;
const MOST_NAMES = 8;

/** A table of all boxes; those of large graphs are made as they are asked for. */
export function nodeList({ boxes }: Flow, choose: (box: Box) => void): HTMLElement {
    const body = element("tbody");
    const more = element("button", { type: "button", class: "more" });
    const extend = (): void => {
        const shown = body.childElementCount;
        body.append(...boxes.slice(shown, shown + PAGE).map((box, k) => rowOf(box, shown + k + 1, choose)));
        const rest = boxes.length - body.childElementCount;
        more.textContent = `Show more: ${count(rest)} left`;
        more.hidden = rest === 0;
    };
    more.addEventListener("click", extend);
    extend();
    const heads = ["#", "Operator", "Name", "", "Reads"].map((label) => element("th", { scope: "col" }, label));
    return element(
        "div",
        { class: "scroller" },
        element("table", { class: "node-list" }, element("thead", {}, element("tr", {}, ...heads)), body),
        more,
    );
}

function rowOf(box: Box, number: number, choose: (box: Box) => void): HTMLElement {
    const name = box.node?.name ?? "";
    const use = (): void => {
        choose(box);
    };
    const read = (box.node?.inputs ?? []).filter(Boolean);
    const rest = read.length > MOST_NAMES ? ", …" : "";
    return element(
        "tr",
        {},
        element("td", { class: "number" }, String(number)),
        element(
            "td",
            {},
            element("button", { type: "button", class: "link", onclick: use }, box.title),
            box.kind !== "node" && element("span", { class: "tag" }, box.kind),
        ),
        element("td", { class: "name", title: name }, name),
        element("td", {}, box.note),
        element("td", { class: "name" }, read.slice(0, MOST_NAMES).join(", ") + rest),
    );
}
