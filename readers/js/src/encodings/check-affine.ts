/** Rules of `affine` that need no payload (spec/encodings/affine.md). */

import { corrupt } from "../errors.js";
import { checkArraySize } from "../surroundings.js";
import { F32, F64 } from "../types/convert.js";
import { isOperand } from "../types/element-type.js";
import type { Affine } from "../v1/qmodel/v1/encoding_pb.js";
import { sizeOf, type NodeChecker } from "./check.js";
import type { AffinePlan } from "./plan.js";

/** Checks a node of a shape. */
export function checkAffine(affine: Affine, shape: readonly bigint[], checker: NodeChecker): AffinePlan {
    const { blockShape } = affine;
    const blocks = blockCounts(blockShape, shape, checker);
    const codes = checker.node(affine.codes, shape, "codes");
    const scale = checker.node(affine.scale, blocks, "scale");
    const zeroPoint = affine.zeroPoint === undefined ? undefined : checker.node(affine.zeroPoint, blocks, "zero point");
    if (!isOperand(codes.type) || (zeroPoint !== undefined && !isOperand(zeroPoint.type))) {
        throw corrupt(`${checker.place("affine")}: codes and zero points are integers of at most 32 bits, or floats`);
    }
    if (scale.type.typeClass !== "float") {
        throw corrupt(`${checker.place("affine")}: scales are floats, not ${scale.type.name}`);
    }
    const type = scale.type === F64 ? F64 : F32;
    const size = sizeOf(shape);
    checkArraySize(size, type, checker.around);
    return {
        kind: "affine",
        type,
        size: Number(size),
        codes,
        scale,
        zeroPoint,
        shape: shape.map(Number),
        blockShape: blockShape.map(Number),
    };
}

/** How many blocks there are along each axis: the shape of the scale. */
function blockCounts(blockShape: readonly bigint[], shape: readonly bigint[], checker: NodeChecker): bigint[] {
    if (blockShape.length === 0) {
        return [];
    }
    if (blockShape.length !== shape.length) {
        throw corrupt(`${checker.place("affine")}: blocks of ${blockShape.length} axes for ${shape.length}`);
    }
    return shape.map((length, axis) => {
        const block = blockShape[axis]!;
        if (block < 1n || block > (length === 0n ? 1n : length)) {
            throw corrupt(`${checker.place("affine")}: blocks of ${block} along an axis of ${length}`);
        }
        return (length + block - 1n) / block;
    });
}
