/** A .qmodel file, opened. */

import { decodeBuffer } from "./buffers/decode.js";
import { findBase, type BaseFile } from "./bases.js";
import { checkedChunkTable } from "./container/chunk-table.js";
import { parseManifest } from "./container/manifest.js";
import { checkManifest } from "./container/manifest-rules.js";
import { openBytes, type FileBytes } from "./container/opening.js";
import { quoted } from "./container/text.js";
import { checkTensor, type TensorPlan } from "./encodings/check.js";
import { decodeTensor } from "./encodings/decode.js";
import { invalidInput, QModelError } from "./errors.js";
import { checkGolden, type GoldenPlan, type GoldenSamplePlan } from "./graph/golden.js";
import { checkGraph } from "./graph/check.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { fetchBuffers, fetchMaterial } from "./material.js";
import type { Source } from "./sources/source.js";
import type { Surroundings } from "./surroundings.js";
import type { GoldenOutput, GoldenRun, NamedTensor, Tensor, TensorInfo } from "./tensor.js";
import { asFloat32 } from "./types/convert.js";
import { elementType } from "./types/element-type.js";
import type { Values } from "./types/values.js";
import type { Manifest } from "./v1/qmodel/v1/manifest_pb.js";

/** How a file is opened. */
export interface OpenOptions {
    /** What the reader is willing to spend; `DEFAULT_LIMITS` for what is left out. */
    readonly limits?: Partial<Limits>;
    /** Opened files in which the bases of deltas are looked for, in this order. */
    readonly bases?: readonly QModelFile[];
}

/**
 * A file of which all was checked that can be without its payloads.
 *
 * Payloads are read when a tensor is asked for, and checked then. Nothing is kept: asking twice decodes twice.
 */
export class QModelFile {
    /** The file's own message, as generated code has it. */
    readonly manifest: Manifest;
    /** All tensors by name, in the file's order. */
    readonly tensors: ReadonlyMap<string, TensorInfo>;
    /** Free text about the network. */
    readonly metadata: ReadonlyMap<string, string>;
    /** What the caller should know: that the file is of a newer minor version, and not all of it was understood. */
    readonly warnings: readonly string[];
    /** Size of the file in bytes. */
    readonly size: number;
    readonly #bytes: FileBytes;
    readonly #around: Surroundings;
    readonly #golden: readonly GoldenSamplePlan[];
    readonly #bases: readonly BaseFile[];
    readonly #digests = new Map<string, Uint8Array>();

    private constructor(
        bytes: FileBytes,
        around: Surroundings,
        manifest: Manifest,
        warnings: readonly string[],
        bases: readonly QModelFile[],
    ) {
        this.#bytes = bytes;
        this.#around = around;
        this.manifest = manifest;
        this.warnings = warnings;
        this.size = bytes.size;
        this.#bases = bases.map((file) => file.#asBase());
        this.tensors = new Map(manifest.tensors.map((tensor) => [tensor.name, infoOf(checkTensor(tensor, around))]));
        this.metadata = new Map(manifest.metadata.map(({ key, value }) => [key, value]));
        this.#golden = checkGolden(manifest, around);
    }

    /**
     * Opens a file: reads its ends and its manifest, and checks all that needs no payload.
     *
     * @throws QModelError of the kind of the first rule that is found broken.
     */
    static async open(source: Source, options: OpenOptions = {}): Promise<QModelFile> {
        const limits = { ...DEFAULT_LIMITS, ...options.limits };
        const { file, manifest: content, manifestStart } = await openBytes(source, limits);
        const { manifest, warnings } = parseManifest(content, limits);
        checkManifest(manifest);
        if (manifest.graph !== undefined) {
            checkGraph(manifest.graph);
        }
        const around: Surroundings = {
            limits,
            chunks: checkedChunkTable(manifest.chunks, manifestStart),
            tensors: new Map(manifest.tensors.map((tensor) => [tensor.name, tensor])),
            features: new Set(),
        };
        return new QModelFile(file, around, manifest, warnings, options.bases ?? []);
    }

    /**
     * Decodes a tensor.
     *
     * @throws QModelError `corrupt` for damage, `unsupported` for a delta whose base was not given, `limit`, and
     * `invalid_input` where there is no such tensor.
     */
    async tensor(name: string): Promise<Tensor> {
        const info = this.tensors.get(name);
        const { type, data } = await this.#values(name, 0);
        return { elementType: type.name, shape: info?.shape ?? [], storage: data };
    }

    /**
     * Decodes a tensor to binary32, each number of whatever type rounded once; `bool` is 0 and 1.
     *
     * @throws QModelError as `tensor` does.
     */
    async floats(name: string): Promise<Float32Array> {
        return asFloat32(await this.#values(name, 0));
    }

    /**
     * Decodes the golden samples: inputs of the graph, and what it must give for them (spec/golden.md).
     *
     * @throws QModelError `corrupt` for damage, `limit`.
     */
    async golden(): Promise<GoldenRun[]> {
        const runs: GoldenRun[] = [];
        for (const sample of this.#golden) {
            const buffers = [...sample.inputs, ...sample.outputs].map((value) => value.buffer);
            const payloads = await fetchBuffers(buffers, this.#bytes, this.#around);
            const decoded = (plan: GoldenPlan): NamedTensor => ({
                name: plan.name,
                elementType: plan.buffer.type.name,
                shape: plan.lengths.map(Number),
                storage: decodeBuffer(plan.buffer, payloads),
            });
            const outputs = sample.outputs.map((plan): GoldenOutput => {
                const { absoluteTolerance, relativeTolerance } = plan;
                return { ...decoded(plan), absoluteTolerance, relativeTolerance };
            });
            runs.push({ inputs: sample.inputs.map(decoded), outputs });
        }
        return runs;
    }

    /** How the file was found on opening, for a verifier. */
    get surroundings(): Surroundings {
        return this.#around;
    }

    /** The file's bytes, for a verifier. */
    get bytes(): FileBytes {
        return this.#bytes;
    }

    #planOf(name: string): TensorPlan {
        const tensor = this.#around.tensors.get(name);
        if (tensor === undefined) {
            throw invalidInput(`there is no tensor ${quoted(name)}`);
        }
        return checkTensor(tensor, this.#around);
    }

    /** The values of a tensor, to which so many deltas were followed. */
    async #values(name: string, deltas: number): Promise<Values> {
        const plan = this.#planOf(name);
        try {
            const material = await fetchMaterial(
                plan,
                this.#bytes,
                this.#around,
                (other) => this.#planOf(other),
                (delta) => findBase(delta, this.#bases, deltas),
            );
            return { type: plan.type, data: decodeTensor(plan, material) };
        } catch (error) {
            throw error instanceof QModelError
                ? new QModelError(error.kind, `tensor ${quoted(name)}: ${error.message}`, { cause: error })
                : error;
        }
    }

    #asBase(): BaseFile {
        const { tensors } = this.#around;
        return {
            *candidates() {
                for (const { name, elementType: number, shape } of tensors.values()) {
                    yield { name, type: elementType(number, name), lengths: shape };
                }
            },
            decode: (name, deltas) => this.#values(name, deltas),
            digests: this.#digests,
        };
    }
}

function infoOf(plan: TensorPlan): TensorInfo {
    return {
        name: plan.name,
        shape: plan.lengths.map(Number),
        lengths: plan.lengths,
        elementType: plan.type.name,
        size: plan.size,
    };
}
