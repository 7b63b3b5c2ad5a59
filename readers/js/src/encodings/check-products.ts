/** Rules of `low_rank`, `sum` and `transform` that need no payload (their pages in spec/encodings/). */

import { corrupt } from "../errors.js";
import { checkArraySize } from "../surroundings.js";
import { F32, F64 } from "../types/convert.js";
import { isOperand, type ElementTypeInfo } from "../types/element-type.js";
import type { Encoding, LowRank, Sum, Transform } from "../v1/qmodel/v1/encoding_pb.js";
import { sizeOf, type NodeChecker } from "./check.js";
import type { LowRankPlan, NodePlan, SumPlan, TransformPlan } from "./plan.js";

/** Checks a node of a shape. */
export function checkLowRank(lowRank: LowRank, shape: readonly bigint[], checker: NodeChecker): LowRankPlan {
    const { rank } = lowRank;
    const [rows, ...others] = shape;
    if (rows === undefined || others.length === 0 || rank < 1n) {
        throw corrupt(`${checker.place("low_rank")}: rank ${rank} of an array of ${shape.length} axes`);
    }
    const columns = sizeOf(others);
    const left = operand(lowRank.left, [rows, rank], "left factor", checker);
    const right = operand(lowRank.right, [rank, columns], "right factor", checker);
    const type = typeOfOperands([left, right]);
    const size = sizeOf(shape);
    checkArraySize(size, type, checker.around);
    return {
        kind: "lowRank",
        type,
        size: Number(size),
        left,
        right,
        rows: Number(rows),
        rank: Number(rank),
        columns: Number(columns),
    };
}

/** Checks a node of a shape. */
export function checkTransform(transform: Transform, shape: readonly bigint[], checker: NodeChecker): TransformPlan {
    const length = shape.at(-1);
    if (length === undefined) {
        throw corrupt(`${checker.place("transform")} of a 0-d array`);
    }
    const matrix = operand(transform.matrix, [length, length], "matrix", checker);
    const inner = operand(transform.inner, shape, "inner", checker);
    const type = typeOfOperands([matrix, inner]);
    const size = sizeOf(shape);
    checkArraySize(size, type, checker.around);
    return { kind: "transform", type, size: Number(size), matrix, inner, length: Number(length) };
}

/** Checks a node of a shape. */
export function checkSum(sum: Sum, shape: readonly bigint[], checker: NodeChecker): SumPlan {
    const { length } = sum.terms;
    if (length < 2 || length > 16) {
        throw corrupt(`${checker.place("sum")} of ${length} terms`);
    }
    const terms = sum.terms.map((term, place) => {
        const plan = checker.node(term, shape, `term ${place}`);
        checkOperand(plan, checker);
        return plan;
    });
    const type = typeOfOperands(terms);
    const size = sizeOf(shape);
    checkArraySize(size, type, checker.around);
    return { kind: "sum", type, size: Number(size), terms };
}

/** A factor of a product; it must fit the limits also where an axis is empty and the other is not. */
function operand(
    encoding: Encoding | undefined,
    shape: readonly bigint[],
    part: string,
    checker: NodeChecker,
): NodePlan {
    const plan = checker.node(encoding, shape, part);
    checkOperand(plan, checker);
    checkArraySize(sizeOf(shape.map((length) => (length === 0n ? 1n : length))), plan.type, checker.around);
    return plan;
}

function checkOperand(plan: NodePlan, checker: NodeChecker): void {
    if (!isOperand(plan.type)) {
        throw corrupt(`${checker.place(plan.kind)}: ${plan.type.name} is no operand`);
    }
}

/** f64 where one operand is, else f32 (spec/encodings/README.md, "Operands"). */
function typeOfOperands(operands: readonly NodePlan[]): ElementTypeInfo {
    return operands.some((plan) => plan.type === F64) ? F64 : F32;
}
