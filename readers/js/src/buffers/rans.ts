/** Decoding the coding `rans` (spec/buffers/rans.md). */

import { corrupt } from "../errors.js";
import { transitions } from "../trellis-code.js";
import { boundsOf, type ElementTypeInfo, type Storage } from "../types/element-type.js";
import type { RansPlan } from "./plan.js";
import { parseAlphabet, type Alphabet } from "./rans-alphabet.js";
import { contextsOf, type Contexts } from "./rans-contexts.js";
import {
    BLOCK,
    decodeBlock,
    decodeContextBlock,
    decodePair,
    laneStart,
    type LaneState,
    type LaneTables,
} from "./rans-lane.js";
import { parsePayload } from "./rans-payload.js";
import { slotTables } from "./rans-slots.js";

/** Decodes the payloads of one buffer. */
export class RansDecoder {
    readonly #type: ElementTypeInfo;
    readonly #runLength: number;
    readonly #alphabet: Alphabet;
    readonly #tables: LaneTables;
    readonly #contexts: Contexts | undefined;
    readonly #indices: Int32Array;
    readonly #indicesB: Int32Array;
    readonly #magnitudes: Uint8Array;

    /** Parses the tables; `count` is the number of elements of the buffer. */
    constructor(plan: RansPlan, type: ElementTypeInfo, count: number) {
        const alphabet = parseAlphabet(plan, type);
        const isSigned = type.typeClass === "signed";
        this.#type = type;
        this.#runLength = Math.min(plan.runLength, count);
        this.#alphabet = alphabet;
        this.#tables = {
            slots: slotTables(alphabet.levels, plan.totalBits),
            totalBits: plan.totalBits,
            lowBits: alphabet.lowBits,
            transitions: plan.trellisStates === 0 ? new Uint16Array(2) : transitions(plan.trellisStates),
            magnitude: !isSigned ? "symbol" : plan.trellisStates === 0 ? "value" : "point",
            base: alphabet.base,
            symbols: alphabet.symbols,
        };
        const hasContexts = plan.separable !== undefined || plan.neighbours !== undefined;
        this.#contexts = hasContexts ? contextsOf(plan, alphabet, this.#runLength) : undefined;
        this.#indices = new Int32Array(Math.min(BLOCK, this.#runLength));
        this.#indicesB = new Int32Array(this.#indices.length);
        this.#magnitudes = new Uint8Array((this.#contexts?.history ?? 0) + this.#indices.length);
    }

    /**
     * Decodes one payload into the elements from `start` on.
     *
     * @throws QModelError `corrupt`.
     */
    decode(payload: Uint8Array, target: Storage, start: number, count: number): void {
        const lanes = Math.ceil(count / this.#runLength);
        const { escapes } = this.#alphabet;
        const parsed = parsePayload(payload, lanes, escapes > 0, this.#exceptionBytes);
        const exceptions = new Exceptions(parsed.exceptions, parsed.exceptionCount, this.#alphabet, this.#type);
        const lane = (number: number): LaneState => {
            const before = number === 0 ? 0 : parsed.laneEnds[number - 1]!;
            const element = start + number * this.#runLength;
            return laneStart(parsed.words, before, parsed.laneEnds[number]!, element);
        };
        const pairs = this.#hasPairs ? Math.floor(count / this.#runLength / 2) : 0;
        for (let pair = 0; pair < pairs; pair++) {
            this.#pair(lane(2 * pair), lane(2 * pair + 1), target as Int32Array, exceptions);
        }
        for (let number = 2 * pairs; number < lanes; number++) {
            const state = lane(number);
            const length = Math.min(this.#runLength, start + count - state.element);
            this.#lane(state, target as Int32Array, length, exceptions);
        }
        exceptions.end();
    }

    /** Lanes that fit into one block, and whose elements have no contexts, are decoded two at a time. */
    get #hasPairs(): boolean {
        return this.#contexts === undefined && this.#runLength === this.#indices.length;
    }

    #pair(a: LaneState, b: LaneState, target: Int32Array, exceptions: Exceptions): void {
        const [start, startB] = [a.element, b.element];
        const length = this.#runLength;
        decodePair(a, b, this.#tables, this.#indices, this.#indicesB, length);
        checkEnd(a);
        checkEnd(b);
        exceptions.toValues(this.#indices, length);
        target.set(this.#indices, start);
        exceptions.toValues(this.#indicesB, length);
        target.set(this.#indicesB, startB);
    }

    get #exceptionBytes(): number {
        return Math.ceil(this.#type.bits / 8);
    }

    #lane(state: LaneState, target: Int32Array, length: number, exceptions: Exceptions): void {
        const contexts = this.#contexts;
        const indices = this.#indices;
        const magnitudes = this.#magnitudes;
        magnitudes.fill(0, 0, contexts?.history ?? 0);
        for (let done = 0; done < length;) {
            const count = Math.min(indices.length, length - done);
            const first = state.element;
            if (contexts === undefined) {
                decodeBlock(state, this.#tables, indices, count);
            } else {
                decodeContextBlock(state, this.#tables, contexts, magnitudes, indices, count);
                magnitudes.copyWithin(0, count, count + contexts.history);
            }
            exceptions.toValues(indices, count);
            target.set(count === indices.length ? indices : indices.subarray(0, count), first);
            done += count;
        }
        checkEnd(state);
    }
}

/** When the last element of a lane is decoded, its state is 1 and no word is left. */
function checkEnd(lane: LaneState): void {
    if (lane.x !== 1 || lane.word !== lane.end) {
        throw corrupt("a lane of rans does not end where its words do");
    }
}

/** Values without an index, in the order of their elements. */
class Exceptions {
    readonly #view: DataView;
    readonly #count: number;
    readonly #alphabet: Alphabet;
    readonly #type: ElementTypeInfo;
    #next = 0;

    constructor(bytes: Uint8Array, count: number, alphabet: Alphabet, type: ElementTypeInfo) {
        this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        this.#count = count;
        this.#alphabet = alphabet;
        this.#type = type;
    }

    /** Makes values of indices, in place. */
    toValues(indices: Int32Array, count: number): void {
        const { base, lowBits, symbols, escapes } = this.#alphabet;
        if (escapes === 0) {
            if (base !== 0) {
                addTo(indices, base, count);
            }
            return;
        }
        const firstEscape = symbols << lowBits;
        for (let i = 0; i < count; i++) {
            const index = indices[i]!;
            indices[i] = index < firstEscape ? base + index : this.#take(index - firstEscape);
        }
    }

    /** The next exception, whose lowest bits the escape tells ("Symbols"). */
    #take(told: number): number {
        if (this.#next >= this.#count) {
            throw corrupt("rans has more escapes than exceptions");
        }
        const { base, lowBits, escapes } = this.#alphabet;
        const value = this.#read(this.#next++);
        const [least, greatest] = boundsOf(this.#type);
        const kept = Math.max(2 ** lowBits, escapes);
        if (value < least || value > greatest || (((value - base) % kept) + kept) % kept !== told) {
            throw corrupt("an exception of rans is no value that its escape can stand for");
        }
        return value;
    }

    #read(place: number): number {
        const isSigned = this.#type.typeClass === "signed";
        const width = Math.ceil(this.#type.bits / 8);
        let value = 0;
        for (let byte = width - 1; byte >= 0; byte--) {
            value = value * 256 + this.#view.getUint8(place * width + byte);
        }
        return isSigned && value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value;
    }

    /** Checks that all were used. */
    end(): void {
        if (this.#next !== this.#count) {
            throw corrupt("rans has more exceptions than escapes");
        }
    }
}

function addTo(indices: Int32Array, base: number, count: number): void {
    for (let i = 0; i < count; i++) {
        indices[i] = indices[i]! + base;
    }
}
