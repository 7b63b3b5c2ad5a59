/** Encodings in words: in one line and as a tree, as `qmodel inspect` spells them. */

import { ByteCodec, Filter, type Buffer } from "qmodel/v1/buffer_pb";
import { DeltaOperation, type Encoding } from "qmodel/v1/encoding_pb";
import type { Chunk } from "qmodel/v1/manifest_pb";
import type { EncodingPart } from "../description.js";
import { typeName } from "./element-types.js";
import { membersOf, storedBytes } from "./stored-bytes.js";

/** The kind of a node, as the schema names it. */
export function kindOf(encoding: Encoding | undefined): string {
    return encoding?.node.case === "lowRank" ? "low_rank" : (encoding?.node.case ?? "nothing");
}

/** An encoding in one line. */
export function spelled(encoding: Encoding | undefined): string {
    const node = encoding?.node;
    switch (node?.case) {
        case "plain":
            return `plain ${typeOf(node.value.buffer)}`;
        case "affine": {
            const { codes, scale, zeroPoint, blockShape } = node.value;
            const blocks = blockShape.length ? ` per ${blockShape.join("×")}` : "";
            const zero = zeroPoint ? `, zero point ${spelled(zeroPoint)}` : "";
            return `affine(${spelled(codes)}, scale ${spelled(scale)}${blocks}${zero})`;
        }
        case "codebook": {
            const { entryCount, vectorLength, groups, entries } = node.value;
            const vectors = vectorLength > 1 ? ` of ${vectorLength}` : "";
            const parts = groups > 1n ? ` in ${groups} groups` : "";
            return `codebook(${entryCount} entries${vectors}${parts}, ${spelled(entries)})`;
        }
        case "sparse": {
            const { n, m, positions, bitmap, kept, values } = node.value;
            const pattern = positions ? `${n}:${m}` : bitmap ? "bitmap" : "gaps";
            return `sparse(${pattern} keeps ${kept}, ${spelled(values)})`;
        }
        case "trellis":
            return `trellis(${typeOf(node.value.codes)}, ${statesOf(node.value)} states)`;
        case "lowRank":
            return `low_rank(${spelled(node.value.left)}, ${spelled(node.value.right)}, rank ${node.value.rank})`;
        case "sum":
            return `sum(${node.value.terms.map(spelled).join(", ")})`;
        case "hashed":
            return `hashed(${spelled(node.value.buckets)}, ${node.value.bucketCount} buckets)`;
        case "transform":
            return `transform(${spelled(node.value.inner)}, matrix ${spelled(node.value.matrix)})`;
        case "delta": {
            const operation = node.value.operation === DeltaOperation.XOR ? "⊕" : "+";
            return `delta(${node.value.baseName || "base"} ${operation} ${spelled(node.value.residual)})`;
        }
        case "alias":
            return `alias of ${node.value.tensor}`;
        default:
            return "nothing";
    }
}

/** An encoding as a tree, with the bytes of each part. */
export function encodingTree(encoding: Encoding, chunks: readonly Chunk[], role = ""): EncodingPart {
    if (encoding.node.case === "plain" && encoding.node.value.buffer) {
        return { ...bufferPart(encoding.node.value.buffer, chunks, role), kind: "plain" };
    }
    const parts = membersOf(encoding).map((member) =>
        "node" in member
            ? encodingTree(member.node, chunks, member.role)
            : bufferPart(member.buffer, chunks, member.role),
    );
    return {
        role,
        kind: kindOf(encoding),
        options: optionsOf(encoding),
        buffer: undefined,
        bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
        parts,
    };
}

function bufferPart(buffer: Buffer, chunks: readonly Chunk[], role: string): EncodingPart {
    return {
        role,
        kind: "buffer",
        options: [],
        buffer: { elementType: typeOf(buffer), count: Number(buffer.count), coding: codingOf(buffer) },
        bytes: storedBytes(buffer, chunks),
        parts: [],
    };
}

/** A coding in words: `float_planes + zstd`. */
function codingOf({ coding }: Buffer): string {
    if (coding.case === "split") {
        const parts = [coding.value.leading, ...coding.value.remainder].flatMap((part) => (part ? [part] : []));
        return `split(${parts.map((part) => `${typeOf(part)} ${codingOf(part)}`).join(" + ")})`;
    }
    if (coding.case !== "packed") {
        return coding.case ?? "nothing";
    }
    const filter = coding.value.filter === Filter.UNSPECIFIED ? [] : [Filter[coding.value.filter]];
    const codec = coding.value.codec === ByteCodec.UNSPECIFIED ? [] : [ByteCodec[coding.value.codec]];
    return [...filter, ...codec].join(" + ").toLowerCase() || "raw";
}

function typeOf(buffer: Buffer | undefined): string {
    return buffer ? typeName(buffer.elementType) : "nothing";
}

/** The states of a trellis, which its codes' coding names where it does not. */
function statesOf({ states, codes }: { states: number; codes?: Buffer | undefined }): number {
    const coding = codes?.coding;
    return states || (coding?.case === "rans" || coding?.case === "arithmetic" ? coding.value.trellisStates : 0);
}

function optionsOf({ node }: Encoding): [string, string][] {
    switch (node.case) {
        case "affine":
            return node.value.blockShape.length ? [["block_shape", node.value.blockShape.join(" × ")]] : [];
        case "codebook": {
            const { vectorLength, groups, entryCount } = node.value;
            return texts({ entry_count: entryCount, vector_length: vectorLength, groups });
        }
        case "sparse": {
            const { n, m, kept } = node.value;
            return texts(n ? { n, m, kept } : { kept });
        }
        case "trellis":
            return texts({ step: Number(node.value.step.toPrecision(6)), states: statesOf(node.value) });
        case "lowRank":
            return texts({ rank: node.value.rank });
        case "hashed":
            return texts({ bucket_count: node.value.bucketCount, seed: node.value.seed });
        case "delta": {
            const { operation, baseName, baseType } = node.value;
            const name = DeltaOperation[operation].toLowerCase();
            return texts({ operation: name, base_name: baseName, base_type: typeName(baseType) });
        }
        case "alias":
            return [["tensor", node.value.tensor]];
        default:
            return [];
    }
}

function texts(options: Readonly<Record<string, string | number | bigint>>): [string, string][] {
    return Object.entries(options).map(([name, value]) => [name, String(value)]);
}
