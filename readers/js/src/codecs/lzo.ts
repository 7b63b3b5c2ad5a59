/** LZO1X streams (spec/buffers/lzo.md). */

import { corrupt } from "../errors.js";
import { copyMatch } from "./lz4.js";

/** Distance of the instruction that ends a stream. */
const END_DISTANCE = 16_384;

/**
 * Decodes a stream that holds exactly `size` bytes; nothing is written or read beyond either end.
 *
 * @throws QModelError `corrupt`.
 */
export function decodeLzo(stream: Uint8Array, size: number): Uint8Array {
    return new LzoDecoder(stream, size).decode();
}

class LzoDecoder {
    readonly #stream: Uint8Array;
    readonly #output: Uint8Array;
    #read = 0;
    #written = 0;
    /** Literals that the instruction before appended, 4 for four and more. */
    #state = 0;

    constructor(stream: Uint8Array, size: number) {
        this.#stream = stream;
        this.#output = new Uint8Array(size);
    }

    decode(): Uint8Array {
        if ((this.#stream[0] ?? 0) > 17) {
            this.#literals(this.#byte() - 17);
        }
        while (!this.#instruction(this.#byte()));
        if (this.#read !== this.#stream.length) {
            throw corrupt("something follows the end of an LZO stream");
        }
        if (this.#written !== this.#output.length) {
            throw corrupt(`an LZO stream holds ${this.#written} bytes where ${this.#output.length} are needed`);
        }
        return this.#output;
    }

    /** Carries out an instruction; whether it is the end. */
    #instruction(t: number): boolean {
        if (t >= 64) {
            const length = (t >> 5) + 1;
            const distance = 8 * this.#byte() + ((t >> 2) & 7) + 1;
            this.#match(length, distance, t & 3);
        } else if (t >= 32) {
            const length = this.#number(t & 31, 31) + 2;
            const tail = this.#twoBytes();
            this.#match(length, (tail >> 2) + 1, tail & 3);
        } else if (t >= 16) {
            return this.#farMatch(t);
        } else if (this.#state === 0) {
            this.#literals(this.#number(t, 15) + 3);
            this.#state = 4;
        } else {
            const isAfterLiterals = this.#state === 4;
            const distance = 4 * this.#byte() + (t >> 2) + (isAfterLiterals ? 2049 : 1);
            this.#match(isAfterLiterals ? 3 : 2, distance, t & 3);
        }
        return false;
    }

    /** The instruction that may be the end, which is the bytes 11 00 00. */
    #farMatch(t: number): boolean {
        const length = this.#number(t & 7, 7) + 2;
        const tail = this.#twoBytes();
        const distance = END_DISTANCE * (1 + ((t >> 3) & 1)) + (tail >> 2);
        if (distance !== END_DISTANCE) {
            this.#match(length, distance, tail & 3);
            return false;
        }
        if (t !== 0x11 || tail !== 0) {
            throw corrupt("an LZO stream ends in another form than 11 00 00");
        }
        return true;
    }

    #match(length: number, distance: number, literals: number): void {
        if (distance > this.#written || length > this.#output.length - this.#written) {
            throw corrupt("a match of an LZO stream is beyond what it holds");
        }
        copyMatch(this.#output, this.#written, distance, length);
        this.#written += length;
        this.#literals(literals);
    }

    #literals(count: number): void {
        if (count > this.#stream.length - this.#read || count > this.#output.length - this.#written) {
            throw corrupt("literals of an LZO stream are beyond its end, or that of what it holds");
        }
        this.#output.set(this.#stream.subarray(this.#read, this.#read + count), this.#written);
        this.#read += count;
        this.#written += count;
        this.#state = Math.min(count, 4);
    }

    /** A field, or where it is 0 the number U(base) that follows. */
    #number(field: number, base: number): number {
        if (field !== 0) {
            return field;
        }
        let sum = base;
        let byte = this.#byte();
        while (byte === 0) {
            sum += 255;
            byte = this.#byte();
        }
        return sum + byte;
    }

    #twoBytes(): number {
        const low = this.#byte();
        return low | (this.#byte() << 8);
    }

    #byte(): number {
        if (this.#read >= this.#stream.length) {
            throw corrupt("an LZO stream breaks off");
        }
        return this.#stream[this.#read++]!;
    }
}
