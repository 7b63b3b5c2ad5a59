/** What a reader is willing to spend (spec/limits.md), and the limits that are part of the format. */

/** Limits of a reader; what exceeds one is refused as `limit` before anything is allocated. */
export interface Limits {
    /** Most bytes of the manifest's content. */
    readonly maxManifestBytes: number;
    /** Most tensors of a file. */
    readonly maxTensors: number;
    /** Most chunks of a file. */
    readonly maxChunks: number;
    /** Most bytes of one array, stored or computed, in storage. */
    readonly maxTensorBytes: number;
}

/** The limits where a caller gives no others: those of the reference. */
export const DEFAULT_LIMITS: Limits = {
    maxManifestBytes: 64 * 2 ** 20,
    maxTensors: 1_000_000,
    maxChunks: 4_000_000,
    maxTensorBytes: 16 * 2 ** 30,
};

/** Fixed limits: no option raises them. */
export const FORMAT_LIMITS = {
    nameBytes: 1024,
    axes: 32,
    elements: 2n ** 60n - 1n,
    treeDepth: 8,
    bufferDepth: 4,
    inlineBytes: 1024,
    chunkBytes: 2 ** 30,
    manifestBytes: 256 * 2 ** 20,
    graphDepth: 8,
    goldenSamples: 1024,
    deltas: 8,
} as const;
