/** A pad to draw on with mouse, pen or finger; arrow keys and space draw, too. */

import { element } from "./dom.js";

/** Pixels along an edge. */
export const PAD_EDGE = 280;
const PEN = 22;
const KEY_STEP = 10;

/** A square of ink. */
export class Pad {
    readonly node: HTMLCanvasElement;
    readonly #context: CanvasRenderingContext2D;
    readonly #changed: (ink: Uint8Array) => void;
    #last: { x: number; y: number } | undefined;
    #pen = { x: PAD_EDGE / 2, y: PAD_EDGE / 2, isDown: false };

    constructor(changed: (ink: Uint8Array) => void) {
        this.#changed = changed;
        this.node = element("canvas", {
            class: "pad",
            width: PAD_EDGE,
            height: PAD_EDGE,
            tabindex: "0",
            role: "application",
            "aria-label": "Pad to draw a digit. With keys: arrows move the pen, space lowers and lifts it.",
        });
        this.#context = this.node.getContext("2d", { willReadFrequently: true })!;
        Object.assign(this.#context, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
        this.#listen();
    }

    /** Takes all ink away. */
    clear(): void {
        this.#context.clearRect(0, 0, PAD_EDGE, PAD_EDGE);
        this.#pen.isDown = false;
        this.#tell();
    }

    #listen(): void {
        this.node.addEventListener("pointerdown", (event) => {
            this.node.setPointerCapture(event.pointerId);
            this.#last = this.#place(event);
            this.#line(this.#last, this.#last);
            event.preventDefault();
        });
        this.node.addEventListener("pointermove", (event) => {
            if (this.#last) {
                for (const each of coalesced(event)) {
                    const next = this.#place(each);
                    this.#line(this.#last, next);
                    this.#last = next;
                }
                this.#tell();
            }
        });
        for (const name of ["pointerup", "pointercancel"] as const) {
            this.node.addEventListener(name, () => {
                this.#last = undefined;
                this.#tell();
            });
        }
        this.node.addEventListener("keydown", (event) => {
            this.#press(event);
        });
    }

    #press(event: KeyboardEvent): void {
        const moves: Readonly<Record<string, readonly [number, number]>> = {
            ArrowLeft: [-KEY_STEP, 0],
            ArrowRight: [KEY_STEP, 0],
            ArrowUp: [0, -KEY_STEP],
            ArrowDown: [0, KEY_STEP],
        };
        const move = moves[event.key];
        if (event.key === " ") {
            this.#pen.isDown = !this.#pen.isDown;
        } else if (!move) {
            return;
        }
        event.preventDefault();
        const from = { ...this.#pen };
        const within = (value: number): number => Math.max(0, Math.min(PAD_EDGE, value));
        this.#pen.x = within(this.#pen.x + (move?.[0] ?? 0));
        this.#pen.y = within(this.#pen.y + (move?.[1] ?? 0));
        if (this.#pen.isDown) {
            this.#line(from, this.#pen);
            this.#tell();
        }
    }

    #place({ clientX, clientY }: PointerEvent): { x: number; y: number } {
        const { left, top, width, height } = this.node.getBoundingClientRect();
        return { x: ((clientX - left) / width) * PAD_EDGE, y: ((clientY - top) / height) * PAD_EDGE };
    }

    #line(from: { x: number; y: number }, to: { x: number; y: number }): void {
        this.#context.beginPath();
        this.#context.moveTo(from.x, from.y);
        this.#context.lineTo(to.x, to.y);
        this.#context.stroke();
    }

    /** Ink is what is opaque. */
    #tell(): void {
        const { data } = this.#context.getImageData(0, 0, PAD_EDGE, PAD_EDGE);
        this.#changed(Uint8Array.from({ length: PAD_EDGE * PAD_EDGE }, (_, k) => data[4 * k + 3]!));
    }
}

/** All places since the last event; some browsers tell the last one alone. */
function coalesced(event: PointerEvent): readonly PointerEvent[] {
    const all = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
    return all.length ? all : [event];
}
