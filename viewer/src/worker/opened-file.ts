/** The file that the worker holds open: everything that needs its bytes. */

import { BlobSource, QModelFile, UrlSource, type Source, type Tensor } from "qmodel";
import { Network, prepareImages, replay, type RuntimeArray } from "qmodel/runtime";
import type {
    Classification,
    EncodingPart,
    FileDescription,
    ReplayedDescription,
    TensorValues,
} from "../description.js";
import { significant } from "../figures.js";
import type { Place } from "../messages.js";
import { describe } from "./describe.js";
import { encodingTree } from "./encodings.js";
import { heatMapOf } from "./heat-map.js";
import { histogramOf, statisticsOf } from "./statistics.js";
import { numbersOf } from "./tensor-numbers.js";

const BINS = 96;
const HEAT_MAP_PIXELS = 512;
const FIRST_VALUES = 24;

/** An open file, its network made when it is first needed. */
export class OpenedFile {
    #network: Promise<Network> | undefined;

    private constructor(
        private readonly file: QModelFile,
        readonly description: FileDescription,
    ) {}

    /** Opens what the page was given. */
    static async open(place: Place): Promise<OpenedFile> {
        const started = performance.now();
        const source: Source = "file" in place ? new BlobSource(place.file) : new UrlSource(place.url);
        const file = await QModelFile.open(source);
        const name = "file" in place ? place.file.name : nameOf(place.url);
        return new OpenedFile(file, describe(file, name, file.size, started));
    }

    /** The encoding of a tensor. */
    encoding(name: string): EncodingPart {
        const { manifest } = this.file;
        const tensor = manifest.tensors.find((each) => each.name === name);
        if (!tensor?.encoding) {
            throw new Error(`no tensor ${name}`);
        }
        return encodingTree(tensor.encoding, manifest.chunks);
    }

    /** Decodes a tensor and looks at its values. */
    async values(name: string): Promise<TensorValues> {
        const started = performance.now();
        const tensor = await this.file.tensor(name);
        const numbers = await numbersOf(this.file, tensor, name);
        const statistics = statisticsOf(numbers);
        return {
            statistics,
            histogram: histogramOf(numbers, statistics, BINS),
            heatMap: heatMapOfTensor(numbers, tensor),
            firstValues: Array.from({ length: Math.min(FIRST_VALUES, numbers.length) }, (_, k) =>
                significant(numbers[k]!, 5),
            ),
            milliseconds: performance.now() - started,
        };
    }

    /** Runs all golden samples. */
    async replay(): Promise<ReplayedDescription[]> {
        const network = await this.network();
        const made: ReplayedDescription[] = [];
        for (const output of replay(network, await this.file.golden())) {
            made.push({
                sample: output.sample,
                output: output.name,
                fits: output.fits,
                largest: output.largest,
                absoluteTolerance: output.absoluteTolerance,
                relativeTolerance: output.relativeTolerance,
                found: firstOf(output.found),
                expected: firstOf(output.expected),
            });
        }
        return made;
    }

    /** What the network makes of 28 × 28 pixels, 0 to 255. */
    async classify(pixels: Uint8Array): Promise<Classification> {
        const network = await this.network();
        const started = performance.now();
        const [image] = network.graph.imageInputs;
        if (!image) {
            throw new Error("the network takes no images");
        }
        const input = prepareImages(image, { shape: [1, 28, 28], data: pixels });
        const [output] = network.run(new Map([[image.input, input]])).values();
        return {
            probabilities: probabilitiesOf(Array.from(output?.data ?? [], Number)),
            milliseconds: performance.now() - started,
        };
    }

    private network(): Promise<Network> {
        this.#network ??= Network.of(this.file);
        return this.#network;
    }
}

function nameOf(url: string): string {
    const { pathname, hostname } = new URL(url);
    return decodeURIComponent(pathname.split("/").at(-1) ?? "") || hostname;
}

/** Arrays of more axes are taken as a matrix with the first axis as rows. */
function heatMapOfTensor(numbers: ArrayLike<number>, { shape }: Tensor): TensorValues["heatMap"] {
    const [rows = 0] = shape;
    if (shape.length < 2 || numbers.length === 0) {
        return undefined;
    }
    return heatMapOf(numbers, rows, numbers.length / rows, HEAT_MAP_PIXELS);
}

function firstOf({ data }: RuntimeArray): string[] {
    return Array.from({ length: Math.min(10, data.length) }, (_, k) => significant(Number(data[k]), 5));
}

/** Scores as they are where they are probabilities already, else their softmax. */
function probabilitiesOf(scores: readonly number[]): number[] {
    const sum = scores.reduce((total, score) => total + score, 0);
    if (scores.every((score) => score >= 0 && score <= 1) && Math.abs(sum - 1) < 1e-3) {
        return [...scores];
    }
    const largest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - largest));
    const total = powers.reduce((x, y) => x + y, 0);
    return powers.map((power) => power / total);
}
