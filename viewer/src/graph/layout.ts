/** Places boxes in layers, top to bottom (Sugiyama, Tagawa, Toda, 1981): layers by longest path, order by barycentres. */

import { ordered } from "./layer-order.js";

/** The size of a box and the room around it, in pixels. */
export const BOX = { width: 168, height: 46, across: 28, down: 34 } as const;
/** The width that an arrow takes where it passes a layer. */
const PASSAGE = 14;
/** Most boxes and passages together: what is more has no drawing that people take in, and costs seconds. */
const MOST_PLACES = 60_000;

/** An arrow from one box to another, by their numbers. */
export interface Edge {
    readonly from: number;
    readonly to: number;
}

/** A point. */
export interface Point {
    readonly x: number;
    readonly y: number;
}

/** Where everything is. */
export interface Layout {
    readonly width: number;
    readonly height: number;
    /** The upper left corner of each box. */
    readonly boxes: readonly Point[];
    /** The points that each arrow passes, from the box above to the box below. */
    readonly paths: readonly (readonly Point[])[];
}

/** A box, or the place where an arrow passes a layer. */
interface Place {
    readonly layer: number;
    readonly above: number[];
    readonly below: number[];
}

/**
 * Lays out boxes and arrows without cycles.
 *
 * @param count - number of boxes.
 * @param edges - each from a box to another.
 * @returns undefined where there are too many.
 */
export function layOut(count: number, edges: readonly Edge[]): Layout | undefined {
    const layers = layersOf(count, edges);
    const passages = edges.reduce((sum, { from, to }) => sum + Math.max(1, layers[to]! - layers[from]!), 0);
    if (count + passages > MOST_PLACES) {
        return undefined;
    }
    const places: Place[] = layers.map((layer) => ({ layer, above: [], below: [] }));
    const chains = edges.map((edge) => chainOf(edge, places));
    const rows = ordered(places);
    const widths = places.map((_, k) => (k < count ? BOX.width : PASSAGE));
    const centres = centresOf(rows, places, widths);
    const least = Math.min(...centres.map((x, k) => x - widths[k]! / 2));
    const x = centres.map((centre) => centre - least + BOX.across);
    const y = (layer: number): number => BOX.down + layer * (BOX.height + BOX.down);
    return {
        width: Math.max(...x.map((centre, k) => centre + widths[k]! / 2)) + BOX.across,
        height: y(rows.length),
        boxes: Array.from({ length: count }, (_, k) => ({ x: x[k]! - BOX.width / 2, y: y(layers[k]!) })),
        paths: chains.map((chain) =>
            chain.flatMap((place, k) => {
                const top = y(places[place]!.layer);
                const points = [
                    { x: x[place]!, y: top },
                    { x: x[place]!, y: top + BOX.height },
                ];
                return k === 0 ? points.slice(1) : k === chain.length - 1 ? points.slice(0, 1) : points;
            }),
        ),
    };
}

/** The longest way from the top; what nothing leads to stands right above what it leads to. */
function layersOf(count: number, edges: readonly Edge[]): number[] {
    const below = Array.from({ length: count }, (): number[] => []);
    const waiting = new Array<number>(count).fill(0);
    for (const { from, to } of edges) {
        below[from]!.push(to);
        waiting[to]! += 1;
    }
    const isSource = waiting.map((number) => number === 0);
    const layers = new Array<number>(count).fill(0);
    const ready = isSource.flatMap((is, k) => (is ? [k] : []));
    for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
        for (const to of below[at]!) {
            layers[to] = Math.max(layers[to]!, layers[at]! + 1);
            waiting[to]! -= 1;
            if (waiting[to] === 0) {
                ready.push(to);
            }
        }
    }
    return layers.map((layer, k) =>
        isSource[k] && below[k]!.length ? Math.min(...below[k]!.map((to) => layers[to]!)) - 1 : layer,
    );
}

/** The places that an edge goes through; those between its ends are new. */
function chainOf({ from, to }: Edge, places: Place[]): number[] {
    const chain = [from];
    for (let layer = places[from]!.layer + 1; layer < places[to]!.layer; layer++) {
        chain.push(places.push({ layer, above: [], below: [] }) - 1);
    }
    chain.push(to);
    chain.slice(1).forEach((place, k) => {
        places[chain[k]!]!.below.push(place);
        places[place]!.above.push(chain[k]!);
    });
    return chain;
}

/** Centres that stay in order and keep their distance, drawn towards the neighbours above and below in turn. */
function centresOf(
    rows: readonly (readonly number[])[],
    places: readonly Place[],
    widths: readonly number[],
): number[] {
    const centres = new Array<number>(places.length).fill(0);
    for (const row of rows) {
        let x = 0;
        for (const place of row) {
            centres[place] = x + widths[place]! / 2;
            x += widths[place]! + BOX.across;
        }
        row.forEach((place) => (centres[place]! -= x / 2));
    }
    for (let round = 0; round < 12; round++) {
        const isDown = round % 2 === 0;
        for (const row of isDown ? rows : rows.toReversed()) {
            pull(row, centres, widths, (place) => (isDown ? places[place]!.above : places[place]!.below));
        }
    }
    return centres;
}

/** Moves each place of a row to the mean of its neighbours, as far as the row has room. */
function pull(
    row: readonly number[],
    centres: number[],
    widths: readonly number[],
    neighbours: (place: number) => readonly number[],
): void {
    const wanted = row.map((place) => {
        const near = neighbours(place);
        return near.length ? near.reduce((sum, each) => sum + centres[each]!, 0) / near.length : centres[place]!;
    });
    const gap = (k: number): number => (widths[row[k]!]! + widths[row[k + 1]!]!) / 2 + BOX.across;
    const right = [...wanted];
    for (let k = 1; k < row.length; k++) {
        right[k] = Math.max(right[k]!, right[k - 1]! + gap(k - 1));
    }
    const left = [...wanted];
    for (let k = row.length - 2; k >= 0; k--) {
        left[k] = Math.min(left[k]!, left[k + 1]! - gap(k));
    }
    row.forEach((place, k) => (centres[place] = (left[k]! + right[k]!) / 2));
}
