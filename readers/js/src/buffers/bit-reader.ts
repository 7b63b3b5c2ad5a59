/** Streams of bits, the lowest of each byte first, and the codes in them (spec/buffers/rans.md, "Tables"). */

import { corrupt } from "../errors.js";

/** Most zeros before the one of a golomb code. */
const MOST_GOLOMB_ZEROS = 32;

/** Reads bits and the codes made of them. */
export class BitReader {
    #place = 0;
    readonly #bits: number;

    constructor(readonly bytes: Uint8Array) {
        this.#bits = 8 * bytes.length;
    }

    /** Bits that were not read. */
    get left(): number {
        return this.#bits - this.#place;
    }

    /** An unsigned number of at most 52 bits. */
    fixed(width: number): number {
        if (width > this.left) {
            throw corrupt("a stream of bits breaks off");
        }
        let number = 0;
        for (let done = 0; done < width;) {
            const inByte = this.#place & 7;
            const taken = Math.min(8 - inByte, width - done);
            const piece = (this.bytes[this.#place >>> 3]! >>> inByte) & ((1 << taken) - 1);
            number += piece * 2 ** done;
            this.#place += taken;
            done += taken;
        }
        return number;
    }

    /** How many zeros come before the next one, which is read. */
    zeros(most: number): number {
        let count = 0;
        while (this.fixed(1) === 0) {
            if (++count > most) {
                throw corrupt("a number in a stream of bits is out of range");
            }
        }
        return count;
    }

    /** An unsigned number: h zeros, a one, k bits; at most `most`. */
    rice(k: number, most: number): number {
        const number = this.zeros(Math.floor(most / 2 ** k)) * 2 ** k + this.fixed(k);
        if (number > most) {
            throw corrupt("a number in a stream of bits is out of range");
        }
        return number;
    }

    /** An unsigned number: z zeros, a one, z + k bits; at most `most`. */
    golomb(k: number, most: number): number {
        const z = this.zeros(MOST_GOLOMB_ZEROS);
        const number = (2 ** z - 1) * 2 ** k + this.fixed(z + k);
        if (number > most) {
            throw corrupt("a number in a stream of bits is out of range");
        }
        return number;
    }

    /** Goes to the next whole byte, over bits that must be zero. */
    align(): void {
        const rest = (8 - (this.#place & 7)) & 7;
        if (this.fixed(rest) !== 0) {
            throw corrupt("a stream of bits is not filled up with zeros");
        }
    }

    /** Checks that nothing follows but the zeros of the last byte. */
    end(): void {
        this.align();
        if (this.left !== 0) {
            throw corrupt("something follows a stream of bits");
        }
    }
}

/** The signed number that was made unsigned: 1, −1, 2, −2, … of 1, 2, 3, 4, … */
export function signedOf(number: number): number {
    return number % 2 === 1 ? (number + 1) / 2 : -number / 2;
}
