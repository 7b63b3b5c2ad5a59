/** The one serialization of a manifest (spec/manifest.md, "Serialization"), found on its bytes by the schema alone. */

import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as Presence } from "@bufbuild/protobuf/wkt";

import { corrupt, nonCanonical } from "../errors.js";
import { isUtf8 } from "./text.js";
import { Wire, WireReader } from "./wire.js";

/** How strictly bytes are judged. */
export type Strictness =
    /** A file of a version that this reader knows: no unknown field, one form. */
    | "canonical"
    /** A file of a newer minor version: unknown fields are skipped, any form is taken. */
    | "parsable";

/**
 * Checks a serialized message and all below it.
 *
 * @throws QModelError `corrupt` for what is no such message, has unknown fields or text that is not UTF-8;
 * `non_canonical` for another form of one.
 */
export function checkSerialization(schema: DescMessage, bytes: Uint8Array, strictness: Strictness): void {
    const walk = new SerializationCheck(bytes, strictness);
    walk.message(schema, bytes.length, 0);
    if (strictness === "canonical" && walk.otherForm !== undefined) {
        throw nonCanonical(`the manifest's serialization is not canonical: ${walk.otherForm}`);
    }
}

const MOST_MESSAGE_DEPTH = 100;
const fieldsOfMessages = new WeakMap<DescMessage, Map<number, DescField>>();

function fieldsOf(schema: DescMessage): Map<number, DescField> {
    let fields = fieldsOfMessages.get(schema);
    if (fields === undefined) {
        fields = new Map(schema.fields.map((field) => [field.number, field]));
        fieldsOfMessages.set(schema, fields);
    }
    return fields;
}

class SerializationCheck {
    /** The first thing found that only a canonical serialization lacks. */
    otherForm: string | undefined;
    readonly #reader: WireReader;
    readonly #isStrict: boolean;

    constructor(bytes: Uint8Array, strictness: Strictness) {
        this.#reader = new WireReader(bytes);
        this.#isStrict = strictness === "canonical";
    }

    message(schema: DescMessage, end: number, depth: number): void {
        if (depth > MOST_MESSAGE_DEPTH) {
            throw corrupt("messages are nested too deep");
        }
        const reader = this.#reader;
        const fields = fieldsOf(schema);
        let last = 0;
        let oneofs: Set<string> | undefined;
        while (reader.place < end) {
            const { number, wire } = reader.tag(end);
            const field = fields.get(number);
            if (field === undefined) {
                this.#unknown(schema, number, wire, end);
                continue;
            }
            if (number < last || (number === last && !isRepeatedApart(field))) {
                this.#note(`fields of ${schema.name} are out of order, or there twice`);
            }
            last = number;
            if (field.oneof !== undefined) {
                oneofs ??= new Set();
                if (oneofs.has(field.oneof.name)) {
                    this.#note(`two members of ${schema.name}.${field.oneof.name}`);
                }
                oneofs.add(field.oneof.name);
            }
            this.#field(field, wire, end, depth);
        }
        if (!reader.isShortest) {
            this.#note("a varint is not shortest");
        }
    }

    #unknown(schema: DescMessage, number: number, wire: number, end: number): void {
        if (this.#isStrict) {
            throw corrupt(`${schema.name} has a field ${number}, which version 1.0 does not have`);
        }
        this.#reader.skip(wire, number, end);
    }

    #field(field: DescField, wire: number, end: number, depth: number): void {
        const reader = this.#reader;
        if (field.fieldKind === "map") {
            throw corrupt("the schema has no maps");
        }
        const isImplicit = field.presence === Presence.IMPLICIT && field.fieldKind !== "list";
        if (field.message !== undefined) {
            this.#expect(field, wire, Wire.Bytes);
            const inner = reader.length(end);
            this.message(field.message, inner, depth + 1);
        } else {
            this.#scalars(field, field.scalar ?? ScalarType.INT32, wire, end, isImplicit);
        }
    }

    #scalars(field: DescField, scalar: ScalarType, wire: number, end: number, isImplicit: boolean): void {
        const reader = this.#reader;
        const own = wireOf(scalar);
        if (field.fieldKind === "list" && own !== Wire.Bytes) {
            if (wire === own) {
                this.#note(`${field.name} is not packed`);
                this.#scalar(field, scalar, end);
                return;
            }
            this.#expect(field, wire, Wire.Bytes);
            const inner = reader.length(end);
            if (inner === reader.place) {
                this.#note(`${field.name} is empty and there`);
            }
            while (reader.place < inner) {
                this.#scalar(field, scalar, inner);
            }
            return;
        }
        this.#expect(field, wire, own);
        const isZero = this.#scalar(field, scalar, end);
        if (isImplicit && isZero) {
            this.#note(`${field.name} has its default value and is there`);
        }
    }

    /** Reads one value; whether all its bits are zero, or it is empty. */
    #scalar(field: DescField, scalar: ScalarType, end: number): boolean {
        const reader = this.#reader;
        const wire = wireOf(scalar);
        if (wire === Wire.Varint) {
            reader.varint(end);
            if (!fitsVarint(scalar, reader.low, reader.high)) {
                this.#note(`${field.name} has more bits than its type`);
            }
            return reader.low === 0 && reader.high === 0;
        }
        const start = reader.place;
        if (wire === Wire.Bytes) {
            reader.place = reader.length(end);
            const content = reader.bytes.subarray(reader.place - reader.low, reader.place);
            if (scalar === ScalarType.STRING && !isUtf8(content)) {
                throw corrupt(`${field.name} is not UTF-8`);
            }
            return content.length === 0;
        }
        reader.advance(wire === Wire.Fixed64 ? 8 : 4, end);
        return reader.bytes.subarray(start, reader.place).every((byte) => byte === 0);
    }

    #expect(field: DescField, wire: number, expected: number): void {
        if (wire !== expected) {
            throw corrupt(`${field.name} has wire type ${wire}`);
        }
    }

    #note(what: string): void {
        this.otherForm ??= what;
    }
}

/** Whether entries of the field stand apart, each with a tag. */
function isRepeatedApart(field: DescField): boolean {
    return (
        field.fieldKind === "list" &&
        (field.listKind === "message" || wireOf(field.scalar ?? ScalarType.INT32) === Wire.Bytes)
    );
}

function wireOf(scalar: ScalarType): number {
    switch (scalar) {
        case ScalarType.STRING:
        case ScalarType.BYTES:
            return Wire.Bytes;
        case ScalarType.DOUBLE:
        case ScalarType.FIXED64:
        case ScalarType.SFIXED64:
            return Wire.Fixed64;
        case ScalarType.FLOAT:
        case ScalarType.FIXED32:
        case ScalarType.SFIXED32:
            return Wire.Fixed32;
        default:
            return Wire.Varint;
    }
}

function fitsVarint(scalar: ScalarType, low: number, high: number): boolean {
    switch (scalar) {
        case ScalarType.UINT32:
        case ScalarType.SINT32:
            return high === 0;
        case ScalarType.INT32:
            return low >= 0x80000000 ? high === 0xffffffff : high === 0;
        case ScalarType.BOOL:
            return high === 0 && low <= 1;
        default:
            return true;
    }
}
