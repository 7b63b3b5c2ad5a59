/** Tensors as tiles, each as large as its bytes. */

import type { FileDescription, TensorDescription } from "./description.js";
import { drawn, element } from "./dom.js";
import { bits, bytes, percent, plural } from "./figures.js";
import { kindClass } from "./kinds.js";
import { treemap, type Tile } from "./treemap.js";

const WIDTH = 1200;
const HEIGHT = 300;
const MOST_TILES = 300;
const LETTER = 7.7;

/** A treemap of the largest tensors; a click shows one. */
export function byteMap(file: FileDescription, showTensor: (name: string) => void): Element {
    const tensors = file.tensors
        .filter((tensor) => tensor.bytes > 0)
        .sort((one, other) => other.bytes - one.bytes)
        .slice(0, MOST_TILES);
    if (tensors.length === 0) {
        return element("p", { class: "quiet-text" }, "The file has no values.");
    }
    const tiles = treemap(
        tensors.map((tensor) => tensor.bytes),
        WIDTH,
        HEIGHT,
    );
    const label = `The ${plural(tensors.length, "largest tensor")}, each as large as its bytes`;
    return drawn(
        "svg",
        { class: "byte-map", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
        ...tiles.map((tile) => tileView(tile, tensors[tile.index]!, showTensor)),
    );
}

function tileView(tile: Tile, tensor: TensorDescription, showTensor: (name: string) => void): SVGElement {
    const { x, y, width, height } = tile;
    const room = Math.floor((width - 14) / LETTER);
    const size = bytes(tensor.bytes);
    const title =
        `${tensor.name}\n${size}, ${percent(tensor.share)} of the file\n` +
        `${bits(tensor.bitsPerWeight)} bits per weight\n${tensor.encoding}`;
    return drawn(
        "g",
        {
            class: kindClass(tensor.kind),
            onclick: () => {
                showTensor(tensor.name);
            },
        },
        drawn("title", {}, title),
        drawn("rect", {
            x: x + 0.75,
            y: y + 0.75,
            width: Math.max(0.5, width - 1.5),
            height: Math.max(0.5, height - 1.5),
            rx: 3,
        }),
        room > 3 && height > 22 && drawn("text", { x: x + 8, y: y + 17 }, shortened(tensor.name, room)),
        room >= size.length && height > 42 && drawn("text", { x: x + 8, y: y + 34, class: "tile-note" }, size),
    );
}

/** The end of a name tells more than its beginning. */
function shortened(text: string, room: number): string {
    return text.length <= room ? text : `…${text.slice(text.length - room + 1)}`;
}
