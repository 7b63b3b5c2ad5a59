/** A manifest as the page shows it. */

import type { QModelFile } from "qmodel";
import type { GoldenSample, GoldenValue } from "qmodel/v1/golden_pb";
import type { Manifest, Tensor } from "qmodel/v1/manifest_pb";
import type { FileDescription, GoldenDescription, TensorDescription, ValueDescription } from "../description.js";
import { shape } from "../figures.js";
import { describeGraph } from "./describe-graph.js";
import { bitsOf, typeName } from "./element-types.js";
import { kindOf, spelled } from "./encodings.js";
import { allBuffers, storedBytes } from "./stored-bytes.js";

/**
 * Describes an open file.
 *
 * @param name - what the page calls it.
 * @param size - of the file, in bytes.
 * @param started - `performance.now()` when it was asked for.
 */
export function describe(file: QModelFile, name: string, size: number, started: number): FileDescription {
    const { manifest } = file;
    const tensors = manifest.tensors.map((tensor) => describeTensor(tensor, manifest, size));
    const weights = tensors.reduce((sum, tensor) => sum + tensor.count, 0);
    const decodedBits = manifest.tensors.reduce((sum, tensor) => sum + countOf(tensor) * bitsOf(tensor.elementType), 0);
    return {
        name,
        size,
        version: `${manifest.versionMajor}.${manifest.versionMinor}`,
        producer: manifest.producer,
        recipe: manifest.recipe,
        features: manifest.requiredFeatures,
        chunks: manifest.chunks.length,
        weights,
        bitsPerWeight: (size * 8) / Math.max(weights, 1),
        decodedBytes: decodedBits / 8,
        payloadBytes: payloadBytes(manifest),
        relativeMse: manifest.quality?.relativeMse,
        evaluations: (manifest.quality?.evaluations ?? []).map(({ dataset, samples, metrics }) => ({
            dataset,
            samples: Number(samples),
            metrics: metrics.map(({ name: metric, value }) => [metric, value] as const),
        })),
        metadata: manifest.metadata.map(({ key, value }) => [key, value] as const),
        tensors,
        graph: manifest.graph && describeGraph(manifest.graph),
        golden: manifest.golden.map(describeGolden),
        milliseconds: performance.now() - started,
    };
}

function countOf(tensor: Tensor): number {
    return tensor.shape.reduce((product, length) => product * Number(length), 1);
}

function describeTensor(tensor: Tensor, { chunks }: Manifest, size: number): TensorDescription {
    const buffers = tensor.encoding ? allBuffers(tensor.encoding) : [];
    const bytes = buffers.reduce((sum, buffer) => sum + storedBytes(buffer, chunks), 0);
    const count = countOf(tensor);
    return {
        name: tensor.name,
        shape: tensor.shape.map(Number),
        elementType: typeName(tensor.elementType),
        count,
        encoding: spelled(tensor.encoding),
        kind: kindOf(tensor.encoding),
        bytes,
        bitsPerWeight: (bytes * 8) / Math.max(count, 1),
        share: bytes / size,
        relativeMse: tensor.quality?.relativeMse,
        maxAbsError: tensor.quality?.maxAbsError,
    };
}

/** Each chunk once, however many buffers use it. */
function payloadBytes(manifest: Manifest): number {
    const buffers = manifest.tensors.flatMap(({ encoding }) => (encoding ? allBuffers(encoding) : []));
    const inline = buffers.reduce(
        (sum, { location }) => sum + (location.case === "inline" ? location.value.length : 0),
        0,
    );
    return manifest.chunks.reduce((sum, { size }) => sum + size, inline);
}

function describeGolden({ inputs, outputs }: GoldenSample): GoldenDescription {
    return {
        inputs: inputs.map(describeGoldenValue),
        outputs: outputs.flatMap(({ expected }) => (expected ? [describeGoldenValue(expected)] : [])),
    };
}

function describeGoldenValue(value: GoldenValue): ValueDescription {
    return {
        name: value.name,
        elementType: value.values ? typeName(value.values.elementType) : "nothing",
        shape: shape(value.shape.map(Number)),
    };
}
