/** The drawing of a graph: boxes that can be chosen, scrolled, dragged and zoomed. */

import { drawn, element } from "../dom.js";
import type { Box, Flow } from "./flow.js";
import { BOX, type Layout, type Point } from "./layout.js";

const ZOOMS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6, 2];
const NATURAL = ZOOMS.indexOf(1);
const LETTERS = 21;

/** A drawn graph. */
export class Drawing {
    readonly node: HTMLElement;
    readonly #layout: Layout;
    readonly #picture: SVGSVGElement;
    readonly #scroller: HTMLElement;
    #zoom = NATURAL;
    #chosen: SVGElement | undefined;

    constructor(flow: Flow, layout: Layout, choose: (box: Box) => void) {
        this.#layout = layout;
        const { width, height, boxes, paths } = this.#layout;
        this.#picture = drawn(
            "svg",
            { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "The graph, from inputs to outputs" },
            head(),
            ...paths.map((points) =>
                drawn("path", { class: "arrow-line", d: curve(points), "marker-end": "url(#head)" }),
            ),
            ...flow.boxes.map((box, k) => this.#box(box, boxes[k]!, choose)),
        );
        this.#scroller = element("div", { class: "scroller" }, this.#picture);
        this.node = element("div", { class: "drawing" }, this.#scroller, this.#buttons());
        this.#scale(NATURAL);
        dragToScroll(this.#scroller);
        requestAnimationFrame(() => {
            this.#scroller.scrollLeft = (this.#scroller.scrollWidth - this.#scroller.clientWidth) / 2;
        });
    }

    #box(box: Box, { x, y }: Point, choose: (box: Box) => void): SVGElement {
        const use = (): void => {
            this.#chosen?.classList.remove("chosen");
            made.classList.add("chosen");
            this.#chosen = made;
            choose(box);
        };
        const made: SVGElement = drawn(
            "g",
            {
                class: `box box-${familyOf(box)}`,
                transform: `translate(${x}, ${y})`,
                tabindex: "0",
                role: "button",
                "aria-label": `${box.title} ${box.note} ${box.node?.name ?? ""}`,
                onclick: use,
                onkeydown: (event: KeyboardEvent) => {
                    if (event.key === "Enter" || event.key === " ") {
                        event.preventDefault();
                        use();
                    }
                },
            },
            drawn("title", {}, box.node?.name ?? box.title),
            drawn("rect", { width: BOX.width, height: BOX.height, rx: 8 }),
            drawn("text", { x: BOX.width / 2, y: box.note ? 20 : 28, class: "box-title" }, cut(box.title, LETTERS)),
            box.note !== "" &&
                drawn("text", { x: BOX.width / 2, y: 36, class: "box-note" }, cut(box.note, LETTERS + 4)),
        );
        return made;
    }

    #buttons(): HTMLElement {
        const button = (label: string, text: string, zoom: () => number): HTMLElement =>
            element(
                "button",
                {
                    type: "button",
                    class: "quiet",
                    "aria-label": label,
                    title: label,
                    onclick: () => {
                        this.#scale(zoom());
                    },
                },
                text,
            );
        return element(
            "div",
            { class: "zoom" },
            button("Smaller", "−", () => this.#zoom - 1),
            button("Larger", "+", () => this.#zoom + 1),
            button("Natural size", "1:1", () => NATURAL),
        );
    }

    #scale(zoom: number): void {
        this.#zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom));
        const { width, height } = this.#layout;
        const factor = ZOOMS[this.#zoom]!;
        this.#picture.setAttribute("width", String(Math.ceil(width * factor)));
        this.#picture.setAttribute("height", String(Math.ceil(height * factor)));
    }
}

/** What colours a box: whether it has weights, bends numbers, moves them, or is an end. */
function familyOf({ kind, title, tensors }: Box): string {
    if (kind !== "node") {
        return kind;
    }
    if (tensors.some(({ count }) => count > 1) && !/^(Reshape|Squeeze|Unsqueeze|Slice|Transpose|Gather$)/.test(title)) {
        return "weights";
    }
    if (/relu|sigmoid|tanh|softmax|elu|swish|erf|clip|exp|sqrt|pow/i.test(title)) {
        return "activation";
    }
    return /pool|reduce|norm/i.test(title) ? "reduction" : "plain";
}

function cut(text: string, room: number): string {
    return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

function head(): SVGElement {
    const tip = drawn("path", { d: "M0 0 L7 3.5 L0 7 z" });
    const marker = {
        id: "head",
        viewBox: "0 0 7 7",
        refX: 6.5,
        refY: 3.5,
        markerWidth: 7,
        markerHeight: 7,
        orient: "auto",
    };
    return drawn("defs", {}, drawn("marker", marker, tip));
}

/** Straight where an arrow passes a layer, bent between layers. */
function curve([first, ...rest]: readonly Point[]): string {
    let [from, path] = [first!, `M${first!.x} ${first!.y}`];
    for (const to of rest) {
        const middle = (from.y + to.y) / 2;
        path += from.x === to.x ? `V${to.y}` : `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
        from = to;
    }
    return path;
}

function dragToScroll(scroller: HTMLElement): void {
    let from: { x: number; y: number; left: number; top: number } | undefined;
    scroller.addEventListener("pointerdown", (event) => {
        if (event.pointerType === "mouse") {
            from = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop };
        }
    });
    addEventListener("pointermove", (event) => {
        if (from) {
            scroller.scrollTo(from.left + from.x - event.clientX, from.top + from.y - event.clientY);
        }
    });
    addEventListener("pointerup", () => {
        from = undefined;
    });
}
