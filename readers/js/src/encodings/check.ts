/** Rules of a tree that need no payload (spec/encodings/README.md, "Order of checks"). */

import { checkedSize } from "../container/manifest-rules.js";
import { quoted } from "../container/text.js";
import { NODE_FEATURES } from "../container/features.js";
import { checkBuffer } from "../buffers/check.js";
import type { BufferPlan } from "../buffers/plan.js";
import { corrupt } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";
import { checkArraySize, type Surroundings } from "../surroundings.js";
import { isConvertible } from "../types/convert.js";
import { elementType, type ElementTypeInfo } from "../types/element-type.js";
import type { Buffer } from "../v1/qmodel/v1/buffer_pb.js";
import type { Encoding } from "../v1/qmodel/v1/encoding_pb.js";
import type { Tensor } from "../v1/qmodel/v1/manifest_pb.js";
import { checkAffine } from "./check-affine.js";
import { checkAlias, checkDelta } from "./check-references.js";
import { checkCodebook, checkHashed, checkSparse, checkTrellis } from "./check-sparse.js";
import { checkLowRank, checkSum, checkTransform } from "./check-products.js";
import type { NodePlan } from "./plan.js";

/** A checked tensor. */
export interface TensorPlan {
    readonly name: string;
    readonly type: ElementTypeInfo;
    /** Length of each axis, exact also beyond 2^53. */
    readonly lengths: readonly bigint[];
    readonly size: number;
    readonly root: NodePlan;
}

/**
 * Checks a tensor: shape, type, tree, and the conversion at its root.
 *
 * @throws QModelError `corrupt`, `unsupported` or `limit`.
 */
export function checkTensor(tensor: Tensor, around: Surroundings): TensorPlan {
    const what = `tensor ${quoted(tensor.name)}`;
    const size = checkedSize(tensor.shape, what);
    const type = elementType(tensor.elementType, what);
    const root = new NodeChecker(around, what).node(tensor.encoding, tensor.shape, "encoding");
    if (root.kind === "alias" && root.type !== type) {
        throw corrupt(`${what} is the alias of a tensor of ${root.type.name}, and of ${type.name}`);
    }
    if (!isConvertible(root.type, type)) {
        throw corrupt(`${what}: stored ${root.type.name} does not convert to ${type.name}`);
    }
    checkArraySize(size, type, around);
    return { name: tensor.name, type, lengths: tensor.shape, size: Number(size), root };
}

/** Checks nodes of one tree; the depth of each is counted here. */
export class NodeChecker {
    readonly #what: string;
    #depth = 0;

    constructor(
        readonly around: Surroundings,
        what: string,
    ) {
        this.#what = what;
    }

    /** A place in the tree, for messages. */
    place(part: string): string {
        return `${this.#what}, ${part}`;
    }

    /** Checks a node of a known shape and everything below it. */
    node(encoding: Encoding | undefined, shape: readonly bigint[], part: string): NodePlan {
        if (encoding?.node.case === undefined) {
            throw corrupt(`${this.place(part)}: an encoding without a node`);
        }
        if (++this.#depth > FORMAT_LIMITS.treeDepth) {
            throw corrupt(`${this.#what}: a tree of more than ${FORMAT_LIMITS.treeDepth} nodes' depth`);
        }
        const plan = this.#checked(encoding.node, shape, part);
        this.#depth--;
        return plan;
    }

    /** Checks a buffer that a node holds. */
    buffer(buffer: Buffer | undefined, count: bigint, part: string): BufferPlan {
        return checkBuffer(buffer, count, this.place(part), this.around);
    }

    #checked(node: Encoding["node"], shape: readonly bigint[], part: string): NodePlan {
        if (node.case !== undefined && node.case !== "plain") {
            this.around.features.add(NODE_FEATURES[node.case]);
        }
        switch (node.case) {
            case "plain": {
                const buffer = this.buffer(node.value.buffer, sizeOf(shape), part);
                return { kind: "plain", type: buffer.type, size: buffer.count, buffer };
            }
            case "affine":
                return checkAffine(node.value, shape, this);
            case "codebook":
                return checkCodebook(node.value, shape, this);
            case "sparse":
                return checkSparse(node.value, shape, this);
            case "trellis":
                return checkTrellis(node.value, shape, this);
            case "lowRank":
                return checkLowRank(node.value, shape, this);
            case "sum":
                return checkSum(node.value, shape, this);
            case "hashed":
                return checkHashed(node.value, shape, this);
            case "transform":
                return checkTransform(node.value, shape, this);
            case "delta":
                return checkDelta(node.value, shape, this);
            case "alias":
                return checkAlias(node.value, shape, this);
            case undefined:
                throw corrupt(`${this.place(part)}: an encoding without a node`);
        }
    }
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly bigint[]): bigint {
    return shape.reduce((product, length) => product * length, 1n);
}
