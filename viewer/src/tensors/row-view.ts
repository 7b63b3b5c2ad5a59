/** One row of the table. */

import type { TensorDescription } from "../description.js";
import { element, type Child } from "../dom.js";
import { bits, bytes, error, percent, plural, shape, shortCount } from "../figures.js";
import { kindClass } from "../kinds.js";
import type { Group } from "./name-tree.js";
import type { Row } from "./rows.js";

/** How a row stands in the table. */
export interface Placement {
    readonly id: string;
    /** Number of the row for assistive technology, the head being 1. */
    readonly index: number;
    /** Pixels from the top of the space. */
    readonly top: number;
    readonly isActive: boolean;
    readonly isChosen: boolean;
    /** Whether a group is open; undefined for tensors. */
    readonly isOpen: boolean | undefined;
    /** The share of the file that fills a bar. */
    readonly fullShare: number;
    readonly click: () => void;
}

/** The elements of a row. */
export function rowView(row: Row, at: Placement): HTMLElement {
    const cells = row.tensor ? tensorCells(row.tensor, at) : row.group ? groupCells(row.group) : [];
    const classes = ["row", at.isActive && "active", at.isChosen && "chosen", row.group && "group"];
    return element(
        "div",
        {
            class: classes.filter(Boolean).join(" "),
            role: "row",
            id: at.id,
            "aria-rowindex": at.index,
            "aria-level": row.depth + 1,
            "aria-expanded": at.isOpen === undefined ? undefined : String(at.isOpen),
            "aria-selected": row.tensor ? String(at.isChosen) : undefined,
            style: `transform: translateY(${at.top}px)`,
            "data-tensor": row.tensor?.name,
            onclick: at.click,
        },
        nameCell(row, at.isOpen),
        ...cells,
    );
}

function nameCell({ depth, label, tensor }: Row, isOpen: boolean | undefined): HTMLElement {
    const arrow = isOpen === undefined ? undefined : element("span", { class: isOpen ? "arrow open" : "arrow" });
    return element(
        "div",
        { role: "gridcell", class: "cell name", style: `padding-left: ${12 + depth * 18}px`, title: tensor?.name },
        arrow ?? element("span", { class: "arrow none" }),
        label,
    );
}

function tensorCells(tensor: TensorDescription, { fullShare }: Placement): HTMLElement[] {
    return [
        cell("shape", shape(tensor.shape).replaceAll(" ", "")),
        cell("type", tensor.elementType),
        element(
            "div",
            { role: "gridcell", class: "cell encoding", title: tensor.encoding },
            element("span", { class: `${kindClass(tensor.kind)} swatch` }),
            tensor.encoding,
        ),
        cell("bytes number", bytes(tensor.bytes)),
        cell("bits number", bits(tensor.bitsPerWeight)),
        cell("error number", error(tensor.relativeMse)),
        shareCell(tensor.share, fullShare, kindClass(tensor.kind)),
    ];
}

function groupCells(group: Group): HTMLElement[] {
    return [
        cell("shape", `${shortCount(group.count)} values`),
        cell("type", ""),
        cell("encoding", plural(group.tensorCount, "tensor")),
        cell("bytes number", bytes(group.bytes)),
        cell("bits number", bits((group.bytes * 8) / Math.max(1, group.count))),
        cell("error number", ""),
        cell("share", element("span"), element("span", { class: "share-text" }, percent(group.share))),
    ];
}

function cell(name: string, ...children: Child[]): HTMLElement {
    return element("div", { role: "gridcell", class: `cell ${name}` }, ...children);
}

function shareCell(share: number, full: number, kind: string): HTMLElement {
    return cell(
        "share",
        element(
            "span",
            { class: "share-bar" },
            element("span", { class: kind, style: `width: ${(100 * share) / full}%` }),
        ),
        element("span", { class: "share-text" }, percent(share)),
    );
}
