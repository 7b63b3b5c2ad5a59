/** The order of places within their layers that lets arrows cross little. */

const SWEEPS = 8;

/** A place with the places right above and right below that arrows lead from and to. */
export interface Ordered {
    readonly layer: number;
    readonly above: readonly number[];
    readonly below: readonly number[];
}

/** The numbers of the places of each layer, from left to right. */
export function ordered(places: readonly Ordered[]): number[][] {
    const rows: number[][] = [];
    places.forEach(({ layer }, place) => {
        (rows[layer] ??= []).push(place);
    });
    const filled = Array.from(rows, (row) => (row as number[] | undefined) ?? []);
    const position = new Array<number>(places.length).fill(0);
    filled.forEach((row) => {
        row.forEach((place, k) => (position[place] = k));
    });
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
        const isDown = sweep % 2 === 0;
        for (const row of isDown ? filled : filled.toReversed()) {
            sortByNeighbours(row, position, (place) => (isDown ? places[place]!.above : places[place]!.below));
        }
    }
    return filled;
}

/** Sorts a row by the mean position of the neighbours; what has none stays where it is. */
function sortByNeighbours(row: number[], position: number[], neighbours: (place: number) => readonly number[]): void {
    const centre = new Map(
        row.map((place) => {
            const near = neighbours(place);
            const mean = near.reduce((sum, each) => sum + position[each]!, 0) / near.length;
            return [place, near.length ? mean : position[place]!];
        }),
    );
    row.sort((one, other) => centre.get(one)! - centre.get(other)! || position[one]! - position[other]!);
    row.forEach((place, k) => (position[place] = k));
}
