/** The range coder of the coding `arithmetic` (spec/buffers/arithmetic.md, "The range coder"). */

import { corrupt } from "../errors.js";

const EVEN = 32_768;

/** Decodes bits of known probabilities from one payload. */
export class RangeDecoder {
    readonly #payload: Uint8Array;
    #range = 0xffffffff;
    #offset = 0;
    #taken = 0;

    constructor(payload: Uint8Array) {
        this.#payload = payload;
        for (let byte = 0; byte < 4; byte++) {
            this.#offset = this.#offset * 256 + this.#next();
        }
        if (this.#offset >= this.#range) {
            throw corrupt("a payload of arithmetic is beyond the range");
        }
    }

    #next(): number {
        // Behind the last byte there are zeros, but a right payload takes no more than four of them.
        if (this.#taken >= this.#payload.length + 4) {
            throw corrupt("a payload of arithmetic breaks off");
        }
        return this.#payload[this.#taken++] ?? 0;
    }

    /** A bit that is 1 with the probability p / 65,536. */
    bit(p: number): number {
        const share = (this.#range >>> 16) * p;
        let bit = 1;
        if (this.#offset < share) {
            this.#range = share;
        } else {
            this.#offset -= share;
            this.#range -= share;
            bit = 0;
        }
        while (this.#range < 0x1000000) {
            this.#range *= 256;
            this.#offset = this.#offset * 256 + this.#next();
        }
        return bit;
    }

    /** A number of n plain bits, the highest first. */
    plain(n: number): number {
        let number = 0;
        for (let bit = 0; bit < n; bit++) {
            number = 2 * number + this.bit(EVEN);
        }
        return number;
    }

    /** Checks that the payload is the one that an encoder makes ("End"). */
    end(): void {
        const n = this.#payload.length;
        const last = this.#payload[n - 1] ?? 0;
        const t = n - (this.#taken - 4);
        const isZero = t === 1 && n === 1 && last === 0;
        const isBare = n > 0 && t === 0;
        if (!isZero && !isBare && !this.#isLeast(t, last)) {
            throw corrupt("a payload of arithmetic does not end where its elements do");
        }
    }

    #isLeast(t: number, last: number): boolean {
        const w = 256 ** (4 - t);
        return t >= 1 && t <= 4 && last > 0 && this.#offset < w && this.#offset + (256 - last) * w >= this.#range;
    }
}
