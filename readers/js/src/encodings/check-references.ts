/** Rules of `alias` and `delta` that need no payload (spec/encodings/alias.md, spec/encodings/delta.md). */

import { checkedSize } from "../container/manifest-rules.js";
import { checkText, quoted } from "../container/text.js";
import { corrupt } from "../errors.js";
import { checkArraySize } from "../surroundings.js";
import { F32, F64 } from "../types/convert.js";
import { elementType, type ElementTypeInfo } from "../types/element-type.js";
import { DeltaOperation, type Alias, type Delta, type Encoding } from "../v1/qmodel/v1/encoding_pb.js";
import type { Tensor } from "../v1/qmodel/v1/manifest_pb.js";
import { sizeOf, type NodeChecker } from "./check.js";
import type { AliasPlan, DeltaPlan, NodePlan } from "./plan.js";

const DIGEST_BYTES = 32;

/** Checks a node of a shape. */
export function checkDelta(delta: Delta, shape: readonly bigint[], checker: NodeChecker): DeltaPlan {
    const what = checker.place("delta");
    if (delta.baseDigest.length !== DIGEST_BYTES) {
        throw corrupt(`${what}: a digest of ${delta.baseDigest.length} bytes`);
    }
    checkText(delta.baseName, `${what}: the base's name`);
    const { operation } = delta;
    if (operation !== DeltaOperation.ADD && operation !== DeltaOperation.XOR) {
        throw corrupt(`${what}: an operation that does not exist`);
    }
    const baseType = elementType(delta.baseType, what);
    const size = sizeOf(shape);
    checkArraySize(size, baseType, checker.around);
    const residual = checker.node(delta.residual, shape, "residual");
    const type =
        operation === DeltaOperation.ADD ? sumType(baseType, residual, what) : xorType(baseType, residual, what);
    checkArraySize(size, type, checker.around);
    return {
        kind: "delta",
        type,
        size: Number(size),
        digest: delta.baseDigest,
        baseName: delta.baseName,
        residual,
        operation: operation === DeltaOperation.ADD ? "add" : "xor",
        baseType,
        lengths: shape,
    };
}

function sumType(baseType: ElementTypeInfo, residual: NodePlan, what: string): ElementTypeInfo {
    if (baseType.typeClass !== "float" || residual.type.typeClass !== "float") {
        throw corrupt(`${what}: a sum of ${baseType.name} and ${residual.type.name}`);
    }
    return baseType === F64 || residual.type === F64 ? F64 : F32;
}

function xorType(baseType: ElementTypeInfo, residual: NodePlan, what: string): ElementTypeInfo {
    if (residual.type.typeClass !== "unsigned" || residual.type.bits !== baseType.bits) {
        throw corrupt(`${what}: an exclusive or of ${baseType.name} and ${residual.type.name}`);
    }
    return baseType;
}

/** Checks a node of a shape. */
export function checkAlias(alias: Alias, shape: readonly bigint[], checker: NodeChecker): AliasPlan {
    const what = checker.place("alias");
    const other = checker.around.tensors.get(alias.tensor);
    if (other === undefined) {
        throw corrupt(`${what} of ${quoted(alias.tensor)}, which does not exist`);
    }
    if (hasAlias(other)) {
        throw corrupt(`${what} of ${quoted(alias.tensor)}, which has an alias itself`);
    }
    if (other.shape.length !== shape.length || other.shape.some((length, axis) => length !== shape[axis])) {
        throw corrupt(`${what} of ${quoted(alias.tensor)}, which has another shape`);
    }
    const type = elementType(other.elementType, what);
    const size = checkedSize(shape, what);
    return { kind: "alias", type, size: Number(size), tensor: alias.tensor };
}

const aliasesFound = new WeakMap<Tensor, boolean>();

/** Whether there is an alias anywhere in a tensor's tree; found once for each tensor. */
function hasAlias(tensor: Tensor): boolean {
    let found = aliasesFound.get(tensor);
    if (found === undefined) {
        found = holdsAlias(tensor.encoding);
        aliasesFound.set(tensor, found);
    }
    return found;
}

function holdsAlias(encoding: Encoding | undefined): boolean {
    const node = encoding?.node;
    switch (node?.case) {
        case "alias":
            return true;
        case "affine":
            return [node.value.codes, node.value.scale, node.value.zeroPoint].some(holdsAlias);
        case "codebook":
            return holdsAlias(node.value.entries);
        case "sparse":
            return holdsAlias(node.value.values);
        case "lowRank":
            return [node.value.left, node.value.right].some(holdsAlias);
        case "sum":
            return node.value.terms.some(holdsAlias);
        case "hashed":
            return holdsAlias(node.value.buckets);
        case "transform":
            return [node.value.matrix, node.value.inner].some(holdsAlias);
        case "delta":
            return holdsAlias(node.value.residual);
        default:
            return false;
    }
}
