/** Rules of the manifest beside its tensors' trees, its graph and its golden samples (spec/manifest.md). */

import { beyondLimit, corrupt } from "../errors.js";
import { FORMAT_LIMITS } from "../limits.js";
import type { Manifest, Tensor } from "../v1/qmodel/v1/manifest_pb.js";
import type { Evaluation } from "../v1/qmodel/v1/quality_pb.js";
import { checkSortedNames, checkText, quoted } from "./text.js";

/**
 * Checks names, metadata and quality.
 *
 * @throws QModelError `corrupt`.
 */
export function checkManifest(manifest: Manifest): void {
    checkSortedNames(manifest.requiredFeatures, "required_features");
    checkText(manifest.producer, "producer");
    checkSortedNames(
        manifest.tensors.map((tensor) => tensor.name),
        "tensors",
    );
    checkSortedNames(
        manifest.metadata.map((property) => property.key),
        "metadata",
    );
    for (const tensor of manifest.tensors) {
        checkTensorQuality(tensor);
    }
    if (manifest.quality !== undefined) {
        checkFigure(manifest.quality.relativeMse, "quality.relative_mse");
        manifest.quality.evaluations.forEach(checkEvaluation);
    }
}

function checkTensorQuality(tensor: Tensor): void {
    if (tensor.quality !== undefined) {
        checkFigure(tensor.quality.relativeMse, `relative_mse of ${quoted(tensor.name)}`);
        checkFigure(tensor.quality.maxAbsError, `max_abs_error of ${quoted(tensor.name)}`);
    }
}

function checkEvaluation(evaluation: Evaluation): void {
    checkText(evaluation.dataset, "Evaluation.dataset");
    if (evaluation.samples < 1n) {
        throw corrupt("an evaluation has at least one sample");
    }
    checkSortedNames(
        evaluation.metrics.map((metric) => metric.name),
        "metrics",
    );
}

function checkFigure(value: number, what: string): void {
    if (!(value >= 0)) {
        throw corrupt(`${what} is ${value}; it must be at least 0`);
    }
}

/**
 * Checks a shape; how many elements it has.
 *
 * @throws QModelError `corrupt`; `limit` where the elements are more than numbers count.
 */
export function checkedSize(shape: readonly bigint[], what: string): bigint {
    if (shape.length > FORMAT_LIMITS.axes) {
        throw corrupt(`${what} has ${shape.length} axes, more than ${FORMAT_LIMITS.axes}`);
    }
    let product = 1n;
    for (const length of shape) {
        product *= length === 0n ? 1n : length;
        if (product > FORMAT_LIMITS.elements) {
            throw corrupt(`${what} has more than 2^60 − 1 elements`);
        }
    }
    const size = shape.includes(0n) ? 0n : product;
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
        throw beyondLimit(`${what} has ${size} elements`);
    }
    return size;
}
