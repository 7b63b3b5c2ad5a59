/** From the payloads of a buffer to its elements (spec/buffers/README.md). */

import { decompressed } from "../codecs/codec.js";
import { newStorage, type ElementTypeInfo, type Storage } from "../types/element-type.js";
import { ByteCodec, Filter } from "../v1/qmodel/v1/buffer_pb.js";
import { decodeArithmetic } from "./arithmetic.js";
import { packedSize, unpack } from "./bits.js";
import { mergeBitPlanes, mergeFloatPlanes, unshuffle } from "./filters.js";
import { piecesOf, storedBuffers, type BufferPlan, type PackedPlan } from "./plan.js";
import { RansDecoder } from "./rans.js";
import { joinSplit } from "./split.js";

/** The payloads that were read, by index in the chunk table. */
export type Payloads = ReadonlyMap<number, Uint8Array>;

/** Decodes one payload into storage: the elements from `start` on. */
type DecodePayload = (payload: Uint8Array, target: Storage, start: number, count: number) => void;

/**
 * Decodes a buffer whose chunks were read and whose codecs are ready.
 *
 * @throws QModelError `corrupt`, `limit`.
 */
export function decodeBuffer(plan: BufferPlan, payloads: Payloads): Storage {
    const target = newStorage(plan.type, plan.count);
    if (plan.count === 0) {
        return target;
    }
    const { coding, type } = plan;
    if (coding.kind === "split") {
        const part = (buffer: BufferPlan): Storage => decodeBuffer(buffer, payloads);
        const parts = {
            leading: part(coding.leading),
            remainder: coding.remainder.map(part),
            rowShift: coding.rowShift === undefined ? undefined : part(coding.rowShift),
            columnShift: coding.columnShift === undefined ? undefined : part(coding.columnShift),
        };
        joinSplit(coding, parts, type, target);
        return target;
    }
    const decode = payloadDecoder(plan, type);
    for (const { payload, start, count } of piecesOf(plan)) {
        decode(typeof payload === "number" ? payloads.get(payload)! : payload, target, start, count);
    }
    return target;
}

function payloadDecoder(plan: BufferPlan, type: ElementTypeInfo): DecodePayload {
    const { coding } = plan;
    switch (coding.kind) {
        case "packed":
            return (payload, target, start, count) => {
                decodePacked(coding, type, payload, target, start, count);
            };
        case "rans": {
            const decoder = new RansDecoder(coding, type, plan.count);
            return decoder.decode.bind(decoder);
        }
        case "arithmetic":
            return (payload, target, start, count) => {
                decodeArithmetic(coding, type, payload, target, start, count);
            };
        case "split":
            throw new TypeError("a split has no payload");
    }
}

function decodePacked(
    coding: PackedPlan,
    type: ElementTypeInfo,
    payload: Uint8Array,
    target: Storage,
    start: number,
    count: number,
): void {
    const bytes = decompressed(coding.codec, payload, packedSize(count, type.bits));
    switch (coding.filter) {
        case Filter.UNSPECIFIED:
            unpack(bytes, type, target, start, count);
            return;
        case Filter.BYTE_SHUFFLE:
            unshuffle(bytes, type, target, start, count);
            return;
        case Filter.BIT_PLANES:
            mergeBitPlanes(bytes, type, target, start, count);
            return;
        case Filter.FLOAT_PLANES:
            mergeFloatPlanes(bytes, type, target, start, count);
            return;
    }
}

/** The chunks that a buffer is in. */
export function* chunksOf(plan: BufferPlan): Generator<number> {
    for (const { location } of storedBuffers(plan)) {
        if (location?.kind === "chunks") {
            yield* location.indices;
        }
    }
}

/** The byte codecs of a buffer. */
export function* codecsOf(plan: BufferPlan): Generator<ByteCodec> {
    for (const { coding } of storedBuffers(plan)) {
        if (coding.kind === "packed") {
            yield coding.codec;
        }
    }
}
