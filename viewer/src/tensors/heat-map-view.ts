/** The picture of a matrix with its scale. */

import type { HeatMap } from "../description.js";
import { element } from "../dom.js";
import { count, significant } from "../figures.js";

/** The section with the heat map. */
export function heatMapView(map: HeatMap): HTMLElement {
    const { width, height, pixels, rows, columns, block, strongest } = map;
    const canvas = element("canvas", {
        class: "heat-map",
        width,
        height,
        role: "img",
        "aria-label": `Heat map of ${rows} rows and ${columns} columns`,
    });
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
    canvas.style.aspectRatio = `${width} / ${Math.max(height, width / 12)}`;
    const each =
        block[0] * block[1] === 1
            ? "one pixel a value"
            : `one pixel the root mean square of ${block[0]} × ${block[1]} values`;
    return element(
        "section",
        {},
        element("h3", {}, "Heat map"),
        canvas,
        element(
            "div",
            { class: "scale" },
            element("span", {}, significant(-strongest, 2)),
            element("span", { class: "ramp", "aria-hidden": "true" }),
            element("span", {}, `+${significant(strongest, 2)}`),
        ),
        element("p", { class: "quiet-text" }, `${count(rows)} rows × ${count(columns)} columns, ${each}.`),
    );
}
