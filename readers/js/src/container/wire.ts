/** Reading protobuf's wire format strictly, where generated code is lenient. */

import { corrupt } from "../errors.js";

/** Wire types of protobuf. */
export const Wire = { Varint: 0, Fixed64: 1, Bytes: 2, GroupStart: 3, GroupEnd: 4, Fixed32: 5 } as const;

const MOST_GROUP_DEPTH = 100;

/** A position in serialized messages. */
export class WireReader {
    /** Bits 0 to 31 and 32 to 63 of the varint that was read last. */
    low = 0;
    high = 0;
    /** Whether every varint so far was shortest. */
    isShortest = true;

    constructor(
        readonly bytes: Uint8Array,
        public place = 0,
    ) {}

    /** Reads a varint of at most 64 bits into `low` and `high`, unsigned. */
    varint(end: number): void {
        let low = 0;
        let high = 0;
        for (let count = 0; count < 10; count++) {
            if (this.place >= end) {
                throw corrupt("the manifest is no protobuf message: a varint breaks off");
            }
            const byte = this.bytes[this.place++]!;
            const bits = byte & 0x7f;
            if (count < 4) {
                low |= bits << (7 * count);
            } else if (count === 4) {
                low |= bits << 28;
                high = bits >>> 4;
            } else {
                high |= bits << (7 * count - 32);
            }
            if (byte < 0x80) {
                this.low = low >>> 0;
                this.high = high >>> 0;
                this.isShortest &&= count === 0 || (byte !== 0 && (count < 9 || byte === 1));
                return;
            }
        }
        throw corrupt("the manifest is no protobuf message: a varint of more than ten bytes");
    }

    /** Reads a length and gives the end of what it spans. */
    length(end: number): number {
        this.varint(end);
        if (this.high !== 0 || this.low > end - this.place) {
            throw corrupt("the manifest is no protobuf message: a field reaches beyond its message");
        }
        return this.place + this.low;
    }

    /** Reads a tag; the number of a field and its wire type. */
    tag(end: number): { number: number; wire: number } {
        this.varint(end);
        const number = this.low >>> 3;
        if (this.high !== 0 || number === 0) {
            throw corrupt("the manifest is no protobuf message: a tag that cannot be");
        }
        return { number, wire: this.low & 7 };
    }

    /** Goes behind a field whose tag was read. */
    skip(wire: number, number: number, end: number, depth = 0): void {
        switch (wire) {
            case Wire.Varint:
                this.varint(end);
                return;
            case Wire.Fixed64:
                this.advance(8, end);
                return;
            case Wire.Bytes:
                this.place = this.length(end);
                return;
            case Wire.Fixed32:
                this.advance(4, end);
                return;
            case Wire.GroupStart:
                this.#skipGroup(number, end, depth);
                return;
            default:
                throw corrupt("the manifest is no protobuf message: a wire type that cannot be");
        }
    }

    /** Goes behind bytes of a known number. */
    advance(length: number, end: number): void {
        if (length > end - this.place) {
            throw corrupt("the manifest is no protobuf message: it breaks off");
        }
        this.place += length;
    }

    #skipGroup(number: number, end: number, depth: number): void {
        if (depth >= MOST_GROUP_DEPTH) {
            throw corrupt("the manifest is no protobuf message: groups nested too deep");
        }
        for (;;) {
            const inner = this.tag(end);
            if (inner.wire === Wire.GroupEnd) {
                if (inner.number !== number) {
                    throw corrupt("the manifest is no protobuf message: groups that cross");
                }
                return;
            }
            this.skip(inner.wire, inner.number, end, depth + 1);
        }
    }
}
