/** Rules of `codebook`, `sparse`, `trellis` and `hashed` that need no payload (their pages in spec/encodings/). */

import { corrupt } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";
import { checkArraySize } from "../surroundings.js";
import { isTrellisStates } from "../trellis-code.js";
import { F32 } from "../types/convert.js";
import type { Codebook, Hashed, Sparse, Trellis } from "../v1/qmodel/v1/encoding_pb.js";
import type { BufferPlan } from "../buffers/plan.js";
import { sizeOf, type NodeChecker } from "./check.js";
import type { CodebookPlan, HashedPlan, PatternPlan, SparsePlan, TrellisPlan } from "./plan.js";

const LEAST_NORMAL = 2 ** -126;

/** Checks a node of a shape. */
export function checkCodebook(codebook: Codebook, shape: readonly bigint[], checker: NodeChecker): CodebookPlan {
    const { vectorLength, groups, entryCount } = codebook;
    const what = checker.place("codebook");
    if (vectorLength < 1 || vectorLength > 64 || groups < 1n || entryCount < 1 || entryCount > 65_536) {
        throw corrupt(`${what}: vector_length, groups or entry_count out of range`);
    }
    const length = BigInt(vectorLength);
    const last = shape.at(-1);
    if (vectorLength > 1 && (last === undefined || last % length !== 0n)) {
        throw corrupt(`${what}: vectors of ${vectorLength} do not fill the last axis`);
    }
    const size = sizeOf(shape);
    const vectors = size / length;
    if (vectors % groups !== 0n) {
        throw corrupt(`${what}: ${vectors} vectors in ${groups} equal groups`);
    }
    if (groups * BigInt(entryCount) * length > FORMAT_LIMITS.elements) {
        throw corrupt(`${what}: palettes of more than 2^60 − 1 elements`);
    }
    const indices = checker.buffer(codebook.indices, vectors, "indices");
    if (indices.type.typeClass !== "unsigned" || indices.type.bits > 16) {
        throw corrupt(`${what}: indices are u1 to u16, not ${indices.type.name}`);
    }
    const entries = checker.node(codebook.entries, [groups, BigInt(entryCount), length], "entries");
    checkArraySize(size, entries.type, checker.around);
    return {
        kind: "codebook",
        type: entries.type,
        size: Number(size),
        indices,
        entries,
        vectorLength,
        groups: Number(groups),
        entryCount,
    };
}

/** Checks a node of a shape. */
export function checkSparse(sparse: Sparse, shape: readonly bigint[], checker: NodeChecker): SparsePlan {
    const { kept } = sparse;
    const size = sizeOf(shape);
    if (kept > size) {
        throw corrupt(`${checker.place("sparse")}: ${kept} elements kept of ${size}`);
    }
    const pattern = checkPattern(sparse, shape, checker);
    const values = checker.node(sparse.values, [kept], "values");
    if (values.type.name === "e8m0") {
        throw corrupt(`${checker.place("sparse")}: e8m0 has no zero`);
    }
    checkArraySize(size, values.type, checker.around);
    return { kind: "sparse", type: values.type, size: Number(size), pattern, kept: Number(kept), values };
}

function checkPattern(sparse: Sparse, shape: readonly bigint[], checker: NodeChecker): PatternPlan {
    const { bitmap, gaps, positions, n, m, kept } = sparse;
    const what = checker.place("sparse");
    if ([bitmap, gaps, positions].filter((pattern) => pattern !== undefined).length !== 1) {
        throw corrupt(`${what} has not exactly one pattern`);
    }
    if (positions !== undefined) {
        const last = shape.at(-1);
        if (m < 2 || m > 64 || n < 1 || n > m || last === undefined || last % BigInt(m) !== 0n) {
            throw corrupt(`${what}: ${n} of each ${m} along the last axis`);
        }
        if (kept !== (sizeOf(shape) / BigInt(m)) * BigInt(n)) {
            throw corrupt(`${what}: ${kept} kept is not ${n} of each ${m}`);
        }
        return { kind: "positions", buffer: unsigned(checker.buffer(positions, kept, "positions"), what), n, m };
    }
    if (n !== 0 || m !== 0) {
        throw corrupt(`${what} has n or m without positions`);
    }
    if (gaps !== undefined) {
        return { kind: "gaps", buffer: unsigned(checker.buffer(gaps, kept, "gaps"), what) };
    }
    const buffer = checker.buffer(bitmap, sizeOf(shape), "bitmap");
    if (buffer.type.typeClass !== "bool") {
        throw corrupt(`${what}: a bitmap of ${buffer.type.name}`);
    }
    return { kind: "bitmap", buffer };
}

function unsigned(buffer: BufferPlan, what: string): BufferPlan {
    if (buffer.type.typeClass !== "unsigned") {
        throw corrupt(`${what}: a pattern of ${buffer.type.name}`);
    }
    return buffer;
}

/** Checks a node of a shape. */
export function checkTrellis(trellis: Trellis, shape: readonly bigint[], checker: NodeChecker): TrellisPlan {
    const { step } = trellis;
    const what = checker.place("trellis");
    const size = sizeOf(shape);
    const codes = checker.buffer(trellis.codes, size, "codes");
    if (codes.type.typeClass !== "signed" || codes.type.bits > 24) {
        throw corrupt(`${what}: codes are s1 to s24, not ${codes.type.name}`);
    }
    if (!(step >= LEAST_NORMAL && step < Infinity)) {
        throw corrupt(`${what}: a step of ${step}`);
    }
    checkArraySize(size, F32, checker.around);
    return { kind: "trellis", type: F32, size: Number(size), codes, step, ...trellisRuns(trellis, codes, what) };
}

type TrellisRuns = Pick<TrellisPlan, "states" | "stretch" | "runLength">;

/** States and run length: of the codes' coding where that follows the trellis, else of the node. */
function trellisRuns(trellis: Trellis, codes: BufferPlan, what: string): TrellisRuns {
    const { states, runLength } = trellis;
    const { coding, location } = codes;
    const all = Math.max(codes.count, 1);
    const isFollowed = (coding.kind === "rans" || coding.kind === "arithmetic") && coding.trellisStates !== 0;
    if (!isFollowed) {
        if (!isTrellisStates(states) || runLength < 1n) {
            throw corrupt(`${what}: ${states} states in runs of ${runLength}`);
        }
        return { states, stretch: all, runLength: Number(runLength) };
    }
    if (states !== 0 || runLength !== 0n) {
        throw corrupt(`${what} says states or run length a second time`);
    }
    const stretch = location?.kind === "chunks" ? location.perChunk : all;
    return {
        states: coding.trellisStates,
        stretch,
        runLength: coding.kind === "rans" ? coding.runLength : stretch,
    };
}

/** Checks a node of a shape. */
export function checkHashed(hashed: Hashed, shape: readonly bigint[], checker: NodeChecker): HashedPlan {
    const { bucketCount, seed } = hashed;
    const what = checker.place("hashed");
    if (bucketCount < 1n || bucketCount > 2n ** 32n) {
        throw corrupt(`${what}: ${bucketCount} buckets`);
    }
    const buckets = checker.node(hashed.buckets, [bucketCount], "buckets");
    if (buckets.type.typeClass !== "float" || buckets.type.name === "e8m0") {
        throw corrupt(`${what}: buckets of ${buckets.type.name}`);
    }
    const size = sizeOf(shape);
    checkArraySize(size, buckets.type, checker.around);
    return { kind: "hashed", type: buckets.type, size: Number(size), buckets, bucketCount: Number(bucketCount), seed };
}
