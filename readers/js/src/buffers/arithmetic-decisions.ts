/** Elements of the coding `arithmetic` as decisions (spec/buffers/arithmetic.md, "Decisions"). */

import { corrupt } from "../errors.js";
import { limit, NODES, Odds } from "./arithmetic-odds.js";
import { arithmeticTables, BOUND, type ArithmeticTables } from "./arithmetic-tables.js";
import type { RangeDecoder } from "./range-decoder.js";

/** Decisions of an element before an escape takes over. */
const MOST_STEPS = 48;
const MOST_ESCAPE_BITS = 32;
const CONSTANT = 512;

/** Decodes one element after another. */
export class ElementDecoder {
    readonly #coder: RangeDecoder;
    readonly #odds: Odds;
    readonly #tables: ArithmeticTables = arithmeticTables();
    readonly #least: number;
    readonly #greatest: number;
    readonly #hasTrellis: boolean;
    #mean = 0;
    #slope = 0;

    /** Elements are from `least` to `greatest`, the center taken off. */
    constructor(coder: RangeDecoder, least: number, greatest: number, hasTrellis: boolean) {
        this.#coder = coder;
        this.#odds = new Odds(coder);
        this.#least = least;
        this.#greatest = greatest;
        this.#hasTrellis = hasTrellis;
    }

    /** The element of an expected mean and scale, in 1/256 of a level, and of a quantizer. */
    element(mean: number, scale: number, quantizer: number): number {
        const n = 32 - Math.clz32(scale >> 12);
        let k: number;
        if (n === 0) {
            k = this.#fine(mean, scale, quantizer, this.#least, this.#greatest);
        } else {
            const unit = 2 ** n;
            const coarseMean = Math.floor((mean - 256 * (unit - 1 + quantizer)) / unit);
            const [least, greatest] = [Math.floor(this.#least / unit), Math.floor(this.#greatest / unit)];
            k = unit * this.#fine(coarseMean, scale >> n, 0, least, greatest) + this.#coder.plain(n);
        }
        if (k < this.#least || k > this.#greatest) {
            throw corrupt("an element of arithmetic is no value of its type");
        }
        return k;
    }

    #fine(mean: number, scale: number, quantizer: number, least: number, greatest: number): number {
        this.#mean = mean;
        this.#slope = Math.floor((2240 * 16_384) / scale);
        const middle = quantizer === 1 ? 0 : 256;
        const above = this.#tail(middle, 1);
        const below = this.#tail(middle, -1);
        if (
            quantizer === 0 &&
            this.#odds.decide(0, 0, this.#logit(this.#power(above) + this.#power(below)), CONSTANT) === 0
        ) {
            return 0;
        }
        let isNegative: boolean;
        if (least >= 0) {
            isNegative = false;
        } else if (greatest < 1 - quantizer) {
            isNegative = true;
        } else {
            isNegative = this.#odds.decide(quantizer, 1, limit(above - below), 0) === 1;
        }
        const most = isNegative ? -least - 1 : greatest - 1 + quantizer;
        const group = this.#hasTrellis ? quantizer : Number(isNegative);
        const j = this.#steps(most, group, quantizer, isNegative ? -1 : 1, isNegative ? below : above);
        return isNegative ? -j - 1 : j + 1 - quantizer;
    }

    /** How many steps beyond the first level of its side the element is. */
    #steps(most: number, group: number, quantizer: number, side: number, tail: number): number {
        let inner = tail;
        let j = 0;
        while (j < most) {
            if (j === MOST_STEPS) {
                return j + this.#escape();
            }
            const outer = this.#tail(256 * (2 * j + 3 - quantizer), side);
            if (
                this.#odds.decide(
                    group,
                    Math.min(j + 2, NODES - 1),
                    this.#logit(this.#power(outer - inner)),
                    CONSTANT,
                ) === 0
            ) {
                return j;
            }
            j++;
            inner = outer;
        }
        return j;
    }

    /** Minus the logarithm of the probability that side · level exceeds t, in 1/256 of a level. */
    #tail(t: number, side: number): number {
        const u = Math.floor(((t - side * this.#mean) * this.#slope) / 16_384);
        return this.#softplus(Math.min(Math.max(u, -65_536), 65_536));
    }

    #escape(): number {
        let h = 0;
        while (this.#coder.plain(1) === 1) {
            if (++h > MOST_ESCAPE_BITS) {
                throw corrupt("an escape of arithmetic is too long");
            }
        }
        return 2 ** h + this.#coder.plain(h) - 1;
    }

    #softplus(u: number): number {
        const magnitude = Math.abs(u);
        return Math.max(u, 0) + (magnitude < BOUND ? this.#tables.soft[magnitude]! : 0);
    }

    #power(d: number): number {
        const { power } = this.#tables;
        return d < power.length ? power[Math.max(d, 1)]! : 0;
    }

    #logit(p: number): number {
        return this.#tables.stretch[Math.min(Math.max(p, 1), 65_535) >> 4]!;
    }
}
