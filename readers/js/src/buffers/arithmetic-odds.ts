/** How the coding `arithmetic` learns the odds of its decisions (spec/buffers/arithmetic.md, "Odds"). */

import { arithmeticTables, BOUND, RATE } from "./arithmetic-tables.js";
import type { RangeDecoder } from "./range-decoder.js";

/** Nodes of each group. */
export const NODES = 24;
const GROUPS = 2;
const KNOTS = 25;
const MOST_FACTOR = 2 ** 20;
const MOST_COUNT = 1000;
/** A knot of probability 1, in 2^−22. */
const CERTAIN = 4_194_303;

/** The odds of all decisions, which adapt. */
export class Odds {
    readonly #coder: RangeDecoder;
    readonly #squash = arithmeticTables().squash;
    readonly #factor = new Int32Array(GROUPS * NODES).fill(65_536);
    readonly #summand = new Int32Array(GROUPS * NODES);
    readonly #count = new Int32Array(GROUPS * NODES);
    readonly #knot = new Int32Array(GROUPS * NODES * KNOTS);
    readonly #knotCount = new Int32Array(GROUPS * NODES * KNOTS);

    constructor(coder: RangeDecoder) {
        this.#coder = coder;
        for (let place = 0; place < this.#knot.length; place++) {
            const logit = Math.min(1024 * (place % KNOTS) - BOUND, BOUND - 1);
            this.#knot[place] = 64 * this.#squash[logit + BOUND]!;
        }
    }

    /** Decodes a decision of an expected logit, and learns from it. */
    decide(group: number, node: number, logit: number, constant: number): number {
        const at = group * NODES + node;
        const factor = this.#factor[at]!;
        const summand = this.#summand[at]!;
        const t = limit(Math.floor((logit * factor + constant * summand) / 65_536)) + BOUND;
        const expected = this.#squash[t]!;
        const knot = at * KNOTS + (t >> 10);
        const f = t & 1023;
        // Below 2^32, so that the unsigned shift is the quotient.
        const mapped = (this.#knot[knot]! * (1024 - f) + this.#knot[knot + 1]! * f) >>> 16;
        const bit = this.#coder.bit(Math.max((expected + mapped) >> 1, 1));

        const error = 65_536 * bit - expected;
        const u = 24 * RATE[this.#count[at]!]!;
        this.#factor[at] = adapted(factor, (error * logit) >> 10, u);
        this.#summand[at] = adapted(summand, (error * constant) >> 10, u);
        this.#count[at] = Math.min(this.#count[at]! + 1, MOST_COUNT);
        this.#learn(f >= 512 ? knot + 1 : knot, bit);
        return bit;
    }

    #learn(knot: number, bit: number): void {
        const before = this.#knot[knot]!;
        const count = this.#knotCount[knot]!;
        this.#knot[knot] = before + Math.floor(((bit * CERTAIN - before) * RATE[count]!) / 65_536);
        this.#knotCount[knot] = Math.min(count + 1, MOST_COUNT);
    }
}

/** A logit within bounds. */
export function limit(x: number): number {
    return Math.min(Math.max(x, -BOUND), BOUND - 1);
}

function adapted(value: number, gradient: number, u: number): number {
    const moved = value + Math.floor((gradient * u + 2 ** 19) / 2 ** 20);
    return Math.min(Math.max(moved, -MOST_FACTOR), MOST_FACTOR);
}
