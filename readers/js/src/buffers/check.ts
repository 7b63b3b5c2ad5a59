/** Rules of a buffer that need no payload (spec/buffers/README.md). */

import { corrupt, unsupported } from "../errors.js";
import { CODEC_FEATURES, CODING_FEATURES, FILTER_FEATURES } from "../container/features.js";
import { FORMAT_LIMITS } from "../limits.js";
import { checkArraySize, type Surroundings } from "../surroundings.js";
import { elementType, type ElementTypeInfo } from "../types/element-type.js";
import { ByteCodec, Filter, type Buffer, type ChunkRun, type Packed } from "../v1/qmodel/v1/buffer_pb.js";
import { checkArithmetic } from "./arithmetic-check.js";
import { packedSize } from "./bits.js";
import { piecesOf, type BufferPlan, type Location, type PackedPlan } from "./plan.js";
import { checkRans } from "./rans-check.js";
import { checkSplit } from "./split-check.js";

const MOST_ARITHMETIC_ELEMENTS = 2 ** 22;

/**
 * Checks a buffer and all that it is made of.
 *
 * @param count Number of elements that the encoding needs.
 * @param depth 1 for a buffer of a tree, one more for each buffer around it.
 * @throws QModelError `corrupt`, `unsupported` or `limit`.
 */
export function checkBuffer(
    buffer: Buffer | undefined,
    count: bigint,
    what: string,
    around: Surroundings,
    depth = 1,
): BufferPlan {
    if (buffer === undefined) {
        throw corrupt(`${what} has no buffer`);
    }
    if (depth > FORMAT_LIMITS.bufferDepth) {
        throw corrupt(`${what}: buffers are more than ${FORMAT_LIMITS.bufferDepth} deep`);
    }
    const type = elementType(buffer.elementType, what);
    if (buffer.count !== count) {
        throw corrupt(`${what} has ${buffer.count} elements where ${count} are needed`);
    }
    checkArraySize(count, type, around);
    const plan = {
        type,
        count: Number(count),
        coding: checkCoding(buffer, type, what, around, depth),
        location: checkLocation(buffer, type, what, around),
    };
    checkPayloadSizes(plan, what, around);
    return plan;
}

function checkCoding(
    buffer: Buffer,
    type: ElementTypeInfo,
    what: string,
    around: Surroundings,
    depth: number,
): BufferPlan["coding"] {
    const { coding } = buffer;
    switch (coding.case) {
        case "packed":
            return checkPacked(coding.value, type, what, around);
        case "rans":
            around.features.add(CODING_FEATURES.rans);
            return checkRans(coding.value, type, Number(buffer.count), what);
        case "arithmetic":
            around.features.add(CODING_FEATURES.arithmetic);
            return checkArithmetic(coding.value, type, what);
        case "split":
            around.features.add(CODING_FEATURES.split);
            return checkSplit(coding.value, type, buffer.count, what, (part, count, name) =>
                checkBuffer(part, count, `${what}, ${name}`, around, depth + 1),
            );
        case undefined:
            throw corrupt(`${what} has no coding`);
    }
}

function checkPacked(packed: Packed, type: ElementTypeInfo, what: string, around: Surroundings): PackedPlan {
    const { filter, codec } = packed;
    if (!(filter in Filter) || !(codec in ByteCodec)) {
        throw corrupt(`${what} has a filter or a codec that does not exist`);
    }
    if (filter !== Filter.UNSPECIFIED) {
        around.features.add(implemented(FILTER_FEATURES.get(filter), what));
    }
    if (codec !== ByteCodec.UNSPECIFIED) {
        around.features.add(implemented(CODEC_FEATURES.get(codec), what));
    }
    if (!isFilterOf(filter, type)) {
        throw corrupt(`${what}: filter ${Filter[filter]} is not for ${type.name}`);
    }
    return { kind: "packed", filter, codec };
}

function implemented(feature: string | undefined, what: string): string {
    if (feature === undefined) {
        throw unsupported(`${what} has a filter or a codec that this reader lacks`);
    }
    return feature;
}

function isFilterOf(filter: Filter, type: ElementTypeInfo): boolean {
    switch (filter) {
        case Filter.UNSPECIFIED:
            return true;
        case Filter.BYTE_SHUFFLE:
            return type.bits === 16 || type.bits === 32 || type.bits === 64;
        case Filter.BIT_PLANES:
            return type.bits >= 2;
        case Filter.FLOAT_PLANES:
            return type.typeClass === "float" && type.bits >= 16;
    }
}

function checkLocation(
    buffer: Buffer,
    type: ElementTypeInfo,
    what: string,
    around: Surroundings,
): Location | undefined {
    const { location } = buffer;
    const isWithout = buffer.count === 0n || buffer.coding.case === "split";
    if (isWithout !== (location.case === undefined)) {
        throw corrupt(isWithout ? `${what} has a payload of nothing` : `${what} has no payload`);
    }
    switch (location.case) {
        case undefined:
            return undefined;
        case "inline":
            if (location.value.length > FORMAT_LIMITS.inlineBytes) {
                throw corrupt(`${what} has ${location.value.length} bytes inline`);
            }
            return { kind: "inline", bytes: location.value };
        case "chunks":
            return checkRun(location.value, Number(buffer.count), type, what, around);
    }
}

function checkRun(run: ChunkRun, count: number, type: ElementTypeInfo, what: string, around: Surroundings): Location {
    const { index, elementsPerChunk } = run;
    if (index.length === 0) {
        throw corrupt(`${what} has a run of no chunks`);
    }
    if ((index.length === 1) !== (elementsPerChunk === 0n)) {
        throw corrupt(`${what}: elements_per_chunk is there with two chunks and more, and only then`);
    }
    // Without a divisor the one chunk has all; with one, the quotient cannot overflow as a product would.
    const perChunk = elementsPerChunk === 0n ? BigInt(count) : elementsPerChunk;
    const needed = (BigInt(count) + perChunk - 1n) / perChunk;
    if (elementsPerChunk % 8n !== 0n || needed !== BigInt(index.length)) {
        throw corrupt(`${what}: ${index.length} chunks of ${perChunk} elements for ${count}`);
    }
    if ((perChunk * BigInt(type.bits) + 7n) / 8n > BigInt(FORMAT_LIMITS.chunkBytes)) {
        throw corrupt(`${what}: the elements of a chunk take more than 1 GiB`);
    }
    if (index.some((entry) => entry >= around.chunks.length)) {
        throw corrupt(`${what} is in a chunk that the table does not have`);
    }
    return { kind: "chunks", indices: index, perChunk: Number(perChunk) };
}

/** Where the coding fixes the size of a payload, it has that size; where it bounds the elements, they are as few. */
function checkPayloadSizes(plan: BufferPlan, what: string, around: Surroundings): void {
    if (plan.coding.kind === "arithmetic") {
        const most = plan.location?.kind === "chunks" ? plan.location.perChunk : plan.count;
        if (most > MOST_ARITHMETIC_ELEMENTS) {
            throw corrupt(`${what}: ${most} elements in one payload of arithmetic`);
        }
    }
    if (plan.coding.kind !== "packed" || plan.coding.codec !== ByteCodec.UNSPECIFIED) {
        return;
    }
    for (const { count, payload } of piecesOf(plan)) {
        const size = typeof payload === "number" ? around.chunks[payload]!.size : payload.length;
        const needed = packedSize(count, plan.type.bits);
        if (size !== needed) {
            throw corrupt(`${what} has a payload of ${size} bytes where ${needed} are needed`);
        }
    }
}
