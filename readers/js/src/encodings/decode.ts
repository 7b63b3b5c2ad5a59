/** From a checked tree to its values (spec/encodings/README.md). */

import { decodeBuffer, type Payloads } from "../buffers/decode.js";
import { converted, floatsOf } from "../types/convert.js";
import type { Storage } from "../types/element-type.js";
import { bitsOf, type Bits, type Values } from "../types/values.js";
import type { TensorPlan } from "./check.js";
import { decodeAffine } from "./decode-affine.js";
import { decodeCodebook, decodeHashed, decodeTrellis } from "./decode-lookups.js";
import { added, product, sum } from "./decode-products.js";
import { decodeSparse } from "./decode-sparse.js";
import type { DeltaPlan, NodePlan } from "./plan.js";

/** What a tree's values are made of beyond the tree: all of it was fetched before. */
export interface Material {
    readonly payloads: Payloads;
    /** The tensors that aliases refer to, by name. */
    readonly aliased: ReadonlyMap<string, TensorPlan>;
    /** The values of each delta's base. */
    readonly bases: ReadonlyMap<DeltaPlan, Values>;
}

/**
 * The values of a tensor, in its element type.
 *
 * @throws QModelError `corrupt`, `limit`.
 */
export function decodeTensor(plan: TensorPlan, material: Material): Storage {
    return converted(decodeNode(plan.root, material), plan.type);
}

function decodeNode(plan: NodePlan, material: Material): Values {
    const node = (child: NodePlan): Values => decodeNode(child, material);
    switch (plan.kind) {
        case "plain":
            return { type: plan.type, data: decodeBuffer(plan.buffer, material.payloads) };
        case "affine": {
            const zeroPoint = plan.zeroPoint === undefined ? undefined : node(plan.zeroPoint);
            return decodeAffine(plan, node(plan.codes), node(plan.scale), zeroPoint);
        }
        case "codebook":
            return decodeCodebook(plan, decodeBuffer(plan.indices, material.payloads), node(plan.entries));
        case "sparse":
            return decodeSparse(plan, decodeBuffer(plan.pattern.buffer, material.payloads), node(plan.values));
        case "trellis":
            return decodeTrellis(plan, decodeBuffer(plan.codes, material.payloads));
        case "lowRank":
            return product(node(plan.left), node(plan.right), plan.type, [plan.rows, plan.rank, plan.columns]);
        case "sum":
            return sum(plan.terms.map(node));
        case "transform": {
            const rows = plan.length === 0 ? 0 : plan.size / plan.length;
            return product(node(plan.inner), node(plan.matrix), plan.type, [rows, plan.length, plan.length]);
        }
        case "hashed":
            return decodeHashed(plan, node(plan.buckets));
        case "delta":
            return decodeDelta(plan, material.bases.get(plan)!, node(plan.residual));
        case "alias": {
            const other = material.aliased.get(plan.tensor)!;
            return { type: other.type, data: decodeTensor(other, material) };
        }
    }
}

/** The base and what changes it (spec/encodings/delta.md, "Operations"). */
function decodeDelta(plan: DeltaPlan, base: Values, residual: Values): Values {
    if (plan.operation === "add") {
        return { type: plan.type, data: added(floatsOf(base, plan.type).slice(), floatsOf(residual, plan.type)) };
    }
    const data = base.data.slice();
    exclusiveOr(bitsOf(data), bitsOf(residual.data), plan.baseType.typeClass === "signed" ? plan.baseType.bits : 0);
    return { type: plan.type, data };
}

/** In place; where elements are signed, storage keeps the sign of their bits extended. */
function exclusiveOr(bits: Bits, other: Bits, signedBits: number): void {
    if (bits instanceof BigUint64Array) {
        const wide = other as BigUint64Array;
        for (let i = 0; i < bits.length; i++) {
            bits[i] = bits[i]! ^ wide[i]!;
        }
        return;
    }
    const unused = signedBits === 0 ? 0 : 32 - signedBits;
    const narrow = other as Uint32Array;
    for (let i = 0; i < bits.length; i++) {
        bits[i] = ((bits[i]! ^ narrow[i]!) << unused) >> unused;
    }
}
