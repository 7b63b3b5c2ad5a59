/** Fetching all that values are made of before they are decoded: chunks, codecs, tensors of other files. */

import { chunksOf, codecsOf } from "./buffers/decode.js";
import type { BufferPlan } from "./buffers/plan.js";
import { prepareCodecs } from "./codecs/codec.js";
import { readChunks } from "./container/chunk-reader.js";
import type { FileBytes } from "./container/opening.js";
import type { TensorPlan } from "./encodings/check.js";
import type { Material } from "./encodings/decode.js";
import { nodesOf, ownBuffers, type DeltaPlan, type NodePlan } from "./encodings/plan.js";
import type { Surroundings } from "./surroundings.js";
import type { Values } from "./types/values.js";
import type { ByteCodec } from "./v1/qmodel/v1/buffer_pb.js";

/** Finds the values of a delta's base. */
export type FindBase = (delta: DeltaPlan) => Promise<Values>;

/** Reads the payloads of buffers, and makes their codecs ready. */
export async function fetchBuffers(
    buffers: readonly BufferPlan[],
    file: FileBytes,
    around: Surroundings,
): Promise<Material["payloads"]> {
    const indices = new Set<number>();
    const codecs = new Set<ByteCodec>();
    for (const buffer of buffers) {
        for (const index of chunksOf(buffer)) {
            indices.add(index);
        }
        for (const codec of codecsOf(buffer)) {
            codecs.add(codec);
        }
    }
    const [payloads] = await Promise.all([readChunks(file, around.chunks, indices), prepareCodecs(codecs)]);
    return payloads;
}

/**
 * Fetches what a tensor is made of.
 *
 * @param planOf The plan of another tensor of the file.
 * @throws QModelError `corrupt` for damaged chunks; `unsupported` for a base that is not there, found first.
 */
export async function fetchMaterial(
    plan: TensorPlan,
    file: FileBytes,
    around: Surroundings,
    planOf: (name: string) => TensorPlan,
    findBase: FindBase,
): Promise<Material> {
    const aliased = new Map<string, TensorPlan>();
    const nodes: NodePlan[] = [];
    for (const node of nodesOf(plan.root)) {
        nodes.push(node);
        if (node.kind === "alias" && !aliased.has(node.tensor)) {
            const other = planOf(node.tensor);
            aliased.set(node.tensor, other);
            nodes.push(...nodesOf(other.root));
        }
    }
    const bases = new Map<DeltaPlan, Values>();
    for (const node of nodes) {
        if (node.kind === "delta") {
            bases.set(node, await findBase(node));
        }
    }
    const payloads = await fetchBuffers(nodes.flatMap(ownBuffers), file, around);
    return { payloads, aliased, bases };
}
