/** How many bytes the buffers of an encoding take in the file. */

import type { Buffer } from "qmodel/v1/buffer_pb";
import type { Encoding } from "qmodel/v1/encoding_pb";
import type { Chunk } from "qmodel/v1/manifest_pb";

/** A field of a node that is a node or a buffer, with its name. */
export type Member = { readonly role: string } & ({ readonly node: Encoding } | { readonly buffer: Buffer });

/** The nodes and buffers right below a node, in the order of its fields. */
export function membersOf({ node }: Encoding): Member[] {
    switch (node.case) {
        case "plain":
            return buffers({ buffer: node.value.buffer });
        case "affine":
            return nodes({ codes: node.value.codes, scale: node.value.scale, zero_point: node.value.zeroPoint });
        case "codebook":
            return [...buffers({ indices: node.value.indices }), ...nodes({ entries: node.value.entries })];
        case "sparse": {
            const { bitmap, gaps, positions, values } = node.value;
            return [...buffers({ bitmap, gaps, positions }), ...nodes({ values })];
        }
        case "trellis":
            return buffers({ codes: node.value.codes });
        case "lowRank":
            return nodes({ left: node.value.left, right: node.value.right });
        case "sum":
            return node.value.terms.map((term, number) => ({ role: `terms[${number}]`, node: term }));
        case "hashed":
            return nodes({ buckets: node.value.buckets });
        case "transform":
            return nodes({ matrix: node.value.matrix, inner: node.value.inner });
        case "delta":
            return nodes({ residual: node.value.residual });
        default:
            return [];
    }
}

/** A buffer and those that its coding holds. */
export function buffersOf(buffer: Buffer): Buffer[] {
    if (buffer.coding.case !== "split") {
        return [buffer];
    }
    const { leading, remainder, rowShift, columnShift } = buffer.coding.value;
    return [leading, ...remainder, rowShift, columnShift].flatMap((part) => (part ? buffersOf(part) : []));
}

/** All buffers of an encoding. */
export function allBuffers(encoding: Encoding): Buffer[] {
    return membersOf(encoding).flatMap((member) =>
        "buffer" in member ? buffersOf(member.buffer) : allBuffers(member.node),
    );
}

/** Bytes of a buffer's payloads. */
export function storedBytes(buffer: Buffer, chunks: readonly Chunk[]): number {
    return buffersOf(buffer).reduce((sum, { location }) => {
        if (location.case === "inline") {
            return sum + location.value.length;
        }
        return location.case === "chunks"
            ? location.value.index.reduce((total, index) => total + (chunks[index]?.size ?? 0), sum)
            : sum;
    }, 0);
}

function nodes(members: Readonly<Record<string, Encoding | undefined>>): Member[] {
    return Object.entries(members).flatMap(([role, node]) => (node ? [{ role, node }] : []));
}

function buffers(members: Readonly<Record<string, Buffer | undefined>>): Member[] {
    return Object.entries(members).flatMap(([role, buffer]) => (buffer ? [{ role, buffer }] : []));
}
