/** An encoding as a tree: each node and buffer on a line, with its options and its bytes. */

import type { EncodingPart } from "../description.js";
import { element } from "../dom.js";
import { bytes, count } from "../figures.js";
import { kindClass } from "../kinds.js";

/** The tree, whose bars are shares of the whole tensor's bytes. */
export function encodingView(root: EncodingPart): HTMLElement {
    return element("ul", { class: "encoding-tree" }, branch(root, Math.max(1, root.bytes)));
}

function branch(part: EncodingPart, whole: number): HTMLElement {
    const { kind, role, options, buffer, parts } = part;
    const described = buffer ? `${count(buffer.count)} ${buffer.elementType}, ${buffer.coding}` : "";
    return element(
        "li",
        {},
        element(
            "div",
            { class: "part" },
            element("span", { class: `${kindClass(kind)} swatch` }),
            role !== "" && element("span", { class: "role" }, role),
            element("strong", {}, kind),
            described !== "" && element("span", {}, described),
            ...options.map(([name, value]) => element("span", { class: "option" }, `${name} ${value}`)),
            element("span", { class: "spring" }),
            element("span", { class: "part-bytes" }, bytes(part.bytes)),
        ),
        element(
            "div",
            { class: "part-bar" },
            element("span", { class: kindClass(kind), style: `width: ${(100 * part.bytes) / whole}%` }),
        ),
        parts.length > 0 && element("ul", {}, ...parts.map((below) => branch(below, whole))),
    );
}
