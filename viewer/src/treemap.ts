/** Rectangles whose areas are as weights, near to squares (Bruls, Huizing, van Wijk, Squarified Treemaps, 2000). */

/** Where one item is. */
export interface Tile {
    readonly index: number;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
}

/**
 * Divides a rectangle among items.
 *
 * @param weights - positive, in descending order.
 */
export function treemap(weights: readonly number[], width: number, height: number): Tile[] {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const areas = weights.map((weight) => (weight / total) * width * height);
    const tiles: Tile[] = [];
    let [x, y, w, h] = [0, 0, width, height];
    for (let start = 0; start < areas.length;) {
        const side = Math.min(w, h);
        const end = rowEnd(areas, start, side);
        const sum = areas.slice(start, end).reduce((one, other) => one + other, 0);
        const thickness = sum / side;
        let along = 0;
        for (let index = start; index < end; index++) {
            const length = areas[index]! / thickness;
            tiles.push(
                w >= h
                    ? { index, x, y: y + along, width: thickness, height: length }
                    : { index, x: x + along, y, width: length, height: thickness },
            );
            along += length;
        }
        [x, y, w, h] = w >= h ? [x + thickness, y, w - thickness, h] : [x, y + thickness, w, h - thickness];
        start = end;
    }
    return tiles;
}

/** The end of the row that starts there: it grows as long as its worst tile gets nearer to a square. */
function rowEnd(areas: readonly number[], start: number, side: number): number {
    let [end, sum, worst] = [start, 0, Infinity];
    while (end < areas.length) {
        const next = sum + areas[end]!;
        const thickness = next / side;
        const ratio = (area: number): number => Math.max(thickness ** 2 / area, area / thickness ** 2);
        const worse = Math.max(ratio(areas[start]!), ratio(areas[end]!));
        if (worse > worst) {
            break;
        }
        [end, sum, worst] = [end + 1, next, worse];
    }
    return Math.max(end, start + 1);
}
