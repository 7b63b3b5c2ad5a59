/** What the page knows of an open file: plain values, made by the worker from the manifest. */

/** One tensor, without its values. */
export interface TensorDescription {
    readonly name: string;
    readonly shape: readonly number[];
    readonly elementType: string;
    /** Number of values. */
    readonly count: number;
    /** The encoding in one line, as `qmodel inspect` spells it. */
    readonly encoding: string;
    /** The outermost node of the encoding: `plain`, `trellis`, … */
    readonly kind: string;
    /** Bytes of all its payloads; those that tensors share count for each. */
    readonly bytes: number;
    readonly bitsPerWeight: number;
    /** Bytes over the size of the file. */
    readonly share: number;
    /** As the writer measured; undefined without loss, or when nobody measured. */
    readonly relativeMse: number | undefined;
    readonly maxAbsError: number | undefined;
}

/** A node or a buffer of an encoding, with those below. */
export interface EncodingPart {
    /** What it is to the one above: the name of its field; empty for the root. */
    readonly role: string;
    /** Kind of the node, or `buffer`. */
    readonly kind: string;
    /** Fields that are neither nodes nor buffers. */
    readonly options: readonly (readonly [name: string, value: string])[];
    /** Where there is one buffer: its element type, number of elements and coding. */
    readonly buffer: { readonly elementType: string; readonly count: number; readonly coding: string } | undefined;
    readonly bytes: number;
    readonly parts: readonly EncodingPart[];
}

/** An input or output of the graph. */
export interface ValueDescription {
    readonly name: string;
    readonly elementType: string;
    /** As `N × 1 × 28 × 28`. */
    readonly shape: string;
}

/** One node of the graph. */
export interface NodeDescription {
    readonly name: string;
    readonly operator: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** The network of the file. */
export interface GraphDescription {
    readonly name: string;
    readonly opset: number;
    readonly inputs: readonly ValueDescription[];
    readonly outputs: readonly ValueDescription[];
    readonly nodes: readonly NodeDescription[];
    /** How images become inputs, in words. */
    readonly imageInputs: readonly string[];
    /** Whether one image of 28 × 28 pixels with one channel is all that the network takes. */
    readonly takesDigits: boolean;
}

/** A result that the writer measured on a data set. */
export interface EvaluationDescription {
    readonly dataset: string;
    readonly samples: number;
    readonly metrics: readonly (readonly [name: string, value: number])[];
}

/** One golden sample, without its values. */
export interface GoldenDescription {
    readonly inputs: readonly ValueDescription[];
    readonly outputs: readonly ValueDescription[];
}

/** A whole file. */
export interface FileDescription {
    readonly name: string;
    /** In bytes. */
    readonly size: number;
    readonly version: string;
    readonly producer: string;
    readonly recipe: string;
    readonly features: readonly string[];
    readonly chunks: number;
    /** Values of all tensors. */
    readonly weights: number;
    /** Bits of the whole file for each value. */
    readonly bitsPerWeight: number;
    /** Bytes that the tensors' values take when they are decoded, at their own width. */
    readonly decodedBytes: number;
    /** Bytes of payloads, each counted once. */
    readonly payloadBytes: number;
    readonly relativeMse: number | undefined;
    readonly evaluations: readonly EvaluationDescription[];
    readonly metadata: readonly (readonly [key: string, value: string])[];
    readonly tensors: readonly TensorDescription[];
    readonly graph: GraphDescription | undefined;
    readonly golden: readonly GoldenDescription[];
    /** Milliseconds from the request to this description. */
    readonly milliseconds: number;
}

/** Counted over all values of a tensor. */
export interface Statistics {
    readonly count: number;
    readonly least: number;
    readonly most: number;
    readonly mean: number;
    readonly deviation: number;
    readonly zeros: number;
    readonly notFinite: number;
    /** Number of different values; undefined where there are more than are counted. */
    readonly distinct: number | undefined;
}

/** How many finite values lie in each of equal bins. */
export interface Histogram {
    readonly least: number;
    readonly most: number;
    readonly counts: readonly number[];
}

/** A picture of a matrix, and how its values became colours. */
export interface HeatMap {
    readonly width: number;
    readonly height: number;
    readonly pixels: Uint8ClampedArray<ArrayBuffer>;
    readonly rows: number;
    readonly columns: number;
    /** Values of one pixel. */
    readonly block: readonly [rows: number, columns: number];
    /** The magnitude that has the strongest colour. */
    readonly strongest: number;
}

/** The decoded values of a tensor, as far as they are shown. */
export interface TensorValues {
    readonly statistics: Statistics;
    readonly histogram: Histogram | undefined;
    /** For arrays of two axes and more, taken as a matrix with the first axis as rows. */
    readonly heatMap: HeatMap | undefined;
    readonly firstValues: readonly string[];
    readonly milliseconds: number;
}

/** One output of one golden sample, run here. */
export interface ReplayedDescription {
    readonly sample: number;
    readonly output: string;
    readonly fits: boolean;
    /** Largest difference; NaN where element types or shapes differ. */
    readonly largest: number;
    readonly absoluteTolerance: number;
    readonly relativeTolerance: number;
    /** First numbers of what was found and what was expected. */
    readonly found: readonly string[];
    readonly expected: readonly string[];
}

/** What the network makes of a drawing. */
export interface Classification {
    /** One for each class, 0 to 1. */
    readonly probabilities: readonly number[];
    readonly milliseconds: number;
}
